"""A small calendar that does what RFC 5546 asks of an attendee's, to show what mails add up to.

It reads with a library of its own, not with the product's writer or reader, so that it cannot
share their mistakes. It answers nothing and trusts whoever writes: it is for the demo and tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import EmailMessage

from icalendar import Calendar, Component

# Our own invitations are a tenth of this; reading takes seconds for some texts of a megabyte.
LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Held:
    """One event as the calendar holds it. Whole days have dates; `end` is not included."""

    uid: str
    sequence: int
    dtstamp: datetime
    title: str
    start: date | datetime
    end: date | datetime
    place: str
    notes: str
    organiser: str
    guests: tuple[str, ...]
    cancelled: bool

    @property
    def all_day(self) -> bool:
        """Return whether the event takes whole days."""
        return not isinstance(self.start, datetime)


class ModelCalendar:
    """The calendar of one address after the messages it was given, in their order."""

    def __init__(self, address: str) -> None:
        self._address = address.casefold()
        self._held: dict[str, Held] = {}

    def events(self) -> list[Held]:
        """Return what the owner sees, by start: everything that is not cancelled."""
        shown = (held for held in self._held.values() if not held.cancelled)
        return sorted(shown, key=_begin)

    def receive(self, message: EmailMessage) -> None:
        """Apply every calendar part of one mail: invitations, cancellations, attached files."""
        for calendar in calendar_parts(message):
            self.apply(calendar)

    def apply(self, data: bytes) -> None:
        """Apply one calendar object; an older version than the one held changes nothing.

        A version is SEQUENCE, then DTSTAMP (RFC 5546 section 2.1.5). Without METHOD it is a file
        that the owner opens: it becomes his event, or brings it up to date. What cannot be read,
        or is longer than LONGEST octets, changes nothing.
        """
        for method, news in _news(data):
            known = self._held.get(news.uid)
            if known is not None and _version(news) < _version(known):
                continue
            if method == "CANCEL" and (known is None or not self._concerns_me(news)):
                continue
            self._held[news.uid] = news

    def _concerns_me(self, news: Held) -> bool:
        # A CANCEL names those it removes; without attendees it is for everybody (section 3.2.5).
        return not news.guests or self._address in news.guests


def calendar_of(address: str, messages: Iterable[EmailMessage]) -> ModelCalendar:
    """Return the calendar of `address` after `messages`."""
    calendar = ModelCalendar(address)
    for message in messages:
        calendar.receive(message)
    return calendar


def calendar_parts(message: EmailMessage) -> Iterator[bytes]:
    """Return the calendar objects of a mail, each once.

    The same object often travels twice, to be read and to be opened (RFC 6047 section 2.4).
    """
    seen = set()
    for part in message.walk():
        if part.get_content_type() in ("text/calendar", "application/ics"):
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and data not in seen:
                seen.add(data)
                yield data


def _news(data: bytes) -> list[tuple[str, Held]]:
    if len(data) > LONGEST:
        return []
    try:
        # Octets, never text: of a text that is the name of a file the library reads the file.
        calendar = Calendar.from_ical(data)
        method = str(calendar.get("METHOD", "")).upper()
        events = calendar.walk("VEVENT")
        return [(method, _read(event, cancelled=method == "CANCEL")) for event in events]
    except Exception:  # noqa: BLE001 - what the library raises for a stranger's text is anything
        return []


def _read(event: Component, *, cancelled: bool) -> Held:
    start = _time(event, "DTSTART")
    guests = event.get("ATTENDEE", [])
    return Held(
        uid=str(event["UID"]),
        sequence=int(event.get("SEQUENCE", 0)),
        dtstamp=_moment(_time(event, "DTSTAMP")),
        title=str(event.get("SUMMARY", "")),
        start=start,
        end=_time(event, "DTEND") if "DTEND" in event else start,
        place=str(event.get("LOCATION", "")),
        notes=str(event.get("DESCRIPTION", "")),
        organiser=_bare(event.get("ORGANIZER", "")),
        guests=tuple(_bare(guest) for guest in (guests if isinstance(guests, list) else [guests])),
        cancelled=cancelled or str(event.get("STATUS", "")).upper() == "CANCELLED",
    )


def _bare(address: object) -> str:
    return str(address).casefold().removeprefix("mailto:")


def _version(held: Held) -> tuple[int, datetime]:
    return held.sequence, held.dtstamp


def _begin(held: Held) -> datetime:
    return _moment(held.start)


def _time(event: Component, name: str) -> date | datetime:
    """Return when a property says, of which the library passes on what it cannot read."""
    value = event.decoded(name)
    if not isinstance(value, date):
        raise TypeError(f"{name} is not one time")
    return value


def _moment(time: date | datetime) -> datetime:
    if isinstance(time, datetime):
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return datetime(time.year, time.month, time.day, tzinfo=UTC)
