"""Times of day in a line: 14-15:30, 9.30, 930, 9:30pm, 2-3pm, 21h30, noon, and how long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from daybook.calendaring.event import ONE_DAY
from daybook.calendaring.time_of_day import read_time

_HALF = r"(?:\s?[ap]\.?m\b\.?)"
# For other patterns to build on; what it matches, `read_time` reads or refuses.
TIME = (
    rf"(?:noon|midday|midnight|\d{{1,2}}(?:[:.]\d\d|h(?:\d\d)?)?{_HALF}?|\d{{3,4}}{_HALF}?)"  # 9h30
)
LENGTH = (
    r"for\s+(?:(?P<days>\d{1,3})\s+days?"
    r"|(?P<hours>\d{1,3}(?:\.\d{1,2})?)\s*h(?:ours?|rs?)?(?:\s*(?P<more>\d{1,2})\s*(?:m(?:in(?:ute)?s?)?)?)?"
    r"|(?P<minutes>\d{1,4})\s*m(?:in(?:ute)?s?)?)"
)
ONE_HOUR = timedelta(hours=1)
HALF_A_DAY = timedelta(hours=12)


class BackwardsError(ValueError):
    """The end is not after the start; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when, as typed; `finish` None: not said. `clear` grows with how sure it is.

    3: a colon, an h, am or pm; 2: a range of bare numbers, or noon; 1: a bare number, or 9.30,
    which could also be the name of something.
    """

    begin: time
    finish: time | None
    clear: int


def read_hours(begin: str, finish: str | None) -> Hours:
    """Return what texts matched by `TIME` mean. Raises ValueError with a sentence."""
    clear = max(clearness(begin), clearness(finish or ""))
    if finish is None:
        return Hours(read_time(begin), None, clear)
    last = read_time(finish)
    half = _half(finish)
    if half and not _half(begin) and _is_number(begin):
        # “2-3pm” is both in the afternoon, “11-1pm” is not.
        together = _read_or_none(begin + half)
        if together is not None and together < last:
            return Hours(together, last, clear)
    first = read_time(begin)
    if not half and last <= first and last.hour < 12 and _is_number(finish):
        # “9-5” is a day's work.
        afternoon = last.replace(hour=last.hour + 12)
        if afternoon > first and first.hour < 12:
            last = afternoon
    return Hours(first, last, max(2, clear))


def clearness(text: str) -> int:
    """Return how sure it is that a text matched by `TIME` is a time, as in `Hours.clear`."""
    if re.search(r":|\dh|[ap]\.?m", text, re.IGNORECASE):
        return 3
    return 2 if text and not _is_number(text) else 1


def between(day: date, hours: Hours, last_day: date | None, length: timedelta | None) -> datetime:
    """Return the end, which is `length` after the start, or else `hours.finish`.

    Without `last_day` a finish that is not after the start is on the next day, if that is at most
    twelve hours later. Raises BackwardsError.
    """
    start = datetime.combine(day, hours.begin)
    if hours.finish is None:
        return start + (length or ONE_HOUR)
    end = datetime.combine(last_day or day, hours.finish)
    if end <= start and last_day is None and end + ONE_DAY - start <= HALF_A_DAY:
        end += ONE_DAY
    if end <= start:
        raise BackwardsError(
            f"The end, {hours.finish:%H:%M}, is not after the start, {hours.begin:%H:%M}."
        )
    return end


def read_length(found: re.Match[str]) -> timedelta:
    """Return how long something is, of a match of `LENGTH`; whole days if it said days."""
    if found["days"]:
        return timedelta(days=int(found["days"]))
    if found["minutes"]:
        return timedelta(minutes=int(found["minutes"]))
    minutes = round(float(found["hours"]) * 60) + int(found["more"] or 0)
    return timedelta(minutes=minutes)


def _is_number(text: str) -> bool:
    return text.strip()[:1].isdigit()


def _half(text: str) -> str:
    found = re.search(r"[ap]\.?m\.?$", text, re.IGNORECASE)
    return found[0] if found else ""


def _read_or_none(text: str) -> time | None:
    try:
        return read_time(text)
    except ValueError:
        return None
