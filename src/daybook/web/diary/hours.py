"""The hours beside a day's column, and which of them a person works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from daybook.people.models import Person
from daybook.web.clock import say
from daybook.web.diary.layout import MINUTES
from daybook.web.diary.slots import classes
from daybook.web.diary.when import DAY, city, midnight

HOURS = [time(hour) for hour in range(24)]


@dataclass(frozen=True, slots=True)
class Ruler:
    """The hours of a day in one zone; `place` names it."""

    place: str
    zone: str
    hours: list[str]


def rulers(reader: Person, day: date) -> list[Ruler]:
    """Return the reader's hours, and before them those of a second zone when `day` begins."""
    zone = ZoneInfo(reader.timezone)
    own = Ruler(city(zone.key), zone.key, [_label(hour) for hour in HOURS])
    if not reader.second_timezone or reader.second_timezone == reader.timezone:
        return [own]
    there = ZoneInfo(reader.second_timezone)
    at = [datetime.combine(day, hour, zone).astimezone(there) for hour in HOURS]
    return [Ruler(city(there.key), there.key, [_label(moment) for moment in at]), own]


def _label(at: datetime | time) -> str:
    """Return an hour as it stands beside the lines: "14:00", or "2 pm"."""
    return say(at).replace(":00 ", " ")


def rests(person: Person, day: date, zone: ZoneInfo) -> list[str]:
    """Return the classes of the stretches of `day` in `zone` in which `person` does not work."""
    return [
        classes(begin, end, lane=0, lanes=1)
        for begin, end in _gaps(_work(person, day, zone))
        if end > begin
    ]


def opening(reader: Person) -> str:
    """Return the classes of the hour a board opens at: the one before the reader's work."""
    begins = max(0, reader.work_starts.hour * 60 - 60)
    return classes(begins, begins + 60, lane=0, lanes=1)


def _work(person: Person, day: date, zone: ZoneInfo) -> list[tuple[int, int]]:
    """Return the working stretches of `day` in minutes, earliest first.

    Hours are of the person's own zone, so that work elsewhere can fall on two days of the reader.
    """
    there = ZoneInfo(person.timezone)
    stretches = []
    for own_day in (day - DAY, day, day + DAY):
        if str(own_day.isoweekday()) not in person.working_days:
            continue
        begin = datetime.combine(own_day, person.work_starts, there).astimezone(zone)
        end = datetime.combine(own_day, person.work_ends, there).astimezone(zone)
        begins, ends = _minute_of(begin, day, zone), _minute_of(end, day, zone)
        if begins < ends:
            stretches.append((begins, ends))
    return stretches


def _minute_of(at: datetime, day: date, zone: ZoneInfo) -> int:
    if at < midnight(day, zone):
        return 0
    if at >= midnight(day + DAY, zone):
        return MINUTES
    return (at.hour * 60 + at.minute) // 5 * 5


def _gaps(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    edges = [0, *(edge for stretch in stretches for edge in stretch), MINUTES]
    return list(zip(edges[::2], edges[1::2], strict=True))
