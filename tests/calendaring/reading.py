"""Our mails as programs that share nothing with us read them: stdlib `email` and `icalendar`."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any

from icalendar import Calendar, Component


@dataclass(frozen=True)
class Guest:
    """An ORGANIZER or ATTENDEE line; `partstat`, `role` and `rsvp` are "" where it has none."""

    address: str
    name: str
    role: str = ""
    partstat: str = ""
    rsvp: str = ""


@dataclass(frozen=True)
class Event:
    """The only event of a calendar text. Times are instants in UTC, or dates for whole days."""

    method: str
    uid: str
    sequence: int
    dtstamp: datetime
    status: str
    start: date | datetime
    end: date | datetime
    title: str
    place: str
    notes: str
    organiser: Guest | None
    guests: tuple[Guest, ...]


@dataclass(frozen=True)
class Mail:
    """One mail, decoded. `calendar` is the part calendars act on, `file` the attachment."""

    message: EmailMessage
    tree: str
    text: str
    html: str
    calendar: bytes | None
    calendar_type: dict[str, str]
    file: bytes | None

    @property
    def event(self) -> Event:
        data = self.calendar or self.file
        assert data is not None
        return read_calendar(data)

    def header(self, name: str) -> str:
        values = self.message.get_all(name, [])
        assert len(values) == 1, (name, values)
        return str(values[0])


def read_mail(raw: bytes) -> Mail:
    """Read the bytes as they went over the wire."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    parts = {part.get_content_type(): part for part in message.walk()}
    calendar = parts.get("text/calendar")
    for part in message.walk():
        assert part.defects == [], part.defects
    return Mail(
        message=message,
        tree=_tree(message),
        text=_decoded(parts["text/plain"]).decode(),
        html=_decoded(parts["text/html"]).decode(),
        calendar=None if calendar is None else _decoded(calendar),
        calendar_type={} if calendar is None else dict(calendar["Content-Type"].params),
        file=_decoded(parts["application/ics"]) if "application/ics" in parts else None,
    )


def read_calendar(data: bytes) -> Event:
    """Read a calendar text that holds exactly one event."""
    calendar = Calendar.from_ical(data)
    assert calendar.errors == [], calendar.errors
    assert data.split(b"\r\n").count(b"BEGIN:VCALENDAR") == 1
    (event,) = calendar.walk("VEVENT")
    assert event.errors == [], event.errors
    guests = event.get("ATTENDEE", [])
    organiser = event.get("ORGANIZER")
    return Event(
        method=str(calendar.get("METHOD", "")),
        uid=str(event["UID"]),
        sequence=int(str(event["SEQUENCE"])),
        dtstamp=event.decoded("DTSTAMP"),
        status=str(event["STATUS"]),
        start=_instant(event.decoded("DTSTART")),
        end=_instant(event.decoded("DTEND")),
        title=str(event.get("SUMMARY", "")),
        place=str(event.get("LOCATION", "")),
        notes=str(event.get("DESCRIPTION", "")),
        organiser=None if organiser is None else _guest(organiser),
        guests=tuple(map(_guest, guests if isinstance(guests, list) else [guests])),
    )


def property_names(data: bytes) -> list[str]:
    """Return the names of the event's properties, as an independent reader finds them."""
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    return [name for name, _ in event.property_items(recursive=False)][1:-1]


def zones_used(data: bytes) -> tuple[set[str], list[str]]:
    """Return the zones the event's times name, and those defined beside it."""
    calendar: Component = Calendar.from_ical(data)
    (event,) = calendar.walk("VEVENT")
    named = {event[name].params.get("TZID") for name in ("DTSTART", "DTEND")} - {None}
    return named, [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")]


def _tree(part: EmailMessage) -> str:
    kind = part.get_content_type().removeprefix("multipart/")
    if not part.is_multipart():
        return kind
    return f"{kind}({', '.join(_tree(child) for child in part.iter_parts())})"  # type: ignore[arg-type]


def _decoded(part: Any) -> bytes:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data


def _instant(value: date | datetime) -> date | datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _guest(line: Any) -> Guest:
    said = {name.upper(): str(value) for name, value in line.params.items()}
    return Guest(
        address=str(line).removeprefix("mailto:"),
        name=said.get("CN", ""),
        role=said.get("ROLE", ""),
        partstat=said.get("PARTSTAT", ""),
        rsvp=said.get("RSVP", ""),
    )
