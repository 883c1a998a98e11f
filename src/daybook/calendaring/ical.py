"""The iCalendar writer: one calendar object to the bytes that leave (RFC 5545).

Written by hand because each rule here was learnt from a calendar program that stumbled without
it, and because it is the inner loop of every send. Text typed by people is data: whatever is in
it, it stays inside its own property, on lines of at most 75 octets.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from daybook.calendaring.address import wire
from daybook.calendaring.component import Attendee, CalendarObject, Method, Organizer, VEvent
from daybook.calendaring.event import ONE_DAY, Moment, Span
from daybook.calendaring.zones import basic, is_utc, vtimezone, wall_names

PRODID = "-//Daybook//Daybook//EN"
LINE_OCTETS = 75
SHORTEST = timedelta(minutes=1)

_HEAD = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODID}\r\nCALSCALE:GREGORIAN\r\n"

_LINE_ENDS = "\r\x0b\x0c\x85\u2028\u2029"
_KEPT = "\t\n" + _LINE_ENDS
_DROPPED = [
    code
    for codes in (range(0x20), range(0x7F, 0xA0), range(0xD800, 0xE000), (0xFFFE, 0xFFFF))
    for code in codes
    if chr(code) not in _KEPT
]
_CLEANED: dict[int, str | None] = {**dict.fromkeys(_DROPPED), **{ord(c): "\n" for c in _LINE_ENDS}}
_ESCAPED = {**_CLEANED, ord("\\"): "\\\\", ord(";"): "\\;", ord(","): "\\,", ord("\n"): "\\n"}
_ESCAPED |= {ord(c): "\\n" for c in _LINE_ENDS}

# One character class, no repetition: the search is linear whatever the text is.
_UNCLEAN_CLASS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff"
_UNCLEAN = re.compile(f"[{_UNCLEAN_CLASS}]")
_SPECIAL = re.compile(r"[\n,;\\]")
# Of the characters a local part may have, those RFC 6068 section 2 lets stand as they are.
_MAILTO_SAFE = "!$'*+"
# Neither \ nor = is special in a parameter, but programs are known to stumble over both.
_PARAMETER_SPECIAL = re.compile(r"[,;:=\\]")


# Nobody reads proposals of another time yet, so calendars are asked not to offer them. The
# property is Microsoft's; Outlook and Thunderbird follow it.
_NO_COUNTER: dict[Method | None, tuple[str]] = {
    Method.REQUEST: ("X-MICROSOFT-DISALLOW-COUNTER:TRUE",)
}


def write(obj: CalendarObject) -> bytes:
    """Return the object as iCalendar text: UTF-8, CRLF, folded at 75 octets.

    Times are wall times with TZID and one VTIMEZONE, dates for whole days, and UTC (Z) where a
    wall time cannot name the instant. An event without length gets the shortest one (a minute,
    a day), because calendars refuse DTEND equal to DTSTART. Nothing depends on the clock.

    Raises InvalidAddress for an address that `address.check` refuses.
    """
    event = obj.event
    zone, starts, ends = _times(event.span)
    method = f"METHOD:{obj.method.value}\r\n" if obj.method is not None else ""
    lines = [
        "BEGIN:VEVENT",
        _text("UID", event.uid),
        f"DTSTAMP:{_utc(event.dtstamp)}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTART{starts}",
        f"DTEND{ends}",
        _text("SUMMARY", event.summary),
        *_optional(event),
        f"STATUS:{event.status.value}\r\nTRANSP:OPAQUE",
        *_NO_COUNTER.get(obj.method, ()),
        *_people(event),
        *_alarm(event),
        "END:VEVENT\r\nEND:VCALENDAR\r\n",
    ]
    return (_HEAD + method + zone + "\r\n".join(lines)).encode()


def clean(text: str) -> str:
    """Return `text` as it arrives in a calendar.

    Every kind of line end (CRLF, CR, VT, FF, NEL, U+2028, U+2029) is a newline; other control
    characters but TAB, lone surrogates and non-characters are gone. `clean(clean(x)) == clean(x)`.
    """
    if _UNCLEAN.search(text) is None:
        return text
    return text.replace("\r\n", "\n").translate(_CLEANED)


def fold(line: str) -> str:
    """Return one content line in pieces of at most 75 octets (RFC 5545 section 3.1).

    Pieces are joined by CRLF and a space; no character is cut in two. No CRLF at the end.
    """
    if line.isascii():
        if len(line) <= LINE_OCTETS:
            return line
        step = LINE_OCTETS - 1
        rest = [line[at : at + step] for at in range(LINE_OCTETS, len(line), step)]
        return "\r\n ".join([line[:LINE_OCTETS], *rest])
    octets = line.encode()
    pieces, at, room = [], 0, LINE_OCTETS
    while len(octets) - at > room:
        cut = at + room
        while octets[cut] & 0xC0 == 0x80:  # inside a UTF-8 sequence
            cut -= 1
        pieces.append(octets[at:cut])
        at, room = cut, LINE_OCTETS - 1
    pieces.append(octets[at:])
    return b"\r\n ".join(pieces).decode()


def mailto(address: str) -> str:
    """Return the `mailto:` URI of a bare address (RFC 6068 section 2). Raises InvalidAddress."""
    local, _, domain = wire(address).rpartition("@")
    return f"mailto:{quote(local, safe=_MAILTO_SAFE)}@{domain}"


def parameter(text: str) -> str:
    """Return a property parameter's value, quoted where it must be (RFC 5545 section 3.2).

    Line ends become spaces and `"` becomes `'`, because few programs read the escapes of RFC 6868;
    only the caret itself is doubled, or it would start such an escape.
    """
    plain = clean(text).replace("\n", " ").replace('"', "'").replace("^", "^^").strip()
    return f'"{plain}"' if _PARAMETER_SPECIAL.search(plain) else plain


# Every copy of one entry carries the same texts, and copies leave together.
@lru_cache(maxsize=256)
def _text(name: str, text: str) -> str:
    """Return a folded property of type TEXT (RFC 5545 section 3.3.11)."""
    if _UNCLEAN.search(text) is not None:
        text = text.replace("\r\n", "\n").translate(_ESCAPED)
    elif _SPECIAL.search(text) is not None:
        # What `translate` does, in a tenth of its time; the backslash first.
        for character in "\\;,":
            text = text.replace(character, f"\\{character}")
        text = text.replace("\n", "\\n")
    return fold(f"{name}:{text}")


def _optional(event: VEvent) -> list[str]:
    lines = []
    if event.location:
        lines.append(_text("LOCATION", event.location))
    if event.description:
        lines.append(_text("DESCRIPTION", event.description))
    if event.created is not None:
        lines.append(f"CREATED:{_utc(event.created)}")
    if event.last_modified is not None:
        lines.append(f"LAST-MODIFIED:{_utc(event.last_modified)}")
    return lines


def _people(event: VEvent) -> list[str]:
    lines = [_attendee(attendee) for attendee in event.attendees]
    if event.organizer is not None:
        lines.insert(0, _organizer(event.organizer))
    return lines


def _alarm(event: VEvent) -> list[str]:
    """Return the VALARM, last in the event (RFC 5545 section 3.6.6)."""
    if event.alarm is None:
        return []
    return [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        _text("DESCRIPTION", event.summary or "Reminder"),
        f"TRIGGER:{_before(event.alarm)}",
        "END:VALARM",
    ]


def _before(alarm: timedelta) -> str:
    """Return a TRIGGER relative to the start (RFC 5545 section 3.8.6.3), to the minute."""
    minutes = int(alarm.total_seconds()) // 60
    sign = "-" if minutes > 0 else ""
    return f"{sign}PT{abs(minutes)}M"


def _organizer(organizer: Organizer) -> str:
    return fold(f"ORGANIZER{_person(organizer.name, organizer.address)}")


# Every copy of one entry carries the same people.
@lru_cache(maxsize=4096)
def _attendee(attendee: Attendee) -> str:
    rsvp = "" if attendee.rsvp is None else f";RSVP={'TRUE' if attendee.rsvp else 'FALSE'}"
    kind = f";CUTYPE=INDIVIDUAL;ROLE={attendee.role.value};PARTSTAT={attendee.partstat.value}"
    return fold(f"ATTENDEE{kind}{rsvp}{_person(attendee.name, attendee.address)}")


@lru_cache(maxsize=4096)
def _person(name: str, address: str) -> str:
    common_name = parameter(name)
    return f";CN={common_name}:{mailto(address)}" if common_name else f":{mailto(address)}"


@lru_cache(maxsize=256)
def _times(span: Span) -> tuple[str, str, str]:
    """Return the VTIMEZONE, if one is used, and what follows the names DTSTART and DTEND."""
    start, end = span.start, span.end
    if span.all_day:
        after_last = max(end.wall, start.wall + ONE_DAY)
        return "", f";VALUE=DATE:{basic(start.wall)[:8]}", f";VALUE=DATE:{basic(after_last)[:8]}"
    if end == start:
        end = Moment(start.wall + SHORTEST, start.zone, start.second)
    starts, ends = _when(start), _when(end)
    if starts.endswith("Z") and ends.endswith("Z"):
        return "", starts, ends
    return vtimezone(start.zone, start.wall, end.wall), starts, ends


def _when(moment: Moment) -> str:
    if is_utc(moment.zone) or not wall_names(moment):
        return f":{_utc(moment.instant())}"
    return f";TZID={moment.zone}:{basic(moment.wall)}"


def _utc(moment: datetime) -> str:
    return basic(moment.astimezone(UTC).replace(tzinfo=None)) + "Z"
