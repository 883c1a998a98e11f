"""The one word an entry shows about the calendars it is in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import (
    BigIntegerField,
    Case,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.utils.translation import ngettext

from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, CalendarState
from daybook.people.models import MailAccount

# What needs attention is said first.
ORDER = (
    CalendarState.PROBLEM,
    CalendarState.WAITING,
    CalendarState.SENT,
    CalendarState.WITHDRAWN,
    CalendarState.NOT_SENT,
)
# More calendars than any entry comes to; the last of the states still fits a database's integer.
APART = 4096


@dataclass(frozen=True)
class Badge:
    """A state and how many calendars of the entry are in it, said once for all that share it."""

    state: CalendarState
    calendars: int

    @cached_property
    def word(self) -> str:
        return str(self.state.label)

    @cached_property
    def sentence(self) -> str:
        """Return the badge in words: "Sent to 2 calendars"."""
        if self.calendars == 0:
            return self.word
        return _sentence(self.state, self.calendars) % {
            "state": self.word,
            "number": self.calendars,
        }


def _sentence(state: CalendarState, number: int) -> str:
    if state in (CalendarState.SENT, CalendarState.NOT_SENT):
        return ngettext(
            "%(state)s to %(number)d calendar", "%(state)s to %(number)d calendars", number
        )
    if state == CalendarState.WITHDRAWN:
        return ngettext(
            "%(state)s from %(number)d calendar", "%(state)s from %(number)d calendars", number
        )
    return ngettext(
        "%(state)s for %(number)d calendar", "%(state)s for %(number)d calendars", number
    )


def badges(entry_ids: Iterable[int]) -> dict[int, Badge]:
    """Return the badge of each entry, in one query."""
    entries = DiaryEntry.objects.filter(pk__in=list(entry_ids)).annotate(standing=standing())
    return badges_of(entries.values_list("pk", "standing"))


def badges_of(standings: Iterable[tuple[int, int | None]]) -> dict[int, Badge]:
    """Return by its id the badge of each entry, from what `standing` says of it."""
    # Of hundreds a few are different; made here, they are said in the language of who looks.
    different: dict[int | None, Badge] = {}
    found = {}
    for entry_id, number in standings:
        if number not in different:
            different[number] = badge_of(number)
        found[entry_id] = different[number]
    return found


def badge_of(standing: int | None) -> Badge:
    """Return the badge of an entry from what `standing` says of it."""
    for place, state in enumerate(ORDER):
        if number := int(standing or 0) // APART**place % APART:
            return Badge(state, number)
    return Badge(CalendarState.NOT_SENT, 0)


def standing() -> Subquery:
    """Return, for a query of entries, how many calendars of each are in which state, as a number.

    The states are APART in their ORDER; None is none. What waits for a mail account that is held is
    a problem, as on the entry's own page.
    """
    held = MailAccount.objects.exclude(held_reason="").values("pk")
    waits = Q(due_at__isnull=False, state__in=(CalendarState.SENT, CalendarState.WAITING))
    worth = {state: Value(APART**place) for place, state in enumerate(ORDER)}
    counts = Case(
        When(waits & Q(account_id__in=held), then=worth[CalendarState.PROBLEM]),
        When(waits, then=worth[CalendarState.WAITING]),
        *(When(state=state, then=value) for state, value in worth.items()),
        output_field=BigIntegerField(),
    )
    rows = Calendar.objects.filter(entry_id=OuterRef("pk")).order_by().values("entry_id")
    return Subquery(rows.annotate(standing=Sum(counts)).values("standing"))
