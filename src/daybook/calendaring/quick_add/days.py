"""Days as a line names them: today, next Thu, 26 Nov, 26/11, 26.11.2026, 2026-11-26."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from daybook.calendaring.event import ONE_DAY

# What stands between the first and the last of several days, or hours.
BETWEEN = r"\s*[-–—]\s*|\s+(?:to|until|till)\s+"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_RELATIVE = {"yesterday": -1, "today": 0, "tomorrow": 1}

_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:19|20|21)\d\d"
_DAY_OF_MONTH = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = (
    rf"(?:{_YEAR}-\d\d-\d\d|\d{{1,2}}\.\d{{1,2}}\.{_YEAR}|\d{{1,2}}/\d{{1,2}}(?:/(?:{_YEAR}|\d\d))?"
    rf"|{_DAY_OF_MONTH}\s+{_MONTH}(?:\s+{_YEAR})?)"
)
# For other patterns to build on; what it matches, `read_day` reads.
DAY = (
    rf"(?:on\s+)?(?:{'|'.join(_RELATIVE)}|(?:(?:next|this)\s+)?{_WEEKDAY}(?:,?\s+{_DATE})?|{_DATE})"
)
# The days of one month: 26-28 Nov. The groups are the first day, and the last with its month.
DAYS_OF_MONTH = rf"({_DAY_OF_MONTH})(?:{BETWEEN})({_DAY_OF_MONTH}\s+{_MONTH}(?:\s+{_YEAR})?)"

# Names of days that could as well be words of a title: “Sun Alliance”, “1/2”.
_PLAIN = re.compile(rf"(?:{_WEEKDAY}|\d{{1,2}}/\d{{1,2}})", re.ASCII | re.IGNORECASE)


class NoSuchDayError(ValueError):
    """What was typed names no day; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Relative:
    """A day counted from today."""

    in_days: int


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, as `date.weekday` counts; `next_week` is “next Thu”."""

    weekday: int
    next_week: bool


@dataclass(frozen=True, slots=True)
class Dated:
    """A day of the calendar, perhaps one that does not exist; `year` and `weekday` if given."""

    day: int
    month: int
    year: int | None = None
    weekday: int | None = None


# A day as typed, before it is known which one is meant.
Day: TypeAlias = Relative | Weekday | Dated


def read_day(text: str) -> Day:
    """Return the day that a text matched by `DAY` names."""
    typed = re.sub(r"^on\s+", "", text.casefold())
    if typed in _RELATIVE:
        return Relative(_RELATIVE[typed])
    unprefixed = re.sub(r"^(?:next|this)\s+", "", typed)
    weekday = next((n for n, name in enumerate(_WEEKDAYS) if unprefixed.startswith(name)), None)
    rest = re.sub(rf"^{_WEEKDAY},?\s*", "", unprefixed)
    if weekday is not None and not rest:
        return Weekday(weekday, next_week=typed.startswith("next"))
    return _dated(rest, weekday)


def is_clear(text: str) -> bool:
    """Return whether a text matched by `DAY` can hardly be anything but a day."""
    return _PLAIN.fullmatch(text) is None


def resolve(day: Day, now: datetime, *, at: time | None = None, since: date | None = None) -> date:
    """Return which day is meant, seen from `now` (a wall time).

    A weekday, and a date without a year, is the first from `since` on, otherwise from today on;
    for a weekday today does not count when the time `at` is over. “next Thu” is that of next
    week, and weeks begin on Monday. Raises NoSuchDayError.
    """
    today = now.date()
    match day:
        case Relative():
            return today + day.in_days * ONE_DAY
        case Weekday(next_week=True):
            return today + timedelta(days=7 - today.weekday() + day.weekday)
        case Weekday():
            over = at is not None and datetime.combine(today, at) <= now
            first = since or (today + ONE_DAY if over else today)
            return first + (day.weekday - first.weekday()) % 7 * ONE_DAY
        case Dated():
            return _of_the_calendar(day, since or today)


def said(day: date) -> str:
    """Return a day as sentences name it: Thursday 26 November."""
    return f"{day:%A} {day.day} {day:%B}"


def _dated(text: str, weekday: int | None) -> Dated:
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    named = [n for n, name in enumerate(_MONTHS, 1) if re.search(rf"\b{name}", text)]
    if named:
        numbers.insert(1, named[0])
    elif "-" in text:
        numbers.reverse()
    day, month, *rest = numbers
    year = rest[0] if rest else None
    return Dated(day, month, year + 2000 if year is not None and year < 100 else year, weekday)


def _of_the_calendar(day: Dated, since: date) -> date:
    if not 1 <= day.month <= 12:
        raise NoSuchDayError(f"There is no month {day.month}: the day comes first, as in 26/11.")
    # Nine years on there has been a 29 February, whenever one begins to look.
    years = [day.year] if day.year else range(since.year, since.year + 9)
    dates = [found for year in years if (found := _date(year, day.month, day.day))]
    found = next((found for found in dates if day.year or found >= since), None)
    if found is None:
        year = f" {day.year}" if day.year else ""
        month = date(2000, day.month, 1)
        raise NoSuchDayError(f"There is no {day.day} {month:%B}{year}.")
    if day.weekday is not None and found.weekday() != day.weekday:
        raise NoSuchDayError(f"{found.day} {found:%B %Y} is a {found:%A}.")
    return found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
