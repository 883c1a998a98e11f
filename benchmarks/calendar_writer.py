"""How fast an invitation is written, against the `icalendar` library writing the same facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from zoneinfo import ZoneInfo

import icalendar
from benchmarks.measure import Ratio, report, side_by_side

from daybook.calendaring.component import Attendee, CalendarObject, Method, Organizer, VEvent
from daybook.calendaring.event import timed
from daybook.calendaring.ical import write

ZONE = "Europe/London"
MANY, FEW = 4000, 40


def invitations(count: int = 500) -> list[CalendarObject]:
    """Different entries, each with five of two thousand people (a firm's people come again)."""
    return [_invitation(number) for number in range(count)]


def _invitation(number: int) -> CalendarObject:
    start = datetime(2026, 1, 5, 9) + timedelta(hours=7 * number)
    people = tuple(
        Attendee(f"person.{guest}@firm.example", f"Zoë Bridge, {guest}")
        for guest in range(number * 4 % 2000, number * 4 % 2000 + 5)
    )
    return CalendarObject(
        VEvent(
            uid=f"{number:08}-5f0c-4c8e-9a1e-3d1f0f9f7f11@daybook.example",
            sequence=number % 4,
            dtstamp=datetime(2026, 1, 1, 8, 15, tzinfo=UTC) + timedelta(seconds=number),
            span=timed(start, start + timedelta(hours=1), ZONE),
            summary=f"Site visit {number}, Café Łódź",
            location="1 High Street, London",
            description=f"{number}. Bring the plans; ring first.\nThe gate code is 7. Grüße " * 3,
            organizer=Organizer("olga@firm.example", "Olga Finch"),
            attendees=people,
        ),
        Method.REQUEST,
    )


def by_the_library(obj: CalendarObject, *, with_zone: bool) -> bytes:
    """Return the same facts as the library's user would write them."""
    event, found = obj.event, icalendar.Event()
    zone = ZoneInfo(event.span.zone)
    found.add("uid", event.uid)
    found.add("dtstamp", event.dtstamp)
    found.add("sequence", event.sequence)
    found.add("dtstart", event.span.start.wall.replace(tzinfo=zone))
    found.add("dtend", event.span.end.wall.replace(tzinfo=zone))
    found.add("summary", event.summary)
    found.add("location", event.location)
    found.add("description", event.description)
    found.add("status", event.status.value)
    found.add("transp", "OPAQUE")
    if event.organizer is not None:
        organizer = icalendar.vCalAddress(f"mailto:{event.organizer.address}")
        organizer.params["CN"] = event.organizer.name
        found.add("organizer", organizer, encode=False)
    for guest in event.attendees:
        attendee = icalendar.vCalAddress(f"mailto:{guest.address}")
        attendee.params.update(
            {"CN": guest.name, "CUTYPE": "INDIVIDUAL", "ROLE": guest.role.value}
            | {"PARTSTAT": guest.partstat.value, "RSVP": "TRUE"}
        )
        found.add("attendee", attendee, encode=False)
    if not with_zone:
        return bytes(found.to_ical())
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Daybook//Daybook//EN")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "REQUEST")
    calendar.add_component(found)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def run() -> list[Ratio]:
    objects = invitations()
    ours, theirs, alone = cycle(objects), cycle(objects), cycle(objects)

    def write_ours() -> int:
        return sum(1 for obj in islice(ours, MANY) if write(obj))

    def write_theirs() -> int:
        return sum(1 for obj in islice(theirs, FEW) if by_the_library(obj, with_zone=True))

    def write_event() -> int:
        return sum(1 for obj in islice(alone, FEW * 5) if by_the_library(obj, with_zone=False))

    return [
        side_by_side(
            "calendar with zone / icalendar with zone", write_ours, write_theirs, promise=60
        ),
        side_by_side(
            "calendar with zone / icalendar VEVENT alone", write_ours, write_event, promise=8
        ),
    ]


if __name__ == "__main__":
    report(run())
