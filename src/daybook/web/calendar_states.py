"""The one word an entry shows about the calendars it is in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.utils.translation import ngettext

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


@dataclass(frozen=True, slots=True)
class Badge:
    """A state and how many calendars of the entry are in it."""

    state: CalendarState
    calendars: int

    @property
    def sentence(self) -> str:
        """Return the badge in words: "Sent to 2 calendars"."""
        if self.calendars == 0:
            return str(self.state.label)
        return _sentence(self.state, self.calendars) % {
            "state": self.state.label,
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


NOTHING = Badge(CalendarState.NOT_SENT, 0)


def badges(entry_ids: Iterable[int]) -> dict[int, Badge]:
    """Return the badge of each entry, in one query.

    What waits for a mail account that is held is a problem, as on the entry's own page.
    """
    ids = list(entry_ids)
    states: dict[int, list[str]] = defaultdict(list)
    held = MailAccount.objects.filter(pk=OuterRef("account_id")).exclude(held_reason="")
    rows = Calendar.objects.filter(entry_id__in=ids).annotate(held=Exists(held))
    for entry_id, state, due_at, is_held in rows.values_list("entry_id", "state", "due_at", "held"):
        states[entry_id].append(_now(state, is_due=due_at is not None, is_held=is_held))
    return {entry_id: _badge(states[entry_id]) for entry_id in ids}


def standing() -> Subquery:
    """Return, for a query of entries, a number that changes with what `badges` says of each.

    It counts the calendars in each state, a thousand times apart.
    """
    held = MailAccount.objects.exclude(held_reason="").values("pk")
    waits = Q(due_at__isnull=False, state__in=(CalendarState.SENT, CalendarState.WAITING))
    worth = {state: Value(1000**place) for place, state in enumerate(ORDER)}
    counts = Case(
        When(waits & Q(account_id__in=held), then=worth[CalendarState.PROBLEM]),
        When(waits, then=worth[CalendarState.WAITING]),
        *(When(state=state, then=value) for state, value in worth.items()),
        output_field=BigIntegerField(),
    )
    rows = Calendar.objects.filter(entry_id=OuterRef("pk")).order_by().values("entry_id")
    return Subquery(rows.annotate(standing=Sum(counts)).values("standing"))


def _now(state: str, *, is_due: bool, is_held: bool) -> str:
    if not is_due or state not in (CalendarState.SENT, CalendarState.WAITING):
        return state
    return CalendarState.PROBLEM if is_held else CalendarState.WAITING


def _badge(states: list[str]) -> Badge:
    for state in ORDER:
        if state in states:
            return Badge(state, states.count(state))
    return NOTHING
