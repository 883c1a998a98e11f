"""Times of day as each person reads them; `calendaring.time_of_day` reads what is typed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time

from django.utils.formats import date_format

from daybook.people.models import Clock

# The reader's clock, beside the zone Django has active: one per request.
_active: ContextVar[str] = ContextVar("clock", default=Clock.HOURS_24)


@contextmanager
def reading(clock: str) -> Iterator[None]:
    """Let `say` speak in the hours of `clock`, one of `Clock`, for a while."""
    token = _active.set(clock)
    try:
        yield
    finally:
        _active.reset(token)


def say_day(day: date) -> str:
    """Return a day without its year: "7 November"."""
    return date_format(day, "j F")


def say(at: datetime | time) -> str:
    """Return the time of day as the reader's clock shows it: "14:30", or "2:30 pm".

    `at` is taken as it stands: whoever calls has put it into the zone it is read in.
    """
    if _active.get() == Clock.HOURS_12:
        return f"{(at.hour + 11) % 12 + 1}:{at:%M} {'am' if at.hour < 12 else 'pm'}"
    return f"{at:%H:%M}"
