"""VTIMEZONE as another program reads it (here: dateutil, which knows nothing of ours)."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical  # type: ignore[import-untyped]

from daybook.calendaring.event import Moment
from daybook.calendaring.zones import is_utc, is_zone, nth_weekday, vtimezone, wall_names

ZONES = [
    "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Johannesburg",
    "Africa/Lagos", "America/Anchorage", "America/Argentina/Buenos_Aires", "America/Asuncion",
    "America/Bogota", "America/Chicago", "America/Denver", "America/Godthab", "America/Halifax",
    "America/Havana", "America/Los_Angeles", "America/Mexico_City", "America/New_York",
    "America/Nuuk", "America/Phoenix", "America/Sao_Paulo", "America/Santiago",
    "America/St_Johns", "Asia/Amman", "Asia/Beirut", "Asia/Dubai", "Asia/Gaza",
    "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran", "Asia/Tokyo",
    "Atlantic/Azores", "Atlantic/Reykjavik", "Australia/Adelaide", "Australia/Brisbane",
    "Australia/Lord_Howe", "Australia/Sydney", "Europe/Athens", "Europe/Berlin",
    "Europe/Chisinau", "Europe/Dublin", "Europe/Istanbul", "Europe/Lisbon", "Europe/London",
    "Europe/Moscow", "Europe/Paris", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham",
    "Pacific/Easter", "Pacific/Fiji", "Pacific/Kiritimati", "Antarctica/Troll",
]  # fmt: skip
# Years in which rules are steady, and some in which a few of these zones changed theirs.
YEARS = (2011, 2022, 2023, 2026, 2030)
PLAIN_RULE = re.compile(
    r"RRULE:FREQ=YEARLY;BYMONTH=(?:[1-9]|1[0-2]);BYDAY=(?:[1-4]|-1)(?:SU|MO|TU|WE|TH|FR|SA)"
)


@cache
def as_read_by_another_program(text: str) -> tzinfo:
    assert text.count("\r\n") == text.count("\n")
    found: tzinfo = tzical(io.StringIO(text.replace("\r\n", "\n"))).get()
    return found


def meant(wall: datetime, zone: str) -> datetime:
    return Moment(wall, zone).instant()


def through(year: int) -> list[datetime]:
    """Noons and small hours all through a year, weekends included."""
    return [datetime(year, 1, 1, 2, 30) + timedelta(days=12.5 * step) for step in range(29)]


@pytest.mark.parametrize("zone", ZONES)
def test_another_program_computes_the_instant_that_is_meant(zone: str) -> None:
    for year in YEARS:
        for start in through(year):
            end = start + timedelta(hours=9)
            if not (Moment(start, zone).exists() and Moment(end, zone).exists()):
                continue
            there = as_read_by_another_program(vtimezone(zone, start, end))
            for wall in (start, end):
                assert wall.replace(tzinfo=there).astimezone(UTC) == meant(wall, zone), wall


@pytest.mark.parametrize("zone", ZONES)
def test_an_event_over_a_change_of_the_clocks_keeps_both_its_ends(zone: str) -> None:
    for year in YEARS:
        for change in changes(zone, year):
            start, end = change - timedelta(hours=20), change + timedelta(hours=40)
            if not (Moment(start, zone).exists() and Moment(end, zone).exists()):
                continue
            there = as_read_by_another_program(vtimezone(zone, start, end))
            assert start.replace(tzinfo=there).astimezone(UTC) == meant(start, zone)
            assert end.replace(tzinfo=there).astimezone(UTC) == meant(end, zone)


def changes(zone: str, year: int) -> list[datetime]:
    clock, hours = ZoneInfo(zone), [datetime(year, 1, 2) + timedelta(hours=h) for h in range(8700)]
    offsets = [hour.replace(tzinfo=clock).utcoffset() for hour in hours]
    return [hours[i] for i in range(1, len(hours)) if offsets[i] != offsets[i - 1]]


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_is_said_in_the_one_form_outlook_reads(zone: str) -> None:
    for year in YEARS:
        text = vtimezone(zone, datetime(year, 6, 1, 9), datetime(year, 6, 1, 10))
        assert text.count("BEGIN:STANDARD") == 1
        assert text.count("BEGIN:DAYLIGHT") <= 1
        assert "RDATE" not in text
        for observance in re.findall(r"BEGIN:(?:STANDARD|DAYLIGHT).*?END:", text, re.DOTALL):
            assert len(re.findall(r"TZOFFSETFROM:|TZOFFSETTO:|DTSTART:", observance)) == 3
        for rule in re.findall(r"RRULE.*", text):
            assert PLAIN_RULE.fullmatch(rule.rstrip("\r")), rule


def test_the_text_is_the_same_in_every_year_of_a_steady_rule() -> None:
    assert len({vtimezone("Europe/London", date(year, 5, 1)) for year in range(2000, 2060)}) == 1


def test_a_rule_starts_on_a_day_the_rule_itself_names() -> None:
    text = vtimezone("America/New_York", date(2026, 7, 1))
    assert "DTSTART:19700308T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\n" in text
    assert "DTSTART:19701101T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\n" in text


def test_a_zone_without_summer_time_has_one_offset_and_no_rule() -> None:
    assert vtimezone("Asia/Kolkata", date(2026, 7, 1)) == (
        "BEGIN:VTIMEZONE\r\nTZID:Asia/Kolkata\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
        "TZOFFSETFROM:+0530\r\nTZOFFSETTO:+0530\r\nTZNAME:IST\r\nEND:STANDARD\r\n"
        "END:VTIMEZONE\r\n"
    )


def test_irish_winter_is_standard_time_whatever_the_law_calls_it() -> None:
    text = vtimezone("Europe/Dublin", date(2026, 7, 1))
    standard = text[text.index("BEGIN:STANDARD") : text.index("END:STANDARD")]
    assert "TZOFFSETTO:+0000" in standard
    assert "BYMONTH=10" in standard


def test_a_zone_that_changed_its_mind_is_written_out_for_the_event() -> None:
    """Samoa skipped 30 December 2011: no yearly rule says that."""
    text = vtimezone("Pacific/Apia", datetime(2011, 12, 29, 9), datetime(2011, 12, 31, 9))
    assert "RRULE" not in text
    assert "DTSTART:20111230T000000\r\nTZOFFSETFROM:-1000\r\nTZOFFSETTO:+1400\r\n" in text


def test_an_event_of_many_years_keeps_both_its_ends() -> None:
    start, end = datetime(2005, 7, 1, 9), datetime(2009, 11, 3, 9)  # the rule changed in 2007
    there = as_read_by_another_program(vtimezone("America/New_York", start, end))
    assert start.replace(tzinfo=there).astimezone(UTC) == meant(start, "America/New_York")
    assert end.replace(tzinfo=there).astimezone(UTC) == meant(end, "America/New_York")


@pytest.mark.parametrize(
    "name",
    ["Europe", "../../etc/passwd", "/etc/localtime", "europe/london", "localtime", "posixrules",
     "Factory", "", "Europe/London\0", "Europe/London\n", "x" * 5000, "posix/Europe/London"],
)  # fmt: skip
def test_only_iana_keys_are_zones(name: str) -> None:
    assert not is_zone(name)


@pytest.mark.parametrize("name", [*ZONES, "UTC", "Etc/GMT+5", "Asia/Calcutta"])
def test_every_iana_key_is_a_zone_also_an_old_one(name: str) -> None:
    assert is_zone(name)


def test_names_of_utc_are_told_from_places_that_happen_to_share_its_offset() -> None:
    assert all(map(is_utc, ["UTC", "Etc/UTC", "GMT", "Zulu", "Etc/GMT+5"]))
    assert not any(map(is_utc, ["Africa/Abidjan", "Europe/London", "Atlantic/Reykjavik"]))


@pytest.mark.parametrize(
    ("wall", "zone", "second", "named"),
    [
        (datetime(2026, 10, 25, 1, 30), "Europe/London", False, True),
        (datetime(2026, 10, 25, 1, 30), "Europe/London", True, False),
        (datetime(2026, 10, 20, 1, 30), "Europe/London", True, True),  # not doubled at all
        (datetime(2026, 3, 29, 1, 30), "Europe/London", False, False),  # skipped
        (datetime(2026, 4, 5, 1, 45), "Australia/Lord_Howe", True, False),  # half an hour twice
        (datetime(2026, 4, 5, 1, 15), "Australia/Lord_Howe", True, True),
        (datetime(2026, 10, 4, 2, 15), "Australia/Lord_Howe", False, False),
        (datetime(2011, 12, 30, 9), "Pacific/Apia", False, False),
    ],
)
def test_a_wall_time_names_its_first_occurrence_only(
    wall: datetime, zone: str, second: bool, named: bool
) -> None:
    assert wall_names(Moment(wall, zone, second)) is named


@pytest.mark.parametrize(
    ("week", "day"), [(1, 5), (4, 26), (-1, 26), (5, 26), (-4, 5), (-5, 5), (-2, 19)]
)
def test_the_nth_monday_of_a_month_with_four(week: int, day: int) -> None:
    assert nth_weekday(datetime(2026, 10, 1), week=week, weekday=0) == datetime(2026, 10, day)
