"""From when to when an entry is, of the parts a line says about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from daybook.calendaring.event import ONE_DAY
from daybook.calendaring.quick_add import days, hours
from daybook.calendaring.quick_add.pieces import Piece


class NotSaidError(ValueError):
    """A part of when it is has still to be typed."""


class TooMuchError(ValueError):
    """When it is, is said twice in ways that cannot both be."""


def span_of(whens: Sequence[Piece], now: datetime) -> tuple[datetime, datetime, bool]:
    """Return start, end (not included) and whether it is all day, of what a line says about when.

    `whens` has at most one piece with days, one with hours and one with a length. Without a day
    it is today, or tomorrow if that time is over; without an end it is an hour. Raises
    NotSaidError, TooMuchError, NoSuchDayError and BackwardsError, each with a sentence.
    """
    said = next((piece.days for piece in whens if piece.days), None)
    clock = next((piece.hours for piece in whens if piece.hours), None)
    length = next((piece.length for piece in whens if piece.length is not None), None)
    if clock and any(piece.all_day for piece in whens):
        raise TooMuchError("It cannot be all day and have a time.")
    if clock and clock.finish and length is not None:
        raise TooMuchError("It has both an end and a length: keep one of them.")
    if length is not None and length <= timedelta(0):
        raise TooMuchError("It must last longer than that.")
    at = clock.begin if clock else None
    first = days.resolve(said.first, now, at=at) if said else _today_or_tomorrow(now, at)
    last = _last_day(said.last, first, now) if said and said.last else None
    if clock is None:
        return _whole_days(first, last, length)
    if last and clock.finish is None:
        raise NotSaidError("Say when it ends on the last day, or leave the time out.")
    start = datetime.combine(first, clock.begin)
    return start, hours.between(first, clock, last, length), False


def _whole_days(
    first: date, last: date | None, length: timedelta | None
) -> tuple[datetime, datetime, bool]:
    if length is not None:
        if length % ONE_DAY:
            raise NotSaidError("Say when it starts, as in 14:00.")
        if last is not None:
            raise TooMuchError("It has both a last day and a length: keep one of them.")
        last = first + length - ONE_DAY
    after = (last or first) + ONE_DAY
    return datetime.combine(first, time()), datetime.combine(after, time()), True


def _last_day(day: days.Day, first: date, now: datetime) -> date:
    last = days.resolve(day, now, since=first)
    if last < first:
        raise days.NoSuchDayError(
            f"The last day, {days.said(last)}, is before the first, {days.said(first)}."
        )
    return last


def _today_or_tomorrow(now: datetime, at: time | None) -> date:
    today = now.date()
    return today + ONE_DAY if at is not None and datetime.combine(today, at) <= now else today
