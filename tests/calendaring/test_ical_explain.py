"""A calendar text for people who do not read calendar texts."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from tests.calendaring.ical_examples import an_event, an_invitation

from daybook.calendaring.component import Attendee, CalendarObject, Method, PartStat, Status
from daybook.calendaring.event import all_day, timed
from daybook.calendaring.ical import write
from daybook.calendaring.ical_explain import explain


def meaning(obj: CalendarObject, beginning: str) -> str:
    (found,) = (said.meaning for said in explain(write(obj)) if said.line.startswith(beginning))
    return found


def test_every_line_of_what_daybook_writes_has_a_meaning() -> None:
    obj = an_invitation(location="Here", description="Bring plans")
    explained = explain(write(obj))
    assert (
        "\r\n".join(said.line for said in explained)
        == write(obj).decode().replace("\r\n ", "").strip()
    )
    for said in explained:
        assert said.meaning
        assert "does not use" not in said.meaning
        assert not said.meaning.endswith(".")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("METHOD", "An invitation, or a newer version of one: put it into the calendar"),
        ("SEQUENCE", "Version 2 of this entry: newer than any lower number"),
        ("DTSTAMP", "This version was written on 2026-10-01 at 08:15 UTC"),
        ("DTSTART;", "Starts Tuesday 20 October 2026, 10:00 (Europe/London)"),
        ("DTEND", "Ends Tuesday 20 October 2026, 11:00 (Europe/London)"),
        ("SUMMARY", "The title: Plans, and tea"),
        ("STATUS", "The entry takes place"),
        ("ORGANIZER", "Organised by Olga Finch (olga@firm.example); answers go there"),
        ("BEGIN:VTIMEZONE", "Here begins the time zone used by the entry"),
    ],
)
def test_a_line_of_an_invitation_says_what_it_does(line: str, said: str) -> None:
    assert meaning(an_invitation(sequence=2, summary="Plans, and tea"), line) == said


@pytest.mark.parametrize(
    ("attendee", "said"),
    [
        (
            Attendee("ada@firm.example", "Ada"),
            "Ada (ada@firm.example) is on the entry and has not answered yet, and is asked to",
        ),
        (
            Attendee("ada@firm.example", partstat=PartStat.DECLINED, rsvp=None),
            "ada@firm.example is on the entry and has declined",
        ),
    ],
)
def test_an_attendee_line_says_who_and_how(attendee: Attendee, said: str) -> None:
    assert meaning(an_invitation(attendees=(attendee,)), "ATTENDEE") == said


def test_the_last_whole_day_is_named_not_the_day_after() -> None:
    obj = CalendarObject(an_event(span=all_day(date(2026, 12, 24), date(2026, 12, 27), "UTC")))
    assert meaning(obj, "DTSTART") == "Starts Thursday 24 December 2026"
    assert meaning(obj, "DTEND") == "Lasts through Saturday 26 December 2026"


def test_a_cancellation_says_so_twice() -> None:
    obj = CalendarObject(an_event(status=Status.CANCELLED), Method.CANCEL)
    assert meaning(obj, "METHOD") == "A cancellation: take the entry out of the calendar"
    assert meaning(obj, "STATUS") == "The entry is cancelled"


def test_a_time_in_utc_says_so() -> None:
    half_past = datetime(2026, 10, 25, 1, 30)
    span = timed(half_past, half_past, "Europe/London", end_second=True)
    assert meaning(an_invitation(span=span), "DTEND") == "Ends Sunday 25 October 2026, 01:30 (UTC)"


def test_lines_that_are_none_are_told_apart_one_by_one() -> None:
    explained = explain(b"BEGIN:VCALENDAR\nrubbish\nDTSTART:20261020T090000\nX-A:1\nEND:VCALENDAR")
    assert [said.meaning for said in explained] == [
        "Here begins the calendar text",
        "A line of the calendar text is not of the form NAME:value",
        "DTSTART has no time zone: it would be another time elsewhere",
        "Daybook does not use this line",
        "Here ends the calendar text",
    ]


def test_a_text_that_cannot_be_taken_apart_gives_the_reason() -> None:
    (said,) = explain(b"PK\x03\x04\0")
    assert (said.line, said.meaning) == ("", "This is not a calendar text in UTF-8.")


def test_long_texts_and_long_lines_are_cut() -> None:
    explained = explain(b"SUMMARY:" + b"x" * 9000 + b"\n" + b"X-A:1\n" * 9000)
    assert len(explained) == 501
    assert explained[0].line.endswith("x…")
    assert explained[-1].meaning == "8501 more lines are not shown"


def test_control_characters_are_not_shown() -> None:
    (said,) = explain(b"SUMMARY:a\x1b[31m\\nb\r\n")
    assert said.line == "SUMMARY:a[31m\\nb"
    assert said.meaning == "The title: a[31m b"
