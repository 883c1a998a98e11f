"""Taking a change back: the entry as it was before, all of it, quietly or by a second update."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from daybook.calendaring.event import Moment, Span
from daybook.entries import changing, drafts, locking, marking, matching, reminders
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Parcel
from daybook.people.faults import NotAllowed, Stale
from daybook.people.models import Person


class TooLate(Exception):  # noqa: N818 - an answer to the person, not a breakdown
    """Calendars have been told of the change already, so undoing it tells them once more."""


@dataclass(frozen=True, slots=True)
class Former:
    """An entry before a change: everything a person could have changed. Times are ISO text.

    `start_wall` and `end_wall` are naive, `state_at` and `deleted_at` aware or "".
    """

    type_id: int
    title: str
    notes: str
    location: str
    zone: str
    all_day: bool
    start_wall: str
    end_wall: str
    start_second: bool
    end_second: bool
    assigned: list[int]
    state: str
    state_at: str
    state_by: int | None
    deleted_at: str
    deleted_by: int | None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values, for `Former(**values)`."""
        return asdict(self)

    @property
    def changes(self) -> EntryChanges:
        """Return what to set so that title, time, place, notes, type and people are these."""
        start = Moment(datetime.fromisoformat(self.start_wall), self.zone, self.start_second)
        end = Moment(datetime.fromisoformat(self.end_wall), self.zone, self.end_second)
        return EntryChanges(
            type_id=self.type_id,
            title=self.title,
            notes=self.notes,
            location=self.location,
            span=Span(start, end, self.all_day),
            assigned=self.assigned,
        )

    @property
    def columns(self) -> dict[str, object]:
        """Return what became of the entry: its state and whether it is deleted."""
        return {
            "state": self.state,
            "state_at": _moment(self.state_at),
            "state_by_id": self.state_by,
            "deleted_at": _moment(self.deleted_at),
            "deleted_by_id": self.deleted_by,
        }


def remember(entry: DiaryEntry) -> Former:
    """Return the entry as it is now."""
    on_it = entry.assignments.order_by("position", "pk").values_list("person_id", flat=True)
    return Former(
        type_id=entry.type_id,
        title=entry.title,
        notes=entry.notes,
        location=entry.location,
        zone=entry.timezone,
        all_day=entry.all_day,
        start_wall=entry.start_wall.isoformat(),
        end_wall=entry.end_wall.isoformat(),
        start_second=entry.start_second,
        end_second=entry.end_second,
        assigned=list(on_it),
        state=entry.state,
        state_at=_text(entry.state_at),
        state_by=entry.state_by_id,
        deleted_at=_text(entry.deleted_at),
        deleted_by=entry.deleted_by_id,
    )


def put_back(
    entry_id: int,
    former: Former | None,
    *,
    by: Person,
    undone: int,
    now: datetime,
    tell_again: bool = False,
) -> DiaryEntry:
    """Make the entry what it was before its revision `undone`; None: it was not there at all.

    Whoever made the change may undo it, also after taking themselves off the entry. Calendars
    are marked due like after any change: those that were told nothing of it find that they hold
    what they should, the others are sent a second update, which `tell_again` agrees to. Raises
    DiaryEntry.DoesNotExist, NotAllowed, Stale if somebody changed it since, TooLate if calendars
    were told and nobody agreed, and InvalidInput if the former version cannot be any more,
    because its type is gone.
    """
    with transaction.atomic():
        entry = (
            DiaryEntry.objects.select_for_update(of=("self",))
            .select_related("type")
            .get(pk=entry_id)
        )
        on_it = tuple(remember(entry).assigned)
        if entry.revision != undone:
            raise Stale(entry.revision)
        if entry.changed_by_id != by.pk and not changing.may_change(entry, by, on_it):
            raise NotAllowed(changing.ONLY_LOOK)
        if not tell_again and told_of(entry):
            raise TooLate
        if former is None:
            columns: dict[str, object] = {"deleted_at": now, "deleted_by": by}
            people, assigned = locking.lock_people(on_it), on_it
        else:
            # Who was on it then may be on it again, whatever became of them since.
            there = tuple({*on_it, *former.assigned})
            draft = drafts.check(former.changes, entry=entry, on_it=there)
            columns, people = draft.columns | former.columns, draft.people
            assigned = draft.assigned or ()
        changing.write(entry, columns, by=by, now=now)
        if assigned != on_it:
            entry.assignments.all().delete()
            changing.put_on(entry, assigned)
        matching.index(entry, assigned)
        marking.follow(entry, [people[person_id] for person_id in assigned], now=now)
        reminders.follow(entry, [people[person_id] for person_id in assigned], now=now)
    return entry


def told_of(entry: DiaryEntry) -> int:
    """Return how many calendars a message composed since the last change has left for."""
    left = Parcel.objects.filter(
        calendar__entry_id=entry.pk, frozen_at__gte=entry.changed_at, opened_at__isnull=False
    )
    return left.values("calendar_id").distinct().count()


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
