"""An entry as calendars see it, with everything that does not matter to a test already said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from daybook.calendaring.component import Attendee, CalendarObject, Method, Organizer, VEvent
from daybook.calendaring.event import Span, timed

WRITTEN_AT = datetime(2026, 10, 1, 8, 15, tzinfo=UTC)
ADA = Attendee("ada@firm.example", "Ada Lovelace")
BEN = Attendee("ben@firm.example", "Ben Moss")


def ten_o_clock(zone: str = "Europe/London") -> Span:
    return timed(datetime(2026, 10, 20, 10), datetime(2026, 10, 20, 11), zone)


def an_event(**said: Any) -> VEvent:
    unsaid: dict[str, Any] = {
        "uid": "5f0c@daybook.example",
        "sequence": 0,
        "dtstamp": WRITTEN_AT,
        "span": ten_o_clock(),
        "summary": "Site visit",
    }
    return VEvent(**{**unsaid, **said})


def an_invitation(**said: Any) -> CalendarObject:
    unsaid = {"organizer": Organizer("olga@firm.example", "Olga Finch"), "attendees": (ADA, BEN)}
    return CalendarObject(an_event(**{**unsaid, **said}), Method.REQUEST)
