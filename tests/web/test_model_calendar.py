"""The demo's calendar does with messages what RFC 5546 asks of an attendee's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from daybook.demo.model_calendar import ModelCalendar, calendar_of

BEN = "ben@firm.example"


def an_object(
    method: str | None = "REQUEST",
    *,
    sequence: int = 0,
    stamp: int = 1,
    title: str = "Demo",
    guests: tuple[str, ...] = (BEN,),
    uid: str = "1@daybook",
    start: str = ":20261125T100000Z",
    end: str = ":20261125T110000Z",
) -> bytes:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Test//Test//EN",
        *([f"METHOD:{method}"] if method else []),
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"SEQUENCE:{sequence}",
        f"DTSTAMP:20261124T1000{stamp:02}Z",
        f"DTSTART{start}",
        f"DTEND{end}",
        f"SUMMARY:{title}",
        "ORGANIZER:mailto:ada@firm.example",
        *(f"ATTENDEE:mailto:{guest}" for guest in guests),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).encode()


def bens(*objects: bytes) -> ModelCalendar:
    calendar = ModelCalendar(BEN)
    for data in objects:
        calendar.apply(data)
    return calendar


def test_an_invitation_puts_the_event_in() -> None:
    (event,) = bens(an_object()).events()

    assert (event.title, event.organiser) == ("Demo", "ada@firm.example")
    assert event.start == datetime(2026, 11, 25, 10, tzinfo=UTC)


def test_a_newer_version_takes_the_place_of_the_older() -> None:
    (event,) = bens(an_object(), an_object(sequence=1, title="Moved")).events()

    assert event.title == "Moved"


def test_an_older_version_that_comes_late_changes_nothing() -> None:
    (event,) = bens(an_object(sequence=1, title="Moved"), an_object(stamp=9)).events()

    assert event.title == "Moved"


def test_the_stamp_decides_between_equal_versions() -> None:
    late, early = an_object(stamp=2, title="Later"), an_object(stamp=1, title="Earlier")

    (event,) = bens(late, early).events()

    assert event.title == "Later"


def test_a_cancellation_takes_it_out() -> None:
    assert bens(an_object(), an_object("CANCEL", sequence=1)).events() == []


def test_an_old_invitation_does_not_bring_it_back() -> None:
    assert bens(an_object(), an_object("CANCEL", sequence=1), an_object(stamp=9)).events() == []


def test_a_new_invitation_does() -> None:
    again = an_object(sequence=2, title="On again")

    (event,) = bens(an_object(), an_object("CANCEL", sequence=1), again).events()

    assert event.title == "On again"


def test_a_cancellation_for_somebody_else_is_not_for_ben() -> None:
    other = an_object("CANCEL", sequence=1, guests=("ada@firm.example",))

    assert len(bens(an_object(), other).events()) == 1


def test_a_file_without_a_method_is_imported_and_brought_up_to_date() -> None:
    (event,) = bens(an_object(None), an_object(None, sequence=1, title="Newer file")).events()

    assert event.title == "Newer file"


def test_whole_days_are_dates_and_come_in_their_order() -> None:
    whole = an_object(
        uid="2@daybook", start=";VALUE=DATE:20261124", end=";VALUE=DATE:20261125", title="Leave"
    )

    first, second = bens(an_object(), whole).events()

    assert (first.title, first.start, first.all_day) == ("Leave", date(2026, 11, 24), True)
    assert second.title == "Demo"


def test_a_mail_that_carries_its_object_twice_is_one_message() -> None:
    mail = EmailMessage()
    mail.set_content("You are invited.")
    data = an_object()
    mail.add_alternative(data, maintype="text", subtype="calendar", params={"method": "REQUEST"})
    mail.add_attachment(data, maintype="application", subtype="ics", filename="invite.ics")

    assert len(calendar_of(BEN, [mail]).events()) == 1


def test_a_mail_without_a_calendar_leaves_the_calendar_alone() -> None:
    mail = EmailMessage()
    mail.set_content("Please remove it yourself.")

    assert calendar_of(BEN, [mail]).events() == []


def test_a_text_that_names_a_file_is_not_that_file(tmp_path: Path) -> None:
    file = tmp_path / "event.ics"
    file.write_bytes(an_object())

    assert bens(str(file).encode()).events() == []


@pytest.mark.parametrize("start", [":soon", ":20261125T100000Z,20261126T100000Z", ";VALUE=TEXT:9"])
def test_an_object_that_begins_at_no_time_leaves_the_calendar_alone(start: str) -> None:
    (event,) = bens(an_object(), an_object(title="Odd", sequence=1, start=start)).events()

    assert event.title == "Demo"


@pytest.mark.parametrize("junk", [b"", b"BEGIN:VCALENDAR", b"\xff", an_object() * 2, b"X" * 10**6])
def test_what_cannot_be_read_leaves_the_calendar_alone(junk: bytes) -> None:
    (event,) = bens(an_object(), junk).events()

    assert event.title == "Demo"
