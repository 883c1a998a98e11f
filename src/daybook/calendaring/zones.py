"""VTIMEZONE for any IANA zone, in the form every calendar program reads (RFC 5545 section 3.6.5).

Outlook understands at most one STANDARD and one DAYLIGHT, each with a yearly rule of the form
"nth weekday of a month", and ignores lists of dates. So the rule is not copied from the zone file:
it is derived by watching the clocks of the zone through the years of the event, and used only if
it repeats every change of those years exactly. Where no such pair exists (a zone that changed its
mind that year, or changes more often), the event's own offsets are written out without a rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from zoneinfo import ZoneInfo

from daybook.calendaring.event import ONE_DAY, Moment

_SECOND = timedelta(seconds=1)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UTC_NAMES = frozenset(
    {"UTC", "UCT", "Universal", "Zulu", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich"}
)
# How many years on either side decide between two rules that fit the event's own years.
_NEIGHBOURS = 3


def is_zone(name: str) -> bool:
    """Return whether `name` is a key of the IANA database, exactly as spelt there.

    Nothing is opened for it: paths, other spellings and machine-local names are simply unknown.
    """
    return name in zone_names()


@cache
def zone_names() -> frozenset[str]:
    """Return every IANA key (of the tzdata package, which any `ZoneInfo` falls back to)."""
    keys = files("tzdata").joinpath("zones").read_text(encoding="ascii").split()
    return frozenset(keys) - {"Factory", "localtime", "posixrules"}


def is_utc(zone: str) -> bool:
    """Return whether times of `zone` are written in UTC, with Z: its name is no place."""
    return zone in _UTC_NAMES or zone.startswith("Etc/")


def wall_names(moment: Moment) -> bool:
    """Return whether its wall time with a TZID means this moment (RFC 5545 section 3.3.5).

    A time the clocks show twice means the first; one they skip means nothing all programs agree on.
    """
    there = moment.wall.replace(tzinfo=ZoneInfo(moment.zone), fold=0)
    first, second = _known(there.utcoffset()), _known(there.replace(fold=1).utcoffset())
    return first == second or (first > second and not moment.second)


def shown_twice(wall: datetime, zone: str) -> bool:
    """Return whether the clocks of `zone` show this naive wall time twice (autumn)."""
    first = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    return _known(first.utcoffset()) > _known(first.replace(fold=1).utcoffset())


def vtimezone(zone: str, around: date | datetime, until: date | datetime | None = None) -> str:
    """Return the VTIMEZONE of `zone` for an event from `around` to `until`, CRLF line ends.

    Both are naive wall times or whole days; without `until` the event is a moment (or a day).
    Every wall time of the calendar years they touch gets its true instant. If no pair of yearly
    rules does that, every wall time from `around` to `until` does, and the component holds the
    offset at the start and one more observance for each change in between, without RRULE.
    """
    last = around if until is None else until
    yearly = _yearly(zone, around.year, last.year)
    if yearly is not None:
        return yearly
    end = _midnight(last) if isinstance(last, datetime) else _midnight(last) + ONE_DAY
    return _explicit(zone, _midnight(around), end)


def _midnight(day: date | datetime) -> datetime:
    if isinstance(day, datetime):
        return day.replace(tzinfo=None, fold=0)
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class _Change:
    """The clocks go from one offset to another at `wall`, read on the clock before the change."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """The same change every year: on the `week`th (1 to 4, or -1: last) weekday of `month`."""

    change: _Change
    week: int

    def in_year(self, year: int) -> datetime:
        like = self.change.wall
        return nth_weekday(like.replace(year=year, day=1), week=self.week, weekday=like.weekday())


def nth_weekday(first: datetime, *, week: int, weekday: int) -> datetime:
    """Return the `week`th `weekday` (Monday is 0) of the month that begins at `first`.

    `week` is 1 to 4, or 5 or -1 for the last, or -2 to -5 counted from the end; where a month has
    only four, the fifth is the fourth.
    """
    earliest = first + timedelta(days=(weekday - first.weekday()) % 7)
    fifth = earliest + timedelta(days=28)
    count = 5 if fifth.month == first.month else 4
    index = min(week, count) if week > 0 else max(count + 1 + week, 1)
    return earliest + timedelta(days=7 * (index - 1))


@lru_cache(maxsize=2048)
def _yearly(zone: str, first: int, last: int) -> str | None:
    """Return the form true through whole years, or None if yearly rules cannot say it."""
    changes = list(_changes(ZoneInfo(zone), first, last))
    origin = _origin(first)
    if not changes:
        offset, name = _at(ZoneInfo(zone), datetime(first, 7, 1, tzinfo=UTC))
        only = _Change(datetime(origin, 1, 1), offset, offset, name)  # noqa: DTZ001
        return _component(zone, [_observance("STANDARD", only)])
    rules = _rules(zone, changes, first, last)
    if rules is None:
        return None
    # Standard is the smaller offset, also where the law calls winter the exception (Dublin).
    standard, daylight = sorted(rules, key=lambda rule: rule.change.after)
    return _component(
        zone,
        [_recurring("STANDARD", standard, origin), _recurring("DAYLIGHT", daylight, origin)],
    )


def _rules(zone: str, changes: list[_Change], first: int, last: int) -> tuple[_Rule, ...] | None:
    pair = [change for change in changes if change.wall.year == first]
    if len(pair) != 2 or (pair[0].before, pair[0].after) != (pair[1].after, pair[1].before):
        return None
    wanted = [(change.wall, change.before, change.after) for change in changes]

    def fits(rules: tuple[_Rule, ...]) -> bool:
        return wanted == [
            (rule.in_year(year), rule.change.before, rule.change.after)
            for year in range(first, last + 1)
            for rule in rules
        ]

    fitting = [rules for rules in product(*map(_candidates, pair)) if fits(rules)]
    if not fitting:
        return None
    around = _changes(ZoneInfo(zone), max(first - _NEIGHBOURS, 2), min(last + _NEIGHBOURS, 9998))
    seen = {change.wall for change in around}
    return max(fitting, key=lambda rules: sum(_repeats(rule, seen) for rule in rules))


def _candidates(change: _Change) -> list[_Rule]:
    day = change.wall.day
    weeks = [(day - 1) // 7 + 1] if day <= 28 else []
    if (change.wall + timedelta(days=7)).month != change.wall.month:
        weeks.append(-1)
    return [_Rule(change, week) for week in weeks]


def _repeats(rule: _Rule, seen: set[datetime]) -> int:
    return sum(rule.in_year(wall.year) == wall for wall in seen)


@lru_cache(maxsize=512)
def _explicit(zone: str, start: datetime, end: datetime) -> str:
    """Return the offsets of one event, written out."""
    clock = ZoneInfo(zone)
    starts_at = start.replace(tzinfo=clock).astimezone(UTC)
    ends_at = end.replace(tzinfo=clock).astimezone(UTC)
    offset, name = _at(clock, starts_at)
    changes = [_Change(datetime(_origin(start.year), 1, 1), offset, offset, name)]  # noqa: DTZ001
    changes += [
        change
        for change in _changes(clock, start.year, end.year)
        if starts_at < (change.wall - change.before).replace(tzinfo=UTC) <= ends_at
    ]
    smallest = min(change.after for change in changes)
    kinds = ["STANDARD" if change.after == smallest else "DAYLIGHT" for change in changes]
    return _component(zone, list(map(_observance, kinds, changes)))


def _changes(clock: ZoneInfo, first: int, last: int) -> Iterator[_Change]:
    """Yield the changes whose wall time lies in the years `first` to `last`, in order."""
    # A day more on either side, because a wall time may be in another year than its instant.
    here = datetime(max(first, 2), 1, 1, tzinfo=UTC) - ONE_DAY
    stop = datetime(min(last, 9998) + 1, 1, 1, tzinfo=UTC) + ONE_DAY
    before = _at(clock, here)[0]
    while here < stop:
        after = _at(clock, here + ONE_DAY)[0]
        if after != before:
            change = _between(clock, here, before)
            if first <= change.wall.year <= last:
                yield change
        here, before = here + ONE_DAY, after


def _between(clock: ZoneInfo, low: datetime, before: timedelta) -> _Change:
    """Return the change on the day that begins at `low`, to the second."""
    high = low + ONE_DAY
    while high - low > _SECOND:
        middle = low + (high - low) // 2 // _SECOND * _SECOND
        low, high = (middle, high) if _at(clock, middle)[0] == before else (low, middle)
    after, name = _at(clock, high)
    return _Change((high + before).replace(tzinfo=None), before, after, name)


def _at(clock: ZoneInfo, instant: datetime) -> tuple[timedelta, str]:
    there = instant.astimezone(clock)
    return _known(there.utcoffset()), there.tzname() or ""


def _known(offset: timedelta | None) -> timedelta:
    if offset is None:
        raise ValueError("A zone of the IANA database always has an offset.")
    return offset


def _origin(first: int) -> int:
    """Return the year observances begin in: well before the event, and the same for most."""
    return 1970 if first > 1970 else max(first - 1, 1)


def _recurring(kind: str, rule: _Rule, origin: int) -> str:
    change = rule.change
    byday = f"{rule.week}{_WEEKDAYS[change.wall.weekday()]}"
    begins = _Change(rule.in_year(origin), change.before, change.after, change.name)
    return _observance(
        kind, begins, f"RRULE:FREQ=YEARLY;BYMONTH={change.wall.month};BYDAY={byday}\r\n"
    )


def _observance(kind: str, change: _Change, rrule: str = "") -> str:
    return (
        f"BEGIN:{kind}\r\n"
        f"DTSTART:{basic(change.wall)}\r\n"
        f"{rrule}"
        f"TZOFFSETFROM:{_offset(change.before)}\r\n"
        f"TZOFFSETTO:{_offset(change.after)}\r\n"
        f"TZNAME:{change.name}\r\n"
        f"END:{kind}\r\n"
    )


def basic(wall: datetime) -> str:
    """Return a naive time as RFC 5545 section 3.3.5 writes it, to the second: 20261020T090000."""
    return wall.isoformat(timespec="seconds").replace("-", "").replace(":", "")


def _offset(offset: timedelta) -> str:
    """Return a UTC-OFFSET (RFC 5545 section 3.3.14); seconds only where a zone has them."""
    minutes, seconds = divmod(abs(offset) // _SECOND, 60)
    sign = "-" if offset < timedelta(0) else "+"
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{seconds:02}" if seconds else "")


def _component(zone: str, observances: list[str]) -> str:
    return f"BEGIN:VTIMEZONE\r\nTZID:{zone}\r\n{''.join(observances)}END:VTIMEZONE\r\n"
