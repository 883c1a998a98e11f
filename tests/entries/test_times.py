"""Reading when an entry is, in the places where clocks are hard: nothing here needs a database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from daybook.calendaring.event import Span
from daybook.entries.times import read_span, show
from daybook.people.faults import FieldFault, InvalidInput

LONDON, NEW_YORK, LORD_HOWE = "Europe/London", "America/New_York", "Australia/Lord_Howe"


def read(
    start: str | None = None,
    end: str | None = None,
    *,
    zone: str | None = LONDON,
    all_day: bool | None = None,
    keep: Span | None = None,
) -> Span:
    return read_span(
        start=start, end=end, timezone=zone, all_day=all_day, default_zone="Asia/Tokyo", keep=keep
    )


def fault(**given: object) -> FieldFault:
    with pytest.raises(InvalidInput) as refusal:
        read(**given)  # type: ignore[arg-type]
    (only,) = refusal.value.faults
    return only


def shown(span: Span) -> tuple[str, str]:
    return show(span.start, all_day=span.all_day), show(span.end, all_day=span.all_day)


def test_a_time_without_an_offset_is_wall_time_of_the_zone() -> None:
    span = read("2026-07-01T09:00", "2026-07-01T10:30:15", zone=NEW_YORK)

    assert shown(span) == ("2026-07-01T09:00:00-04:00", "2026-07-01T10:30:15-04:00")
    assert span.starts_at() == datetime(2026, 7, 1, 13, tzinfo=UTC)


def test_without_a_zone_a_new_entry_takes_the_callers() -> None:
    assert read("2026-07-01T09:00", "2026-07-01T10:00", zone=None).zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    "start", ["2026-07-01T08:00Z", "2026-07-01T13:30+05:30", "2026-07-01 03:00-0500"]
)
def test_a_time_with_an_offset_is_converted_into_the_zone(start: str) -> None:
    span = read(start, "2026-07-01T10:00")

    assert span.start.wall == datetime(2026, 7, 1, 9)
    assert span.zone == LONDON


def test_fractions_of_a_second_are_left_out() -> None:
    assert read("2026-07-01T08:00:00.123Z", "2026-07-01T10:00").start.wall.microsecond == 0


@pytest.mark.parametrize(
    ("zone", "skipped", "now_it_is"),
    [
        (LONDON, "2026-03-29T01:30", "02:30"),
        (NEW_YORK, "2026-03-08T02:30", "03:30"),
        (LORD_HOWE, "2026-10-04T02:15", "02:45"),
    ],
)
def test_a_skipped_time_is_refused_with_the_reason(zone: str, skipped: str, now_it_is: str) -> None:
    refusal = fault(start=skipped, end="2026-12-01T12:00", zone=zone)

    assert (refusal.field, refusal.code) == ("start", "time_does_not_exist")
    assert skipped[-5:] in refusal.sentence
    assert now_it_is in refusal.sentence
    assert zone in refusal.sentence


@pytest.mark.parametrize(
    ("zone", "doubled", "first", "second"),
    [
        (LONDON, "2026-10-25T01:30", "+01:00", "+00:00"),
        (NEW_YORK, "2026-11-01T01:30", "-04:00", "-05:00"),
        (LORD_HOWE, "2026-04-05T01:45", "+11:00", "+10:30"),
        ("Australia/Sydney", "2026-04-05T02:30", "+11:00", "+10:00"),
    ],
)
def test_a_doubled_time_is_the_first_unless_the_offset_says_second(
    zone: str, doubled: str, first: str, second: str
) -> None:
    end = doubled[:11] + "09:00"

    assert shown(read(doubled, end, zone=zone))[0] == f"{doubled}:00{first}"
    assert shown(read(doubled + first, end, zone=zone))[0] == f"{doubled}:00{first}"
    assert shown(read(doubled + second, end, zone=zone))[0] == f"{doubled}:00{second}"


@pytest.mark.parametrize("zone", [LONDON, NEW_YORK, LORD_HOWE, "America/Santiago", "Asia/Kolkata"])
def test_what_is_shown_reads_back_equal_through_the_whole_year(zone: str) -> None:
    for month in range(1, 13):
        for day in (1, 5, 8, 25, 28):
            start = f"2026-{month:02}-{day:02}T00:40Z"
            span = read(start, f"2026-{month:02}-{day:02}T16:10Z", zone=zone)
            assert read(*shown(span), zone=zone) == span


def test_an_entry_may_lie_between_the_two_showings_of_one_time() -> None:
    span = read("2026-10-25T01:30+01:00", "2026-10-25T01:30+00:00")

    assert (span.ends_at() - span.starts_at()).total_seconds() == 3600


def test_one_whole_day_ends_on_the_next() -> None:
    span = read("2026-11-24", all_day=True)

    assert shown(span) == ("2026-11-24", "2026-11-25")
    assert read("2026-11-24", "2026-11-25", all_day=True) == span


def test_an_all_day_entry_takes_midnights_too() -> None:
    span = read("2026-07-01T00:00:00+01:00", "2026-07-02T23:00Z", all_day=True)

    assert shown(span) == ("2026-07-01", "2026-07-03")


def test_a_day_whose_midnight_is_skipped_is_still_a_day() -> None:
    span = read("2026-09-06", all_day=True, zone="America/Santiago")

    assert shown(span) == ("2026-09-06", "2026-09-07")
    assert (span.ends_at() - span.starts_at()).total_seconds() == 23 * 3600


def test_a_day_a_country_left_out_is_refused() -> None:
    refusal = fault(start="2011-12-30", all_day=True, zone="Pacific/Apia")

    assert (refusal.field, refusal.code) == ("start", "time_does_not_exist")


def test_the_sentence_explains_that_the_end_is_the_day_after() -> None:
    refusal = fault(start="2026-11-24", end="2026-11-24", all_day=True)

    assert (refusal.field, refusal.code) == ("end", "ends_before_start")
    assert "the day after its last day" in refusal.sentence
    assert "2026-11-25" in refusal.sentence


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"start": "2026-07-01T09:00"}, "end", "required"),
        ({"end": "2026-07-01T09:00"}, "start", "required"),
        ({"all_day": True}, "start", "required"),
        ({"start": "2026-07-01", "end": "2026-07-02"}, "start", "time_expected"),
        ({"start": "2026-07-01T09:00", "all_day": True}, "start", "date_expected"),
        ({"start": "2026-07-01T09:00", "end": "2026-07-01T09:00"}, "end", "ends_before_start"),
        ({"start": "2026-07-01T09:00", "end": "2026-07-01T08:00"}, "end", "ends_before_start"),
        ({"start": "2026-07-01T09:00", "end": "2027-07-03T09:00"}, "end", "too_long"),
        ({"start": "1969-12-31T09:00", "end": "1970-01-01T09:00"}, "start", "out_of_range"),
        ({"start": "2201-01-01T09:00", "end": "2201-01-01T10:00"}, "start", "out_of_range"),
        ({"start": "0001-01-01T00:00+14:00", "end": "2026-01-01T00:00"}, "start", "out_of_range"),
        (
            {"start": "2026-01-01T00:00", "end": "9999-12-31T23:59:59-14:00"},
            "end",
            "out_of_range",
        ),
        ({"start": "2026-02-30T09:00", "end": "2026-03-01T09:00"}, "start", "not_a_time"),
        ({"start": "2026-07-01T24:00", "end": "2026-07-02T09:00"}, "start", "not_a_time"),
        ({"start": "2026-07-01T09:60", "end": "2026-07-02T09:00"}, "start", "not_a_time"),
        ({"start": "2026-07-01T09:00+25:00", "end": "2026-07-02T09:00"}, "start", "not_a_time"),
        ({"start": "2026-07-01T09:00+01:99", "end": "2026-07-02T09:00"}, "start", "not_a_time"),
        ({"start": "tomorrow", "end": "2026-07-02T09:00"}, "start", "not_a_time"),
        ({"start": "２０２６-07-01T09:00", "end": "2026-07-02T09:00"}, "start", "not_a_time"),
        ({"start": "2026-07-01T09:00\x00", "end": "2026-07-02T09:00"}, "start", "not_a_time"),
        ({"zone": "Europe"}, "timezone", "unknown_zone"),
        ({"zone": "../../etc/passwd"}, "timezone", "unknown_zone"),
        ({"zone": "X" * 5000}, "timezone", "unknown_zone"),
        ({"zone": "europe/london"}, "timezone", "unknown_zone"),
    ],
)
def test_what_cannot_be_read_names_its_field(
    given: dict[str, object], field: str, code: str
) -> None:
    refusal = fault(**given)

    assert (refusal.field, refusal.code) == (field, code)


KEPT = read("2026-07-01T09:00", "2026-07-01T10:00")


def test_another_start_alone_keeps_the_end() -> None:
    span = read("2026-07-01T08:00", zone=None, keep=KEPT)

    assert shown(span) == ("2026-07-01T08:00:00+01:00", "2026-07-01T10:00:00+01:00")
    assert fault(start="2026-07-01T11:00", zone=None, keep=KEPT).code == "ends_before_start"


def test_another_zone_alone_keeps_what_the_clocks_show() -> None:
    span = read(zone=NEW_YORK, keep=KEPT)

    assert shown(span) == ("2026-07-01T09:00:00-04:00", "2026-07-01T10:00:00-04:00")


def test_another_zone_is_refused_where_its_clocks_skip_the_time() -> None:
    keep = read("2026-03-08T02:30", "2026-03-08T03:30")

    assert fault(zone=NEW_YORK, keep=keep).code == "time_does_not_exist"


def test_a_second_showing_is_forgotten_where_the_time_is_shown_once() -> None:
    keep = read("2026-10-25T01:30+00:00", "2026-10-25T02:30")

    assert keep.start.second
    assert not read(zone=NEW_YORK, keep=keep).start.second


def test_a_timed_entry_made_all_day_covers_its_days() -> None:
    over_night = read("2026-07-01T22:00", "2026-07-02T02:00")

    assert shown(read(all_day=True, keep=KEPT)) == ("2026-07-01", "2026-07-02")
    assert shown(read(all_day=True, keep=over_night)) == ("2026-07-01", "2026-07-03")


def test_an_all_day_entry_made_timed_needs_its_times() -> None:
    keep = read("2026-07-01", all_day=True)

    assert fault(all_day=False, keep=keep).code == "required"
    timed = read("2026-07-01T09:00", "2026-07-01T10:00", all_day=False, keep=keep)
    assert timed == KEPT


def test_another_first_day_alone_keeps_the_last() -> None:
    keep = read("2026-07-01", "2026-07-04", all_day=True)

    assert shown(read("2026-07-02", keep=keep)) == ("2026-07-02", "2026-07-04")
