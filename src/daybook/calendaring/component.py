"""The calendar object of one message or file: one VEVENT, its envelope (RFC 5545 section 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from daybook.calendaring.event import Span


class Method(StrEnum):
    """The iTIP methods Daybook sends (RFC 5546 section 1.4)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class Status(StrEnum):
    """STATUS of an event (RFC 5545 section 3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class PartStat(StrEnum):
    """Participation status of an attendee (RFC 5545 section 3.2.12)."""

    NEEDS_ACTION = "NEEDS-ACTION"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    TENTATIVE = "TENTATIVE"
    DELEGATED = "DELEGATED"


class Role(StrEnum):
    """ROLE of an attendee (RFC 5545 section 3.2.16)."""

    CHAIR = "CHAIR"
    REQUIRED = "REQ-PARTICIPANT"


@dataclass(frozen=True, slots=True)
class Organizer:
    """ORGANIZER: a bare address (no `mailto:`) and a display name, which may be empty."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attendee:
    """ATTENDEE: a bare address and how that person takes part.

    `rsvp` None writes no RSVP parameter at all.
    """

    address: str
    name: str = ""
    role: Role = Role.REQUIRED
    partstat: PartStat = PartStat.NEEDS_ACTION
    rsvp: bool | None = True


@dataclass(frozen=True, slots=True)
class VEvent:
    """One event. `dtstamp`, `created`, `last_modified` are aware; written in UTC.

    `alarm` is how long before the start the reader wants to be reminded (negative: after it);
    for the reader's own copy only.
    """

    uid: str
    sequence: int
    dtstamp: datetime
    span: Span
    summary: str
    location: str = ""
    description: str = ""
    status: Status = Status.CONFIRMED
    organizer: Organizer | None = None
    attendees: tuple[Attendee, ...] = ()
    created: datetime | None = None
    last_modified: datetime | None = None
    alarm: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CalendarObject:
    """A VCALENDAR of one VEVENT; `method` None writes a file without METHOD."""

    event: VEvent
    method: Method | None = None
