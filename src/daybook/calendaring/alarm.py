"""When a reminder is due, and the alarm a person's own copy carries for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from daybook.calendaring.event import Moment, Span


def due_at(span: Span, minutes: int, zone: str) -> datetime:
    """Return the instant, aware UTC, `minutes` before the entry begins.

    Whole days begin at midnight by the clocks of the reader's `zone`, and are counted from in
    wall time: 420 before is the evening before at five, also when the clocks change that night;
    negative ones are later on the first day.
    """
    if not span.all_day:
        return span.starts_at() - timedelta(minutes=minutes)
    wall = span.start.wall - timedelta(minutes=minutes)
    return Moment(wall, zone).instant()


def as_read_in(span: Span, zone: str) -> Span:
    """Return the same span as the clocks of `zone` show it; whole days are the same everywhere."""
    if span.all_day or span.zone == zone:
        return span
    return Span(_moment(span.starts_at(), zone), _moment(span.ends_at(), zone))


def _moment(instant: datetime, zone: str) -> Moment:
    there = instant.astimezone(ZoneInfo(zone))
    return Moment(there.replace(tzinfo=None, fold=0), zone, second=bool(there.fold))


def alarm_of(minutes: Iterable[int]) -> timedelta | None:
    """Return the one alarm of an own copy, before the start: the nearest to it; None if none.

    One, because calendars differ in what they do with several (RFC 5545 section 3.6.6).
    """
    nearest = min(minutes, default=None)
    return None if nearest is None else timedelta(minutes=nearest)
