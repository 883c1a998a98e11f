"""The one word an entry shows about the calendars it is in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from daybook.ledger.models import Calendar, CalendarState

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
        noun = "calendar" if self.calendars == 1 else "calendars"
        join = "to" if self.state in (CalendarState.SENT, CalendarState.NOT_SENT) else "for"
        if self.state == CalendarState.WITHDRAWN:
            join = "from"
        return f"{self.state.label} {join} {self.calendars} {noun}"


NOTHING = Badge(CalendarState.NOT_SENT, 0)


def badges(entry_ids: Iterable[int]) -> dict[int, Badge]:
    """Return the badge of each entry, in one query."""
    ids = list(entry_ids)
    states: dict[int, list[str]] = defaultdict(list)
    rows = Calendar.objects.filter(entry_id__in=ids).values_list("entry_id", "state", "due_at")
    for entry_id, state, due_at in rows:
        waits = due_at is not None and state == CalendarState.SENT
        states[entry_id].append(CalendarState.WAITING if waits else state)
    return {entry_id: _badge(states[entry_id]) for entry_id in ids}


def _badge(states: list[str]) -> Badge:
    for state in ORDER:
        if state in states:
            return Badge(state, states.count(state))
    return NOTHING
