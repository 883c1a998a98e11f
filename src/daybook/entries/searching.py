"""Searching the diary: what is coming first, soonest first, then what is over, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from daybook.entries import matching, reading
from daybook.entries.models import DiaryEntry
from daybook.people.models import Person

COMING, OVER = "coming", "over"


@dataclass(frozen=True, slots=True)
class Results:
    """A page of what was found.

    `words` are what was looked for, folded. `next` is the cursor of the next page, None at the end.
    """

    words: tuple[str, ...]
    coming: list[DiaryEntry]
    over: list[DiaryEntry]
    next: str | None = None


def search(person: Person, q: str, *, now: datetime, limit: int, cursor: str = "") -> Results:
    """Return the next `limit` entries `person` may see with every word of `q` about them.

    What is not over at `now` is coming. The number of statements is the same however much there
    is. Raises InvalidInput at `cursor`.
    """
    part, _, place = cursor.partition(".")
    after = reading.place_of(place) if place else None
    wanted = matching.look_for(q)
    words = tuple(each.word for each in wanted)
    if not wanted:
        return Results(words, [], [])
    found = reading.visible_to(person).filter(pk__in=matching.matching(wanted))
    coming: list[DiaryEntry] = []
    if part != OVER:
        coming = list(_coming(found, now, after)[: limit + 1])
    if len(coming) > limit:
        return Results(words, coming[:limit], [], f"{COMING}.{reading.cursor_after(coming[-2])}")
    left = limit - len(coming)
    over = list(_over(found, now, after if part == OVER else None)[: left + 1])
    if len(over) <= left:
        return Results(words, coming, over)
    # With no room left the cursor is before the first that is over.
    place = reading.cursor_after(over[left - 1]) if left else ""
    return Results(words, coming, over[:left], f"{OVER}.{place}")


def _coming(
    found: QuerySet[DiaryEntry], now: datetime, after: tuple[datetime, int] | None
) -> QuerySet[DiaryEntry]:
    found = found.filter(ends_at__gt=now).order_by("starts_at", "pk")
    if after is None:
        return found
    starts_at, pk = after
    return found.filter(Q(starts_at__gt=starts_at) | Q(starts_at=starts_at, pk__gt=pk))


def _over(
    found: QuerySet[DiaryEntry], now: datetime, after: tuple[datetime, int] | None
) -> QuerySet[DiaryEntry]:
    found = found.filter(ends_at__lte=now).order_by("-starts_at", "-pk")
    if after is None:
        return found
    starts_at, pk = after
    return found.filter(Q(starts_at__lt=starts_at) | Q(starts_at=starts_at, pk__lt=pk))
