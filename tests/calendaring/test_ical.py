"""The writer, as another program reads it (the `icalendar` library) and as bytes on disk."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import icalendar
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.calendaring.ical_examples import ADA, BEN, an_event, an_invitation

from daybook.calendaring.address import InvalidAddress
from daybook.calendaring.component import (
    Attendee,
    CalendarObject,
    Method,
    Organizer,
    PartStat,
    Role,
    Status,
)
from daybook.calendaring.event import Span, all_day, timed
from daybook.calendaring.ical import clean, fold, mailto, parameter, write

GOLDEN = Path(__file__).parent / "golden" / "ical"
OLGA = Organizer("olga@firm.example", "Olga Finch")

NASTY = [
    "Lunch\r\nATTENDEE:mailto:evil@x.test",
    "Lunch\rATTENDEE:mailto:evil@x.test",
    "Lunch\nATTENDEE:mailto:evil@x.test",
    "Lunch\u2028ATTENDEE:mailto:evil@x.test",
    "Lunch\u2029ATTENDEE:mailto:evil@x.test",
    "Lunch\x85ATTENDEE:mailto:evil@x.test",
    "Lunch\x0bATTENDEE:mailto:evil@x.test",
    "Lunch\x0cATTENDEE:mailto:evil@x.test",
    "END:VEVENT\nEND:VCALENDAR\nBEGIN:VCALENDAR",
    "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:other",
    'Bob";X-A=1:mailto:evil@x',
    "a\r\nX:1",
    "^n^'^^",
    "\0\x1b[31m\x7f\x9f\ufffe\uffff\ud800",
    "back\\slash\\n\\N\\,\\;",
    "x" * 3000,
    "😀" * 300,
    "tab\there ",
    " leading",
]
texts = st.text(max_size=200) | st.lists(
    st.sampled_from(
        ["\r", "\n", "\\", "n", ";", ",", ":", '"', "^", "'", "\u2028", "é", "😀", "a "]
    )
).map("".join)


def as_another_program_reads(obj: CalendarObject) -> tuple[icalendar.Calendar, icalendar.Event]:
    calendar: Any = icalendar.Calendar.from_ical(write(obj))
    (event,) = calendar.walk("VEVENT")
    assert not event.errors
    assert len(calendar.walk("VTIMEZONE")) <= 1
    return calendar, event


def lines(obj: CalendarObject) -> list[str]:
    return write(obj).decode().replace("\r\n ", "").split("\r\n")


def property_line(obj: CalendarObject, name: str) -> str:
    (line,) = (line for line in lines(obj) if re.match(rf"{name}[;:]", line))
    return line


def moments(span: Span) -> tuple[str, str]:
    obj = an_invitation(span=span)
    event = write(obj).decode().partition("BEGIN:VEVENT")[2]
    start, end = re.findall(r"\r\nDT(?:START|END)[;:](.*)(?=\r\n)", event)
    return start, end


# What it looks like


def test_an_invitation_is_written_as_kept_on_file() -> None:
    obj = an_invitation(
        summary="Site visit, Café; Łódź",
        location="1 High St, London",
        description="Bring the plans.\nRing first.",
        created=datetime(2026, 9, 30, 7, tzinfo=UTC),
        last_modified=datetime(2026, 10, 1, 8, tzinfo=UTC),
        sequence=3,
        attendees=(
            Attendee("olga@firm.example", "Olga Finch", Role.CHAIR, PartStat.ACCEPTED, rsvp=None),
            Attendee("ada@firm.example", "Lovelace, Ada"),
            Attendee(
                "ben@bücher.example", 'Ben "the" Moss', partstat=PartStat.TENTATIVE, rsvp=False
            ),
        ),
    )
    assert write(obj) == (GOLDEN / "invitation.ics").read_bytes()


def test_a_cancellation_is_written_as_kept_on_file() -> None:
    event = an_event(status=Status.CANCELLED, sequence=4, organizer=OLGA, attendees=(BEN,))
    written = write(CalendarObject(event, Method.CANCEL))
    assert written == (GOLDEN / "cancellation.ics").read_bytes()


def test_a_file_of_whole_days_is_written_as_kept_on_file() -> None:
    event = an_event(
        span=all_day(date(2026, 12, 24), date(2026, 12, 27), "Europe/Berlin"),
        summary="Betriebsferien – geschlossen 🎄🎄🎄🎄🎄🎄🎄🎄🎄🎄🎄🎄🎄🎄🎄🎄🎄🎄",
    )
    assert write(CalendarObject(event)) == (GOLDEN / "whole_days.ics").read_bytes()


def test_a_file_without_method_has_no_method_line() -> None:
    assert not [line for line in lines(CalendarObject(an_event())) if line.startswith("METHOD")]


def test_nothing_is_written_that_only_disturbs() -> None:
    text = write(an_invitation()).decode()
    for unwanted in ("VALARM", "CDO-", "CLASS", "PUBLISH", "DESCRIPTION", "LOCATION", "X-ALT"):
        assert unwanted not in text


def test_only_an_invitation_asks_not_to_propose_another_time() -> None:
    asks = "X-MICROSOFT-DISALLOW-COUNTER:TRUE"
    invitation = an_invitation()
    assert lines(invitation).count(asks) == 1
    for method in (Method.CANCEL, None):
        assert asks not in lines(CalendarObject(invitation.event, method))


# Times


def test_a_timed_event_is_in_wall_time_with_the_one_zone_it_uses() -> None:
    obj = an_invitation()
    assert moments(obj.event.span) == (
        "TZID=Europe/London:20261020T100000",
        "TZID=Europe/London:20261020T110000",
    )
    assert lines(obj).count("TZID:Europe/London") == 1


def test_whole_days_are_dates_whose_end_is_not_included() -> None:
    span = all_day(date(2026, 10, 20), date(2026, 10, 21), "Europe/London")
    assert moments(span) == ("VALUE=DATE:20261020", "VALUE=DATE:20261021")
    assert "VTIMEZONE" not in write(an_invitation(span=span)).decode()


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "GMT", "Zulu"])
def test_utc_is_written_with_z_and_without_a_zone(zone: str) -> None:
    span = timed(datetime(2026, 10, 20, 10), datetime(2026, 10, 20, 11), zone)
    assert moments(span) == ("20261020T100000Z", "20261020T110000Z")
    assert "VTIMEZONE" not in write(an_invitation(span=span)).decode()


def test_the_first_of_two_equal_wall_times_keeps_its_zone() -> None:
    half_past_one = datetime(2026, 10, 25, 1, 30)
    span = timed(half_past_one, half_past_one + timedelta(minutes=20), "Europe/London")
    assert moments(span) == (
        "TZID=Europe/London:20261025T013000",
        "TZID=Europe/London:20261025T015000",
    )


def test_the_second_of_two_equal_wall_times_is_in_utc() -> None:
    half_past_one = datetime(2026, 10, 25, 1, 30)
    span = timed(half_past_one, half_past_one, "Europe/London", end_second=True)
    assert moments(span) == ("TZID=Europe/London:20261025T013000", "20261025T013000Z")


def test_no_zone_is_written_if_neither_end_uses_it() -> None:
    start, end = datetime(2026, 10, 25, 1, 15), datetime(2026, 10, 25, 1, 45)
    span = timed(start, end, "Europe/London", start_second=True, end_second=True)
    assert moments(span) == ("20261025T011500Z", "20261025T014500Z")
    assert "VTIMEZONE" not in write(an_invitation(span=span)).decode()


def test_second_means_nothing_where_no_time_is_doubled() -> None:
    start, end = datetime(2026, 10, 20, 10), datetime(2026, 10, 20, 11)
    assert moments(timed(start, end, "Europe/London", start_second=True)) == moments(
        timed(start, end, "Europe/London")
    )


def test_a_wall_time_the_clocks_skip_is_written_as_the_instant_it_stands_for() -> None:
    span = timed(datetime(2026, 3, 29, 1, 30), datetime(2026, 3, 29, 4), "Europe/London")
    assert moments(span) == ("20260329T013000Z", "TZID=Europe/London:20260329T040000")


def test_an_event_without_length_gets_the_shortest() -> None:
    ten = datetime(2026, 10, 20, 10)
    assert moments(timed(ten, ten, "Europe/London"))[1] == "TZID=Europe/London:20261020T100100"
    day = date(2026, 10, 20)
    assert moments(all_day(day, day, "Europe/London"))[1] == "VALUE=DATE:20261021"


def test_stamps_are_in_utc_whatever_zone_they_come_in() -> None:
    stamp = datetime(2026, 10, 1, 10, 15, 30, 999, tzinfo=timezone(timedelta(hours=2)))
    assert property_line(an_invitation(dtstamp=stamp), "DTSTAMP") == "DTSTAMP:20261001T081530Z"


@pytest.mark.parametrize(
    "zone",
    ["Africa/Casablanca", "America/Nuuk", "Australia/Lord_Howe", "Europe/Dublin", "Asia/Kathmandu"],
)
def test_another_program_reads_the_instants_that_are_meant(zone: str) -> None:
    span = timed(datetime(2026, 3, 27, 18, 30), datetime(2026, 4, 7, 9), zone)
    _, event = as_another_program_reads(an_invitation(span=span))
    start, end = event.start, event.end
    assert isinstance(start, datetime)
    assert isinstance(end, datetime)
    assert start.astimezone(UTC) == span.starts_at()
    assert end.astimezone(UTC) == span.ends_at()


# People


def test_every_person_is_on_one_line_with_how_they_take_part() -> None:
    obj = an_invitation(attendees=(ADA, Attendee("ben@firm.example", rsvp=None)))
    plainly = "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION"
    assert [line for line in lines(obj) if line.startswith(("ORGANIZER", "ATTENDEE"))] == [
        "ORGANIZER;CN=Olga Finch:mailto:olga@firm.example",
        f"{plainly};RSVP=TRUE;CN=Ada Lovelace:mailto:ada@firm.example",
        f"{plainly}:mailto:ben@firm.example",
    ]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ada", "Ada"),
        ("Lovelace, Ada", '"Lovelace, Ada"'),
        ("a;b", '"a;b"'),
        ("a:b", '"a:b"'),
        ("FIRM\\", '"FIRM\\"'),
        ('Ann "A", B', "\"Ann 'A', B\""),
        ("C^", "C^^"),
        ("^n^'", "^^n^^'"),
        ("a\r\nX:1", '"a X:1"'),
        ("a\u2028b\x0bc\0d", "a b cd"),
        (" \n ", ""),
    ],
)
def test_a_name_stays_one_parameter(name: str, written: str) -> None:
    assert parameter(name) == written


@pytest.mark.parametrize("name", ["", "  ", "\n", "\0"])
def test_an_empty_name_is_not_written(name: str) -> None:
    assert (
        "CN="
        not in write(
            an_invitation(organizer=None, attendees=(Attendee("a@x.test", name),))
        ).decode()
    )


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("ada@firm.example", "mailto:ada@firm.example"),
        ("Ada.B+x@Firm.Example", "mailto:Ada.B+x@firm.example"),
        ("o'hara@firm.example", "mailto:o'hara@firm.example"),
        ("50%/a?b#c&d=e@firm.example", "mailto:50%25%2Fa%3Fb%23c%26d%3De@firm.example"),
        ("{a|b}^`c@firm.example", "mailto:%7Ba%7Cb%7D%5E%60c@firm.example"),
        ("ada@bücher.example", "mailto:ada@xn--bcher-kva.example"),
    ],
)
def test_an_address_becomes_a_mailto_uri(address: str, uri: str) -> None:
    assert mailto(address) == uri


def test_an_address_that_is_none_is_never_written() -> None:
    with pytest.raises(InvalidAddress):
        write(an_invitation(attendees=(Attendee("a@x.test\r\nATTENDEE:mailto:evil@x.test"),)))


# Text typed by people


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("place", ["summary", "location", "description", "uid"])
def test_nothing_typed_becomes_a_property_of_its_own(place: str, text: str) -> None:
    calendar, event = as_another_program_reads(an_invitation(**{place: text}))
    assert str(event.get(place, "")) == clean(text)
    _, plain = as_another_program_reads(an_invitation(**{place: "x"}))
    assert event.keys() == plain.keys()
    attendees = event["ATTENDEE"]
    assert isinstance(attendees, list)
    assert [str(attendee) for attendee in attendees] == [
        "mailto:ada@firm.example",
        "mailto:ben@firm.example",
    ]
    assert calendar.keys() == {"VERSION", "PRODID", "CALSCALE", "METHOD"}


@pytest.mark.parametrize("name", NASTY)
def test_no_name_becomes_a_parameter_or_property_of_its_own(name: str) -> None:
    _, event = as_another_program_reads(
        an_invitation(
            organizer=Organizer("olga@firm.example", name), attendees=(Attendee("a@x.test", name),)
        )
    )
    assert str(event["ATTENDEE"]) == "mailto:a@x.test"
    assert event["ATTENDEE"].params.keys() - {"CN"} == {"CUTYPE", "ROLE", "PARTSTAT", "RSVP"}
    assert event["ORGANIZER"].params.keys() <= {"CN"}
    plain = clean(name).replace("\n", " ").replace('"', "'").strip()
    # The library takes backslashes before these for escapes, which parameters do not have.
    assert str(event["ATTENDEE"].params.get("CN", "")) == re.sub(r"\\([,;])", r"\1", plain)


@settings(max_examples=300, deadline=None)
@given(summary=texts, location=texts, description=texts, name=texts)
@example(summary="a\\", location="\\n", description="\\\\n", name="a\\")
def test_any_text_comes_back_equal_from_another_program(
    summary: str, location: str, description: str, name: str
) -> None:
    obj = an_invitation(
        summary=summary,
        location=location,
        description=description,
        attendees=(Attendee("ada@firm.example", name),),
    )
    _, event = as_another_program_reads(obj)
    assert str(event["SUMMARY"]) == clean(summary)
    assert str(event.get("LOCATION", "")) == clean(location)
    assert str(event.get("DESCRIPTION", "")) == clean(description)
    assert str(event["ATTENDEE"]) == "mailto:ada@firm.example"
    assert_well_formed(write(obj))


def assert_well_formed(written: bytes) -> None:
    assert written.endswith(b"END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert written.count(b"\r") == written.count(b"\n") == written.count(b"\r\n")
    for line in written.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut in two
    forbidden = set(range(0x20)) - {0x09, 0x0A, 0x0D} | {0x7F}
    assert not forbidden & set(written)
    text = written.decode()
    assert not re.search("[\x80-\x9f\u2028\u2029\ufffe\uffff]", text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")))
@example("x" * 75)
@example("x" * 76)
@example("x" * 149)
@example("x" * 150)
@example("é" * 200)
@example("x" * 74 + "😀")
def test_a_folded_line_unfolds_to_itself_and_no_piece_is_too_long(line: str) -> None:
    folded = fold(line)
    assert folded.replace("\r\n ", "") == line
    assert max(map(len, folded.encode().split(b"\r\n"))) <= 75


@given(texts)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_cleaning_keeps_what_people_write() -> None:
    assert clean("Grüße\tan Zoë 😀\nŁódź “x” – y") == "Grüße\tan Zoë 😀\nŁódź “x” – y"


def test_every_line_end_is_one_newline() -> None:
    assert clean("a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h") == "\n".join("abcdefgh")
