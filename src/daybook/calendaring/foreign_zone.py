"""What another program's TZID means: an IANA zone if it can be known, else offsets of its own."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from daybook.calendaring.event import ONE_DAY, Moment
from daybook.calendaring.ical_lines import Component, Line, UnreadableText
from daybook.calendaring.zones import is_zone, nth_weekday

_WALL = re.compile(r"([1-9]\d{3})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?", re.ASCII)
_BYDAY = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_MONTH = re.compile(r"0?[1-9]|1[0-2]", re.ASCII)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PLAIN = {"FREQ", "INTERVAL", "BYMONTH", "BYDAY", "WKST", "UNTIL"}


def moment(wall: datetime, tzid: str, calendar: Component) -> Moment:
    """Return the moment that the naive `wall` with `tzid` means in this calendar.

    A name of the IANA database means that zone whatever a VTIMEZONE of the same name says, and so
    do the names of Windows and names that end in an IANA one. Any other name is looked up in the
    calendar, and the moment is then in UTC. Raises UnreadableText.
    """
    zone = iana(tzid)
    if zone is not None:
        return Moment(wall, zone)
    for definition in calendar.find("VTIMEZONE"):
        named = definition.one("TZID")
        if named is None or named.text().strip() != tzid.strip():
            continue
        location = definition.one("X-LIC-LOCATION")
        if location is not None and is_zone(location.value.strip()):
            return Moment(wall, location.value.strip())
        return Moment(wall - _offset_at(definition, wall), "UTC")
    raise UnreadableText(f"The time zone “{tzid[:80]}” is not known.")


def iana(tzid: str) -> str | None:
    """Return the IANA zone a TZID names, or None."""
    name = tzid.strip().strip('"')[:200]
    if is_zone(name):
        return name
    if name in WINDOWS_TO_OLSON:
        return str(WINDOWS_TO_OLSON[name])
    # "/example.org/20050126_1/Europe/London": a globally unique name of RFC 5545 section 3.2.19.
    parts = name.split("/")
    tails = ("/".join(parts[-count:]) for count in (3, 2))
    return next((tail for tail in tails if is_zone(tail)), None)


def _offset_at(definition: Component, wall: datetime) -> timedelta:
    """Return the offset in force at `wall`: that of the latest observance begun (section 3.6.5)."""
    begun: list[tuple[datetime, timedelta]] = []
    first: list[tuple[datetime, timedelta]] = []
    for observance in definition.children:
        starts = _wall(_must(observance, "DTSTART").value)
        after = _offset(_must(observance, "TZOFFSETTO").value)
        first.append((starts, _offset(_must(observance, "TZOFFSETFROM").value)))
        begun += [(onset, after) for onset in _onsets(observance, starts, wall) if onset <= wall]
    if not first:
        raise UnreadableText("A time zone of the calendar text has no offsets.")
    return max(begun)[1] if begun else min(first)[1]


def _onsets(observance: Component, starts: datetime, wall: datetime) -> list[datetime]:
    """Return the onsets of an observance that can matter to `wall`, and some that cannot."""
    dates = [_wall(value) for line in observance.all("RDATE") for value in line.value.split(",")]
    rule = observance.one("RRULE")
    if rule is None:
        return [starts, *dates]
    parts = dict(part.split("=", 1) for part in rule.value.upper().split(";") if "=" in part)
    # UNTIL is in UTC: a day decides nothing, the next onset is months away.
    until = min(wall, _wall(parts["UNTIL"])) + ONE_DAY if "UNTIL" in parts else wall
    last = min(wall.year, until.year)
    onsets = [_in_year(parts, starts, year) for year in (last - 1, last)]
    return [starts, *dates, *(onset for onset in onsets if starts <= onset <= until)]


def _in_year(rule: dict[str, str], starts: datetime, year: int) -> datetime:
    """Return the onset in `year` of a plain yearly rule; others are not read, nor expanded."""
    month = _MONTH.fullmatch(rule.get("BYMONTH", ""))
    day = _BYDAY.fullmatch(rule.get("BYDAY", ""))
    yearly = rule.get("FREQ") == "YEARLY" and rule.get("INTERVAL", "1") == "1"
    if not yearly or month is None or day is None or rule.keys() - _PLAIN:
        raise UnreadableText("A time zone of the calendar text has rules that are not read.")
    return nth_weekday(
        starts.replace(year=year, month=int(month[0]), day=1),
        week=int(day[1]),
        weekday=_WEEKDAYS.index(day[2]),
    )


def _must(component: Component, name: str) -> Line:
    line = component.one(name)
    if line is None:
        raise UnreadableText(f"A time zone of the calendar text lacks {name}.")
    return line


def _wall(value: str) -> datetime:
    match = _WALL.match(value.strip())
    try:
        if match is not None:
            return datetime(*map(int, match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        pass
    raise UnreadableText("A time zone of the calendar text has a date that does not exist.")


def _offset(value: str) -> timedelta:
    match = _OFFSET.fullmatch(value.strip())
    if match is None:
        raise UnreadableText("A time zone of the calendar text has an offset that is none.")
    hours, minutes, seconds = int(match[2]), int(match[3]), int(match[4] or 0)
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -offset if match[1] == "-" else offset
