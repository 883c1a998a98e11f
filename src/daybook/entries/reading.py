"""Finding entries: who may see them, which ones, and in what order.

Every list costs the same number of queries however long it is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext

from daybook.entries import matching
from daybook.entries.drafts import fits
from daybook.entries.models import LONG, Assignment, DiaryEntry
from daybook.entries.times import LONGEST
from daybook.people.faults import FieldFault, InvalidInput
from daybook.people.models import Person

# What a board draws of an entry. Of hundreds, most of the time goes into columns nobody looks at.
DRAWN = (
    "type_id",
    "title",
    "location",
    "all_day",
    "timezone",
    "start_wall",
    "end_wall",
    "start_second",
    "end_second",
    "starts_at",
    "ends_at",
    "creator_id",
    "state",
    "revision",
)


def visible_to(person: Person | None) -> QuerySet[DiaryEntry]:
    """Return the entries this person may see, earliest first, with type, creator and people.

    The diary is one: every member sees all that is not deleted. None is a process of the firm.
    """
    return with_people(_seen_by(person)).order_by("starts_at", "pk")


def _seen_by(person: Person | None) -> QuerySet[DiaryEntry]:
    entries = DiaryEntry.objects.filter(deleted_at=None)
    return entries if person is None or person.is_active else entries.none()


def with_people(entries: QuerySet[DiaryEntry]) -> QuerySet[DiaryEntry]:
    """Return the same entries with all a page shows of them: two queries for any number."""
    on_them = Assignment.objects.select_related("person").order_by("position", "pk")
    return entries.select_related("type", "creator").prefetch_related(
        Prefetch("assignments", queryset=on_them)
    )


def people_on(entry: DiaryEntry) -> list[Person]:
    """Return who is on the entry, in the order they were named; free after `visible_to`."""
    return [assignment.person for assignment in entry.assignments.all()]


def between(
    entries: QuerySet[DiaryEntry], since: datetime | None, until: datetime | None
) -> QuerySet[DiaryEntry]:
    """Return the entries with a part in the time from `since` up to `until` (aware, or None).

    An entry that ends when the time begins, or begins when it ends, has none. No entry is longer
    than LONGEST, so what began earlier than that is not looked at.
    """
    if since is not None:
        entries = entries.filter(starts_at__gt=_earliest(since), ends_at__gt=since)
    if until is not None:
        entries = entries.filter(starts_at__lt=until)
    return entries


def window(
    reader: Person,
    since: datetime,
    until: datetime,
    *,
    people: Collection[int] = (),
    types: Collection[int] = (),
) -> list[DiaryEntry]:
    """Return what `reader` may see with a part in the time from `since` up to `until` (aware).

    Of these people and types (ids), or of all where none are named. However many entries came
    before and come after, only those of about the same time are looked at: an entry that is not
    long began at most LONG before, and a long one is found among the long ones. They come with
    what is DRAWN; types and people do not: whoever draws a board has them already.
    """
    entries = _seen_by(reader).only(*DRAWN).order_by("starts_at", "pk")
    short, long = halves_of_window(entries, since, until, people=people)
    # Not asked of the database, which might start from everything of a type that ever was.
    return [entry for entry in (*short, *long) if not types or entry.type_id in types]


def halves_of_window(
    entries: QuerySet[DiaryEntry],
    since: datetime,
    until: datetime,
    *,
    people: Collection[int] = (),
) -> tuple[QuerySet[DiaryEntry], QuerySet[DiaryEntry]]:
    """Return those of `entries` in a window, as `window` does: the short ones and the long ones."""
    entries = entries.filter(ends_at__gt=since)
    if people:
        on_it = Assignment.objects.filter(entry=OuterRef("pk"), person_id__in=_fitting(people))
        entries = entries.filter(Exists(on_it))
    # No more of the columns than needed, so that either half has one index that suits it.
    return (
        entries.filter(starts_at__gte=since - LONG, starts_at__lt=until, long_since=None),
        entries.filter(long_since__gte=_earliest(since), long_since__lt=until),
    )


def _earliest(since: datetime) -> datetime:
    """Return what nothing that is not over at `since` (aware) can have begun before."""
    try:
        return since - LONGEST - timedelta(days=1)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def people_on_each(entries: Collection[DiaryEntry]) -> dict[int, list[int]]:
    """Return who is on each of the entries, as ids in the order they were named: one query."""
    on_each: dict[int, list[int]] = {entry.pk: [] for entry in entries}
    named = Assignment.objects.filter(entry_id__in=on_each).order_by("position", "pk")
    for entry_id, person_id in named.values_list("entry_id", "person_id"):
        on_each[entry_id].append(person_id)
    return on_each


def _fitting(ids: Collection[int]) -> list[int]:
    return [number for number in ids if fits(number)]


def narrowed(
    entries: QuerySet[DiaryEntry],
    *,
    person_id: int | None = None,
    type_id: int | None = None,
    q: str = "",
) -> QuerySet[DiaryEntry]:
    """Return the entries this person is on, of this type, with all words of `q` about them."""
    if any(number is not None and not fits(number) for number in (person_id, type_id)):
        return entries.none()
    if person_id is not None:
        on = Assignment.objects.filter(person_id=person_id).values("entry_id")
        entries = entries.filter(pk__in=on)
    if type_id is not None:
        entries = entries.filter(type_id=type_id)
    if q.strip():
        wanted = matching.look_for(q)
        # Signs alone are in no entry.
        entries = entries.filter(pk__in=matching.matching(wanted)) if wanted else entries.none()
    return entries


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list; `next` is where the rest begins, None at the end."""

    items: list[DiaryEntry]
    next: str | None


def page(entries: QuerySet[DiaryEntry], *, limit: int, cursor: str | None = None) -> Page:
    """Return the next `limit` entries after `cursor`, earliest first.

    The cursor names the last entry shown, so that entries made or deleted meanwhile neither hide
    nor repeat another. Raises InvalidInput at `cursor`.
    """
    entries = entries.order_by("starts_at", "pk")
    if cursor:
        starts_at, pk = place_of(cursor)
        entries = entries.filter(Q(starts_at__gt=starts_at) | Q(starts_at=starts_at, pk__gt=pk))
    items = list(entries[: limit + 1])
    more = len(items) > limit
    items = items[:limit]
    return Page(items, cursor_after(items[-1]) if more else None)


def cursor_after(entry: DiaryEntry) -> str:
    """Return the cursor of everything after `entry`."""
    text = f"{entry.starts_at.isoformat()} {entry.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str) -> tuple[datetime, int]:
    """Return the beginning and the id of the entry a cursor names. Raises InvalidInput."""
    try:
        padded = cursor[:200] + "=" * (-len(cursor[:200]) % 4)
        starts_at, _, pk = base64.urlsafe_b64decode(padded.encode("ascii")).decode().partition(" ")
        moment, number = datetime.fromisoformat(starts_at), int(pk[:19])
    except (ValueError, binascii.Error):
        raise _unknown_cursor() from None
    if moment.tzinfo is None or not fits(number):
        raise _unknown_cursor()
    return moment, number


def _unknown_cursor() -> InvalidInput:
    sentence = gettext("This is not a cursor of this list.")
    return InvalidInput(FieldFault("cursor", "not_a_cursor", sentence))
