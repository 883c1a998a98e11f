"""The guarded reader: other programs' iCalendar text as a calendar object, or the reason why not.

Whatever is in the text, reading ends soon and raises nothing: sizes are counted first, only bytes
are taken, no rule is expanded, no file is opened for a name found in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from daybook.calendaring.component import (
    Attendee,
    CalendarObject,
    Method,
    Organizer,
    PartStat,
    Role,
    Status,
    VEvent,
)
from daybook.calendaring.event import ONE_DAY, Moment, Span, all_day
from daybook.calendaring.foreign_zone import moment
from daybook.calendaring.ical import clean
from daybook.calendaring.ical_lines import Component, Line, UnreadableText, calendar

MOST_ATTENDEES = 100
FIRST_YEAR, LAST_YEAR = 1900, 2999

_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_DATE_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)", re.ASCII)
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)
_DURATION = re.compile(
    r"\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?",
    re.ASCII,
)
_RECURRING = ("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")

Day = TypeVar("Day", date, datetime)
Word = TypeVar("Word", Method, Status, PartStat, Role)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a text is not read as a calendar object: a sentence for the person who looks at it."""

    reason: str


def read(raw: bytes) -> CalendarObject | Unreadable:
    """Return the one event of an iCalendar text of at most 1 MiB, or why it cannot be read.

    Nothing in `raw` makes this raise. Exactly one VEVENT without recurrence is read. An all-day
    event has zone "UTC" (dates have none); start and end that come in different zones are given
    in the first that is not UTC. METHOD:PUBLISH reads as no method, a STATUS Daybook does not
    write as CONFIRMED, an unknown answer as NEEDS-ACTION, an unknown role as REQ-PARTICIPANT.
    Alarms, other components and other properties are passed over.
    """
    try:
        return _read(raw)
    except UnreadableText as trouble:
        return Unreadable(str(trouble))


def moments(line: Line, found_in: Component) -> Moment | date:
    """Return what a DTSTART or DTEND says: a date, or a moment. Raises UnreadableText."""
    value = line.value.strip()
    if day := _DATE.fullmatch(value):
        return _wall(day).date()
    time = _DATE_TIME.fullmatch(value)
    if time is None:
        raise UnreadableText(f"{line.name} is not a date or time.")
    wall = _wall(time)
    if time[7]:
        return Moment(wall, "UTC")
    tzid = line.parameter("TZID")
    if not tzid:
        raise UnreadableText(f"{line.name} has no time zone: it would be another time elsewhere.")
    return moment(wall, tzid, found_in)


def address(line: Line) -> str:
    """Return the bare address of an ORGANIZER or ATTENDEE, "" if it is not one."""
    for uri in (line.value.strip(), line.parameter("EMAIL")):
        scheme, _, rest = uri.partition(":")
        bare = rest if scheme.lower() == "mailto" else ("" if rest else scheme)
        if "@" in bare:
            return clean(unquote(bare.partition("?")[0])).strip()
    return ""


def _read(raw: bytes) -> CalendarObject:
    found = calendar(raw)
    events = found.find("VEVENT")
    if len(events) != 1:
        raise UnreadableText(f"The calendar text holds {len(events)} events, not one.")
    event = events[0]
    if any(event.all(name) for name in _RECURRING):
        raise UnreadableText("The event is one of a series.")
    created, modified = event.one("CREATED"), event.one("LAST-MODIFIED")
    organizer = event.one("ORGANIZER")
    return CalendarObject(
        VEvent(
            uid=_uid(event),
            sequence=_sequence(event),
            dtstamp=_stamp(_must(event, "DTSTAMP")),
            span=_span(event, found),
            summary=_text(event, "SUMMARY"),
            location=_text(event, "LOCATION"),
            description=_text(event, "DESCRIPTION"),
            status=_word(Status, _text(event, "STATUS")) or Status.CONFIRMED,
            organizer=_organizer(organizer) if organizer else None,
            attendees=_attendees(event),
            created=_stamp(created) if created else None,
            last_modified=_stamp(modified) if modified else None,
        ),
        _method(found),
    )


def _method(found: Component) -> Method | None:
    line = found.one("METHOD")
    said = line.text().strip().upper() if line else "PUBLISH"
    method = _word(Method, said)
    if method is None and said != "PUBLISH":
        raise UnreadableText("The calendar text is neither an invitation nor a cancellation.")
    return method


def _uid(event: Component) -> str:
    uid = clean(_must(event, "UID").text()).strip()
    if not uid or len(uid) > 1000:
        raise UnreadableText("The event has no usable UID.")
    return uid


def _sequence(event: Component) -> int:
    line = event.one("SEQUENCE")
    if line is None:
        return 0
    if _NUMBER.fullmatch(line.value.strip()) is None:
        raise UnreadableText("SEQUENCE is not a number.")
    return int(line.value)


def _span(event: Component, found: Component) -> Span:
    start = moments(_must(event, "DTSTART"), found)
    end_line, duration = event.one("DTEND"), event.one("DURATION")
    if end_line is not None:
        end = moments(end_line, found)
    else:
        end = _after(start, _duration(duration) if duration else None)
    if isinstance(start, Moment) and isinstance(end, Moment):
        return _timed(start, end)
    if isinstance(start, Moment) or isinstance(end, Moment):
        raise UnreadableText("The event starts on a date and ends at a time, or the reverse.")
    if end < start:
        raise UnreadableText("The event ends before it starts.")
    return all_day(start, max(end, start + ONE_DAY), "UTC")


def _timed(start: Moment, end: Moment) -> Span:
    if end.instant() < start.instant():
        raise UnreadableText("The event ends before it starts.")
    if start.zone == end.zone:
        return Span(start, end)
    zone = start.zone if start.zone != "UTC" else end.zone
    return Span(_in_zone(start, zone), _in_zone(end, zone))


def _in_zone(there: Moment, zone: str) -> Moment:
    if there.zone == zone:
        return there
    here = there.instant().astimezone(ZoneInfo(zone))
    return Moment(here.replace(tzinfo=None, fold=0), zone, second=bool(here.fold))


def _after(start: Moment | date, duration: timedelta | None) -> Moment | date:
    """Return the end by DURATION, or by default (RFC 5545 section 3.6.1)."""
    if not isinstance(start, Moment):
        return _in_reach(start + (duration or ONE_DAY))
    if not duration:
        return start
    end = _in_reach(start.instant() + duration)
    return _in_zone(Moment(end.replace(tzinfo=None), "UTC"), start.zone)


def _in_reach(day: Day) -> Day:
    """Return what is given, a date or an aware time, unless its year is absurd."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise UnreadableText("The event is too far away in time.")
    return day


def _duration(line: Line) -> timedelta:
    """Return a length of time that is not negative (RFC 5545 section 3.3.6)."""
    match = _DURATION.fullmatch(line.value.strip().upper())
    if match is None or not any(match.groups()):
        raise UnreadableText("DURATION is not a length of time.")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _wall(match: re.Match[str]) -> datetime:
    try:
        wall = datetime(*map(int, match.groups()[:6]))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise UnreadableText("The calendar text has a date or time that does not exist.") from None
    return _in_reach(wall)


def _stamp(line: Line) -> datetime:
    match = _DATE_TIME.fullmatch(line.value.strip())
    if match is None:
        raise UnreadableText(f"{line.name} is not a time.")
    # Always UTC (RFC 5545 section 3.8.7.2), also where a program forgot the Z.
    return _wall(match).replace(tzinfo=UTC)


def _organizer(line: Line) -> Organizer | None:
    bare = address(line)
    return Organizer(bare, clean(line.parameter("CN")).strip()) if bare else None


def _attendees(event: Component) -> tuple[Attendee, ...]:
    lines = event.all("ATTENDEE")
    if len(lines) > MOST_ATTENDEES:
        raise UnreadableText(f"The event has more than {MOST_ATTENDEES} attendees.")
    return tuple(
        Attendee(
            bare,
            clean(line.parameter("CN")).strip(),
            _word(Role, line.parameter("ROLE")) or Role.REQUIRED,
            _word(PartStat, line.parameter("PARTSTAT")) or PartStat.NEEDS_ACTION,
            {"TRUE": True, "FALSE": False}.get(line.parameter("RSVP").upper()),
        )
        for line in lines
        if (bare := address(line))
    )


def _text(event: Component, name: str) -> str:
    line = event.one(name)
    return clean(line.text()) if line else ""


def _word(words: type[Word], said: str) -> Word | None:
    wanted = said.strip().upper()
    return next((word for word in words if word.value == wanted), None)


def _must(event: Component, name: str) -> Line:
    line = event.one(name)
    if line is None:
        raise UnreadableText(f"The event has no {name}.")
    return line
