"""The values a diary entry is made of, as calendars see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class TimeDoesNotExistError(ValueError):
    """A local time that the clocks of its zone skip (spring forward)."""


class State(StrEnum):
    """What a diary entry is; a completed one stays in calendars."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Disclosure(StrEnum):
    """How much of an entry leaves the diary; a setting of its type."""

    FULL = "full"
    TITLE = "title"
    BUSY = "busy"

    def strictness(self) -> int:
        """Return 0 for full, 1 for title, 2 for busy: more is stricter."""
        return list(Disclosure).index(self)


class CalendarKind(StrEnum):
    """The calendar a person uses, as far as it is known; it chooses between correct forms."""

    UNKNOWN = "unknown"
    OUTLOOK = "outlook"
    GOOGLE = "google"
    APPLE = "apple"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Moment:
    """A wall time in an IANA zone.

    `wall` is naive. `second` picks the later of the two instants when the clocks of `zone` show
    `wall` twice (autumn); it is False whenever the time is not doubled.
    """

    wall: datetime
    zone: str
    second: bool = False

    def instant(self) -> datetime:
        """Return the aware UTC instant; for a skipped time, moved forward by the gap.

        Skipped times are refused where they are typed (`exists`); one that became skipped later,
        by new zone data, still needs an instant (RFC 5545 section 3.3.5).
        """
        return self.wall.replace(tzinfo=ZoneInfo(self.zone), fold=int(self.second)).astimezone(UTC)

    def exists(self) -> bool:
        """Return whether the clocks of the zone ever show this wall time."""
        back = self.instant().astimezone(ZoneInfo(self.zone))
        return back.replace(tzinfo=None) == self.wall


@dataclass(frozen=True, slots=True)
class Span:
    """When an entry is: from `start` up to but not including `end`, both in one zone.

    All-day: both walls are midnights and `end` is the day after the last day (RFC 5545
    section 3.6.1: the end is not inclusive).
    """

    start: Moment
    end: Moment
    all_day: bool = False

    @property
    def zone(self) -> str:
        return self.start.zone

    def starts_at(self) -> datetime:
        """Return the first instant, aware UTC."""
        return self.start.instant()

    def ends_at(self) -> datetime:
        """Return the first instant after it, aware UTC."""
        return self.end.instant()


def timed(
    start: datetime,
    end: datetime,
    zone: str,
    *,
    start_second: bool = False,
    end_second: bool = False,
) -> Span:
    """Return the span between two naive wall times in `zone`."""
    return Span(Moment(start, zone, start_second), Moment(end, zone, end_second))


def all_day(first: date, after_last: date, zone: str) -> Span:
    """Return the span of whole days; `after_last` is not included."""

    def midnight(day: date) -> Moment:
        return Moment(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001

    return Span(midnight(first), midnight(after_last), all_day=True)


ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What guests see of an entry, and nothing else; after disclosure, what one message says."""

    span: Span
    title: str
    location: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A person as calendars know one. `address` is as typed, "" if there is none.

    `key` is the address normalised: what is compared, never what is written.
    """

    id: int
    name: str
    address: str
    key: str


class Way(StrEnum):
    """How an entry reaches one calendar.

    An organiser's own copy needs a way of its own: the large calendars ignore a request that
    comes from the mailbox it is addressed to.
    """

    INVITATION = "invitation"
    SERVICE = "service"
    SELF = "self"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Holding:
    """What one calendar should show, or shows: equality decides whether anything is sent.

    `facts` and `people` are what disclosure leaves of them. `people` are ids: names, addresses
    and answers travel along in messages but are no reason to send one. `organiser` is a
    normalised address.
    """

    way: Way
    facts: Facts
    disclosure: Disclosure
    organiser: str
    people: frozenset[int]


@dataclass(frozen=True, slots=True)
class Told:
    """The snapshot of one message: enough to withdraw it when all else is gone.

    `uid` is the one on the wire (an own copy has a derived one). `account` is the mail account
    the message left by.
    """

    holding: Holding
    uid: str
    sequence: int
    dtstamp: datetime
    recipient: Person
    organiser_name: str
    organiser_address: str
    account: int

    def ends_at(self) -> datetime:
        """Return the first instant after what the calendar shows, aware UTC."""
        return self.holding.facts.span.ends_at()
