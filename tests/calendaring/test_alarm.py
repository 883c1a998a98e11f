"""When a reminder is due, and the alarm in a person's own copy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from tests.calendaring.build import BEN, FACTS, OLGA, TEN, an_entry, at, invited
from tests.calendaring.golden_mails import BY_FILE, BY_SERVICE, TO_SELF
from tests.calendaring.reading import read_mail

from daybook.calendaring import alarm
from daybook.calendaring.event import all_day, timed
from daybook.calendaring.plan import Entry

QUARTER = timedelta(minutes=15)


def test_a_reminder_comes_so_many_minutes_before_the_start_wherever_its_reader_is() -> None:
    span = at(TEN, "America/New_York")

    due = {alarm.due_at(span, 15, zone) for zone in ("Europe/London", "Asia/Tokyo")}

    assert due == {datetime(2026, 11, 26, 14, 45, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("zone", "day", "minutes", "expected"),
    [
        ("Europe/London", date(2026, 11, 26), 420, datetime(2026, 11, 25, 17, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 26), 420, datetime(2026, 11, 25, 22, tzinfo=UTC)),
        ("Europe/London", date(2026, 11, 26), -540, datetime(2026, 11, 26, 9, tzinfo=UTC)),
        # The clocks go forward on the day: nine in the morning is nine by the new time.
        ("Europe/London", date(2027, 3, 28), -540, datetime(2027, 3, 28, 8, tzinfo=UTC)),
    ],
)
def test_of_whole_days_it_comes_by_the_readers_own_clock(
    zone: str, day: date, minutes: int, expected: datetime
) -> None:
    span = all_day(day, day + timedelta(days=1), "Asia/Tokyo")

    assert alarm.due_at(span, minutes, zone) == expected


def test_a_span_reads_by_other_clocks_as_the_same_instants() -> None:
    span = timed(datetime(2027, 10, 30, 20), datetime(2027, 10, 30, 21, 30), "America/New_York")

    there = alarm.as_read_in(span, "Europe/London")

    assert (there.starts_at(), there.ends_at()) == (span.starts_at(), span.ends_at())
    # Half past one comes twice that night, and this is the second.
    assert (there.start.wall, there.end.second) == (datetime(2027, 10, 31, 1), True)


@pytest.mark.parametrize("entry", [BY_SERVICE, BY_FILE, TO_SELF], ids=["firm", "file", "self"])
def test_an_own_copy_carries_the_alarm_of_its_owner_last(entry: Entry) -> None:
    mail = read_mail(invited(entry, OLGA.key, alarm=QUARTER).data)

    data = mail.file or b""
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    (found,) = event.walk("VALARM")
    assert found.decoded("TRIGGER") == -QUARTER
    assert (found["ACTION"], found["DESCRIPTION"]) == ("DISPLAY", FACTS.title)
    assert data.endswith(b"END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")


def test_an_invitation_never_carries_one() -> None:
    message = invited(an_entry("ada", "ben"), BEN.key, alarm=QUARTER)

    assert b"VALARM" not in (read_mail(message.data).file or b"")


def test_of_several_reminders_the_alarm_is_the_nearest_to_the_start() -> None:
    assert alarm.alarm_of([1440, 15, 60]) == QUARTER
    assert alarm.alarm_of([]) is None
