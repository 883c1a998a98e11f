"""Reading what other programs and strangers write."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.calendaring.ical_examples import ADA, BEN, an_event, an_invitation

from daybook.calendaring.component import (
    Attendee,
    CalendarObject,
    Method,
    Organizer,
    PartStat,
    Role,
    Status,
)
from daybook.calendaring.event import Moment, Span, all_day, timed
from daybook.calendaring.ical import write
from daybook.calendaring.ical_explain import explain
from daybook.calendaring.ical_reader import Unreadable, read

GOLDEN = sorted((Path(__file__).parent / "golden" / "ical").glob("*.ics"))
TIMES = "DTSTART:20261020T090000Z\nDTEND:20261020T100000Z\n"


def a_text(event: str = TIMES, *, around: str = "METHOD:REQUEST\n") -> bytes:
    """A calendar of one event with these lines, in the sloppiest form that is read."""
    return (
        f"BEGIN:VCALENDAR\n{around}BEGIN:VEVENT\nUID:5f0c@x.test\nDTSTAMP:20261001T081500Z\n"
        f"{event}END:VEVENT\nEND:VCALENDAR\n"
    ).encode()


def read_event(raw: bytes) -> CalendarObject:
    found = read(raw)
    assert isinstance(found, CalendarObject), found
    return found


def why_not(raw: bytes) -> str:
    found = read(raw)
    assert isinstance(found, Unreadable), found
    assert len(found.reason) < 200
    return found.reason


# What is read


@pytest.mark.parametrize(
    "span",
    [
        timed(datetime(2026, 10, 20, 9), datetime(2026, 10, 20, 10), "Europe/London"),
        timed(datetime(2026, 10, 20, 9), datetime(2026, 10, 20, 10), "UTC"),
        all_day(date(2026, 10, 20), date(2026, 10, 22), "UTC"),
        timed(
            datetime(2026, 10, 25, 1, 30),
            datetime(2026, 10, 25, 1, 30),
            "Europe/London",
            end_second=True,
        ),
        timed(
            datetime(2026, 10, 25, 1, 30),
            datetime(2026, 10, 25, 2, 30),
            "Europe/London",
            start_second=True,
        ),
    ],
)
def test_what_is_written_reads_back_equal(span: Span) -> None:
    sent = CalendarObject(
        an_event(
            span=span,
            sequence=7,
            summary="Site visit, Café; \\n Łódź",
            location="1 High St\nLondon",
            description="Bring plans" * 30,
            status=Status.CANCELLED,
            organizer=Organizer("olga@firm.example", "Finch, Olga"),
            attendees=(
                ADA,
                Attendee("50%x@firm.example", "C^", Role.CHAIR, PartStat.DECLINED, rsvp=None),
                Attendee("ben@firm.example", "", rsvp=False),
            ),
            created=datetime(2026, 9, 1, tzinfo=UTC),
            last_modified=datetime(2026, 9, 2, tzinfo=UTC),
        ),
        Method.CANCEL,
    )
    assert read(write(sent)) == sent


def test_another_programs_invitation_is_read() -> None:
    """Lower-case names, LF, MAILTO, folding by TAB, and properties Daybook does not know."""
    raw = a_text(
        "dtstart;tzid=Europe/London :20261020T090000\nduration:PT1H30M\n"
        "summary;language=en-gb:Site visit\\, wi\n\tth Ada\nX-ALT-DESC;FMTTYPE=text/html:<b>x</b>\n"
        'ATTENDEE;CN="Moss, Ben";PARTSTAT=accepted;RSVP=true:MAILTO:ben@x.test\n'
        "ORGANIZER;CN=Olga;EMAIL=olga@x.test:invalid:nomail\nSTATUS:TENTATIVE\n"
        "BEGIN:VALARM\nTRIGGER:-PT15M\nACTION:DISPLAY\nREPEAT:2147483647\nEND:VALARM\n"
    )
    event = read_event(raw).event
    assert event.summary == "Site visit, with Ada"
    assert event.span == timed(
        datetime(2026, 10, 20, 9), datetime(2026, 10, 20, 10, 30), "Europe/London"
    )
    assert event.attendees == (Attendee("ben@x.test", "Moss, Ben", partstat=PartStat.ACCEPTED),)
    assert event.organizer == Organizer("olga@x.test", "Olga")
    assert (event.sequence, event.status) == (0, Status.CONFIRMED)


def test_a_byte_order_mark_and_windows_1252_are_read() -> None:
    assert read_event(b"\xef\xbb\xbf" + a_text()).event.uid == "5f0c@x.test"
    assert (
        read_event(a_text(TIMES + "SUMMARY:Caf\u00e9\n").decode().encode("cp1252")).event.summary
        == "Café"
    )


def test_lines_end_at_line_feeds_only() -> None:
    event = read_event(a_text(TIMES + "SUMMARY:a\u2028UID:other\u0085SEQUENCE:9\n")).event
    assert event.summary == "a\nUID:other\nSEQUENCE:9"
    assert (event.uid, event.sequence) == ("5f0c@x.test", 0)


@pytest.mark.parametrize(
    ("line", "method"),
    [("METHOD:CANCEL\n", Method.CANCEL), ("METHOD:publish\n", None), ("", None)],
)
def test_the_method_is_read(line: str, method: Method | None) -> None:
    assert read_event(a_text(around=line)).method is method


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART;VALUE=DATE:20261020\nDTEND;VALUE=DATE:20261021\n",
        "DTSTART;VALUE=DATE:20261020\n",
        "DTSTART;VALUE=DATE:20261020\nDURATION:P1D\n",
        "DTSTART;VALUE=DATE:20261020\nDTEND;VALUE=DATE:20261020\n",
    ],
)
def test_one_whole_day_is_read_in_each_way_it_is_written(lines: str) -> None:
    assert read_event(a_text(lines)).event.span == all_day(
        date(2026, 10, 20), date(2026, 10, 21), "UTC"
    )


# Whose zone it is

ODD_ZONE = """BEGIN:VTIMEZONE
TZID:Our Town
BEGIN:STANDARD
DTSTART:16010101T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
"""


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        ("GMT Standard Time", "Europe/London"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ('"Europe/London"', "Europe/London"),
        ("/mozilla.org/20050126_1/Europe/London", "Europe/London"),
        ("/x.test/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ],
)
def test_the_names_other_programs_give_a_zone_are_known(tzid: str, zone: str) -> None:
    lines = f"DTSTART;TZID={tzid}:20261020T090000\nDTEND;TZID={tzid}:20261020T100000\n"
    assert read_event(a_text(lines)).event.span.start == Moment(datetime(2026, 10, 20, 9), zone)


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        ("20260115T120000", datetime(2026, 1, 15, 11)),
        ("20260715T120000", datetime(2026, 7, 15, 10)),
        ("20260329T015900", datetime(2026, 3, 29, 0, 59)),
        ("20260329T030000", datetime(2026, 3, 29, 1)),
        ("20261231T235900", datetime(2026, 12, 31, 22, 59)),
    ],
)
def test_a_zone_of_the_texts_own_gives_instants(wall: str, instant: datetime) -> None:
    event = read_event(a_text(f"DTSTART;TZID=Our Town:{wall}\n", around=ODD_ZONE)).event
    assert event.span.start == Moment(instant, "UTC")


def test_a_rule_of_a_zone_ends_when_it_says() -> None:
    ended = ODD_ZONE.replace("BYMONTH=3", "BYMONTH=3;UNTIL=20200101T000000Z")
    event = read_event(a_text("DTSTART;TZID=Our Town:20260715T120000\n", around=ended)).event
    assert event.span.start == Moment(datetime(2026, 7, 15, 11), "UTC")


def test_a_rule_of_a_zone_may_end_at_the_end_of_time() -> None:
    endless = ODD_ZONE.replace("BYMONTH=3", "BYMONTH=3;UNTIL=99991231T235959Z")
    event = read_event(a_text("DTSTART;TZID=Our Town:20260715T120000\n", around=endless)).event
    assert event.span.start == Moment(datetime(2026, 7, 15, 10), "UTC")


def test_a_zone_as_exchange_writes_it_is_read() -> None:
    exchange = ODD_ZONE.replace("FREQ=YEARLY;", "FREQ=YEARLY;INTERVAL=1;")
    event = read_event(a_text("DTSTART;TZID=Our Town:20260715T120000\n", around=exchange)).event
    assert event.span.start == Moment(datetime(2026, 7, 15, 10), "UTC")


def test_dates_listed_by_a_zone_count_as_its_changes() -> None:
    listed = ODD_ZONE.replace(
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "RDATE:20260329T020000,20270328T020000"
    )
    event = read_event(a_text("DTSTART;TZID=Our Town:20260715T120000\n", around=listed)).event
    assert event.span.start == Moment(datetime(2026, 7, 15, 10), "UTC")


def test_a_stranger_cannot_move_a_known_zone() -> None:
    moved = ODD_ZONE.replace("Our Town", "Europe/London").replace("+0200", "+0900")
    event = read_event(a_text("DTSTART;TZID=Europe/London:20261020T090000\n", around=moved)).event
    assert event.span.start.instant() == datetime(2026, 10, 20, 8, tzinfo=UTC)


def test_one_senders_zone_does_not_move_another_senders_times() -> None:
    lines = "DTSTART;TZID=Our Town:20260115T120000\n"
    read_event(a_text(lines, around=ODD_ZONE))
    elsewhere = ODD_ZONE.replace("+0100", "-0500").replace("+0200", "-0400")
    event = read_event(a_text(lines, around=elsewhere)).event
    assert event.span.start == Moment(datetime(2026, 1, 15, 17), "UTC")


# What is not read

EVENT = a_text().decode()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "whole calendar"),
        (b"/etc/passwd", "NAME:value"),
        (b"../settings.py", "NAME:value"),
        (a_text().decode().encode("utf-16"), "UTF-8"),
        (b"\xff" * 100, "NAME:value"),
        (b"PK\x03\x04\0\0", "UTF-8"),
        (b"END:VEVENT\n" + a_text(), "not begun"),
        (a_text() + a_text(), "whole calendar"),
        (EVENT.replace("END:VCALENDAR", "").encode(), "whole calendar"),
        (EVENT.replace("END:VEVENT", "END:VTODO").encode(), "not begun"),
        (EVENT.replace("END:VC", "BEGIN:VEVENT\nEND:VEVENT\nEND:VC").encode(), "2 events"),
        (EVENT.replace("VEVENT", "VTODO").encode(), "0 events"),
        (EVENT.replace("UID:5f0c@x.test\n", "").encode(), "no UID"),
        (a_text(TIMES + "UID:other\n"), "UID more than once"),
        (a_text(TIMES + "RRULE:FREQ=SECONDLY\n"), "series"),
        (a_text(TIMES + "RDATE:20261021T090000Z\n"), "series"),
        (a_text(TIMES + "RECURRENCE-ID:20261021T090000Z\n"), "series"),
        (a_text(TIMES + "SEQUENCE:-1\n"), "SEQUENCE"),
        (a_text(TIMES + "SEQUENCE:" + "9" * 5000 + "\n"), "SEQUENCE"),
        (a_text(TIMES + "SEQUENCE:²\n"), "SEQUENCE"),
        (a_text(around="METHOD:REPLY\n"), "neither"),
        (a_text(""), "no DTSTART"),
        (a_text("DTSTART:00000101\n"), "does not exist"),
        (a_text("DTSTART:99999999T999999Z\n"), "does not exist"),
        (a_text("DTSTART:99991231T235959Z\n"), "far away"),
        (a_text("DTSTART:20260230T090000Z\n"), "does not exist"),
        (a_text("DTSTART:20260228T240000Z\n"), "does not exist"),
        (a_text("DTSTART:20260228T235960Z\n"), "does not exist"),
        (a_text("DTSTART:tomorrow\n"), "not a date"),
        (a_text("DTSTART:20261020T090000\n"), "no time zone"),
        (a_text("DTSTART:20261020T090000Z\nDTEND:20261020T080000Z\n"), "before it starts"),
        (a_text("DTSTART:20261020\nDTEND:20261019\n"), "before it starts"),
        (a_text("DTSTART:20261020\nDTEND:20261020T090000Z\n"), "reverse"),
        (a_text("DTSTART:20261020T090000Z\nDURATION:-PT1H\n"), "DURATION"),
        (a_text("DTSTART:20261020T090000Z\nDURATION:P99999999999D\n"), "DURATION"),
        (a_text("DTSTART:20261020T090000Z\nDURATION:P\n"), "DURATION"),
        (a_text("DTSTART:29991231T090000Z\nDURATION:P99999D\n"), "far away"),
        (a_text("DTSTART:29990101T090000Z\nDURATION:P9999W99999DT999999H\n"), "far away"),
        (a_text("DTSTART:29991231\nDURATION:P99999D\n"), "far away"),
        (a_text("DTSTART:00000101T000000Z\n"), "does not exist"),
        (a_text("DTSTART:18991231T000000Z\n"), "far away"),
        (a_text("DTSTART;TZID=Europe:20261020T090000\n"), "not known"),
        (a_text("DTSTART;TZID=../../etc/passwd:20261020T090000\n"), "not known"),
        (a_text(f"DTSTART;TZID={'x' * 3900}:20261020T090000\n"), "not known"),
        (a_text(f"DTSTART;TZID={'x' * 5000}:20261020T090000\n"), "NAME:value"),
        (a_text("DTSTART;TZID=Our Town:20261020T090000\n"), "not known"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_reason(raw: bytes, reason: str) -> None:
    assert reason in why_not(raw)


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYDAY=-1SU",
     "FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14",
     "FREQ=YEARLY;BYMONTH=13;BYDAY=1SU", "FREQ=YEARLY;BYMONTH=3;BYDAY=9SU", ""],
)  # fmt: skip
def test_a_zone_with_rules_beyond_the_plain_is_not_expanded(rule: str) -> None:
    odd = ODD_ZONE.replace("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", rule)
    assert "rules" in why_not(a_text("DTSTART;TZID=Our Town:20260715T120000\n", around=odd))


@pytest.mark.parametrize(
    "line", ["TZOFFSETTO:+9", "TZOFFSETTO:noon", "DTSTART:16019901T020000", "TZNAME:x"]
)
def test_a_zone_that_is_broken_is_refused(line: str) -> None:
    name = line.partition(":")[0] + ":"
    broken = "\n".join(
        line if old.startswith(name) else old
        for old in ODD_ZONE.replace("TZOFFSETTO:+0100", "TZNAME:x").split("\n")
    )
    assert why_not(a_text("DTSTART;TZID=Our Town:20260715T120000\n", around=broken))


LARGE = {
    "one long line": a_text(TIMES + "DESCRIPTION:" + "x" * 2**21 + "\n"),
    "just under the size, one line": a_text(TIMES + "DESCRIPTION:" + "\\n;" * 349_000 + "\n"),
    "folds": a_text(TIMES + "DESCRIPTION:" + "\n " * 500_000 + "\n"),
    "properties": a_text(TIMES + "X-A:1\n" * 100_000),
    "lines of nothing": a_text(TIMES + "\n" * 900_000),
    "events": b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 30_000 + b"END:VCALENDAR",
    "depth": b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 5000,
    "parameters": a_text(TIMES + "ATTENDEE" + ";X=1" * 200_000 + ":mailto:a@x.test\n"),
    "quoted colons": a_text(TIMES + "ATTENDEE" + ';X=":"' * 150_000 + ":mailto:a@x.test\n"),
    "quotes": a_text(TIMES + 'ATTENDEE;X="' + '"' * 900_000 + "\n"),
    "attendees": a_text(TIMES + "ATTENDEE:mailto:a@x.test\n" * 15_000),
    "alarms": a_text(TIMES + "BEGIN:VALARM\nEND:VALARM\n" * 1_100),
    "observances": a_text(
        "DTSTART;TZID=Our Town:20260715T120000\n",
        around=ODD_ZONE.replace(
            "END:VTIMEZONE",
            ("BEGIN:STANDARD\nDTSTART:16010101T030000\nRDATE:" + "20260101T000000," * 50
             + "20260102T000000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\n") * 950
            + "END:VTIMEZONE",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("raw", LARGE.values(), ids=LARGE.keys())
def test_reading_and_explaining_end_soon_whatever_the_size(raw: bytes) -> None:
    started = time.process_time()
    read(raw)
    lines = explain(raw)
    assert time.process_time() - started < 4
    assert len(lines) <= 501
    assert max(len(line.line) + len(line.meaning) for line in lines) <= 1000


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("one long line", "1 MiB"),
        ("properties", "20000 lines"),
        ("events", "lines"),
        ("depth", "too many parts"),
        ("alarms", "too many parts"),
        ("attendees", "100 attendees"),
        ("parameters", "NAME:value"),
    ],
)
def test_too_much_of_anything_is_refused(name: str, reason: str) -> None:
    assert reason in why_not(LARGE[name])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_nothing_makes_reading_or_explaining_raise(data: st.DataObject) -> None:
    """Bytes of nonsense, and texts of ours with pieces cut out, doubled and put in."""
    raw = data.draw(st.binary(max_size=300) | st.sampled_from([g.read_bytes() for g in GOLDEN] + [
        a_text("DTSTART;TZID=Our Town:20260715T120000\nDURATION:PT1H\n", around=ODD_ZONE)
    ]))  # fmt: skip
    for _ in range(data.draw(st.integers(0, 4))):
        at, to = sorted(data.draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
        piece = data.draw(
            st.sampled_from([b"", raw[at:to] * 2, b'"', b"\r\n", b";", b":", b"=", b"\\", b"\xff",
                             b"%ff", b"9999", b"-", b"Z", b"T", b"\nBEGIN:VEVENT\n",
                             b"\xe2\x80\xa8"])
        )  # fmt: skip
        raw = (
            raw[:at] + piece + raw[to:] if data.draw(st.booleans()) else raw[:at] + piece + raw[at:]
        )
    assert isinstance(read(raw), CalendarObject | Unreadable)
    assert explain(raw) is not None


def test_what_is_read_from_a_stranger_can_be_written_again() -> None:
    raw = a_text(
        TIMES + "SUMMARY:a\\nEND:VEVENT\\n\u2028b\nATTENDEE;CN=^n^'x:mailto:ben%40x.test@x.test\n"
    )
    event = read_event(raw).event
    assert event.summary == "a\nEND:VEVENT\n\nb"
    assert read_event(write(an_invitation(summary=event.summary))).event.summary == event.summary


def test_two_ends_in_two_zones_come_in_the_zone_of_the_start() -> None:
    start, end = "TZID=Europe/London:20261020T090000", "TZID=Europe/Paris:20261020T110000"
    span = read_event(a_text(f"DTSTART;{start}\nDTEND;{end}\n")).event.span
    assert span == timed(datetime(2026, 10, 20, 9), datetime(2026, 10, 20, 10), "Europe/London")


def test_people_come_in_the_order_of_the_text() -> None:
    assert read_event(write(an_invitation())).event.attendees == (ADA, BEN)
