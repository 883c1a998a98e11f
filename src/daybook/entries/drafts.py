"""What somebody wants an entry to be, checked before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext

from daybook.calendaring.event import Span
from daybook.entries.locking import lock_people, lock_people_and_find_type
from daybook.entries.models import LONG, DiaryEntry, DiaryEntryType
from daybook.entries.text import many_lines
from daybook.people.faults import FieldFault, InvalidInput
from daybook.people.models import Person
from daybook.people.one_line import checked
from daybook.people.unset import UNSET, Unset

LONGEST_TITLE = 200
LONGEST_NOTES = 20_000
LONGEST_LOCATION = 250
MOST_ASSIGNED = 200
LARGEST_ID = 2**63 - 1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EntryChanges:
    """The fields to set; UNSET ones stay as they are (or, of a new entry, are empty).

    `span` may be a function of the present span (None for a new entry), for changes that name
    only a part of it: then the part is applied to what is there when the entry is locked.
    `assigned` are ids of people, in order; repeats are merged. It may be a function of those
    present for the same reason.
    """

    type_id: int | Unset = UNSET
    title: str | Unset = UNSET
    notes: str | Unset = UNSET
    location: str | Unset = UNSET
    span: Span | Callable[[Span | None], Span] | Unset = UNSET
    assigned: Sequence[int] | Callable[[Sequence[int]], Sequence[int]] | Unset = UNSET


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked change: the columns to write, and the people if they are mentioned.

    `people` are all who were or will be on the entry, by id.
    """

    columns: dict[str, object]
    assigned: tuple[int, ...] | None
    people: dict[int, Person]


def check(
    changes: EntryChanges, *, entry: DiaryEntry | None = None, on_it: Sequence[int] = ()
) -> Draft:
    """Return `changes` checked against the present `entry` (None: a new one) and who is on it.

    Called in the transaction that will write the draft: people it mentions are locked, so that no
    address changes unnoticed in between. Raises InvalidInput with every fault at once, at `type`,
    `title`, `notes`, `location`, `start`, `end`, `timezone` or `assigned`.
    """
    faults: list[FieldFault] = []

    def attempt(part: Callable[[], T], otherwise: T) -> T:
        try:
            return part()
        except InvalidInput as invalid:
            faults.extend(invalid.faults)
            return otherwise

    new = entry is None
    nothing: dict[str, object] = {}
    # Known first, so that type and people come in one statement; its faults are named last.
    wanted = attempt(lambda: _wanted(changes.assigned, on_it), None)
    people, kind = _look_up(changes.type_id, {*on_it, *(wanted or ())})
    columns = nothing | attempt(lambda: _type(changes.type_id, kind, required=new), nothing)
    columns |= attempt(lambda: _title(changes.title, required=new), nothing)
    columns |= attempt(lambda: _notes(changes.notes), nothing)
    columns |= attempt(lambda: _location(changes.location), nothing)
    columns |= attempt(lambda: _span(changes.span, entry.span if entry else None), nothing)
    attempt(lambda: _check_people(wanted or (), people, on_it), None)
    if faults:
        raise InvalidInput(*sorted(faults, key=lambda fault: fault.field == "assigned"))
    return Draft(columns, wanted, people)


def fits(number: int) -> bool:
    """Return whether `number` can be an id at all: no database is asked about others."""
    return 0 < number <= LARGEST_ID


def span_columns(span: Span) -> dict[str, object]:
    """Return the columns of an entry that say when it is."""
    starts_at, ends_at = span.starts_at(), span.ends_at()
    return {
        "all_day": span.all_day,
        "timezone": span.zone,
        "start_wall": span.start.wall,
        "end_wall": span.end.wall,
        "start_second": span.start.second,
        "end_second": span.end.second,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "long_since": starts_at if ends_at - starts_at > LONG else None,
    }


def _look_up(
    type_id: int | Unset, ids: Collection[int]
) -> tuple[dict[int, Person], DiaryEntryType | None]:
    if isinstance(type_id, Unset) or not fits(type_id):
        return lock_people(ids), None
    return lock_people_and_find_type(ids, type_id)


def _type(
    type_id: int | Unset, found: DiaryEntryType | None, *, required: bool
) -> dict[str, object]:
    if isinstance(type_id, Unset):
        if required:
            raise _fault("type", "required", gettext("Choose a type."))
        return {}
    if found is None:
        raise _fault("type", "unknown", gettext("There is no such type."))
    return {"type": found}


def _title(title: str | Unset, *, required: bool) -> dict[str, object]:
    if isinstance(title, Unset):
        if required:
            raise _fault("title", "missing", gettext("Give the entry a title."))
        return {}
    return {"title": checked(title, field="title", longest=LONGEST_TITLE, required=True)}


def _notes(notes: str | Unset) -> dict[str, object]:
    if isinstance(notes, Unset):
        return {}
    return {"notes": many_lines(notes, field="notes", longest=LONGEST_NOTES)}


def _location(location: str | Unset) -> dict[str, object]:
    if isinstance(location, Unset):
        return {}
    return {"location": checked(location, field="location", longest=LONGEST_LOCATION)}


def _span(
    span: Span | Callable[[Span | None], Span] | Unset, present: Span | None
) -> dict[str, object]:
    if isinstance(span, Unset):
        if present is None:
            raise _fault("start", "required", gettext("Say when it starts and ends."))
        return {}
    return span_columns(span if isinstance(span, Span) else span(present))


def _wanted(
    assigned: Sequence[int] | Callable[[Sequence[int]], Sequence[int]] | Unset,
    on_it: Sequence[int],
) -> tuple[int, ...] | None:
    if isinstance(assigned, Unset):
        return None
    if callable(assigned):
        assigned = assigned(on_it)
    # More repeats than this cannot be meant.
    merged = tuple(dict.fromkeys(assigned[: 10 * MOST_ASSIGNED]))
    if len(merged) > MOST_ASSIGNED or len(assigned) > 10 * MOST_ASSIGNED:
        sentence = gettext("At most %(number)d people fit on one entry.")
        raise _fault("assigned", "too_many", sentence % {"number": MOST_ASSIGNED})
    if not all(map(fits, merged)):
        raise _nobody()
    return merged


def _check_people(wanted: Sequence[int], people: dict[int, Person], on_it: Collection[int]) -> None:
    if any(person_id not in people for person_id in wanted):
        raise _nobody()
    for person_id in wanted:
        # Who was on it before leaving the firm may stay on it.
        if not people[person_id].is_active and person_id not in on_it:
            sentence = gettext("%(name)s is not active any more.")
            raise _fault("assigned", "inactive", sentence % {"name": people[person_id].name})


def _nobody() -> InvalidInput:
    return _fault("assigned", "unknown", gettext("One of these people does not exist."))


def _fault(field: str, code: str, sentence: str) -> InvalidInput:
    return InvalidInput(FieldFault(field, code, sentence))
