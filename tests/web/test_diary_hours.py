"""The hours beside the columns, the line of the present, and which hours are worked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from tests.web.build import DAY, a_person, an_administrator, browser, mistakes, text_of
from tests.web.test_people_pages import OWN, details

from daybook.people.models import Person
from daybook.web import clock
from daybook.web.diary.hours import rests, rulers

MONDAY = date(2026, 11, 23)
LONDON = ZoneInfo("Europe/London")


def worker(**details: object) -> Person:
    return Person(**{"timezone": "Europe/London", **details})


def test_outside_of_working_hours_a_day_is_shaded() -> None:
    assert rests(worker(), MONDAY, LONDON) == ["s0 d108", "s204 d84"]


def test_a_day_off_is_shaded_as_a_whole() -> None:
    assert rests(worker(working_days="2345"), MONDAY, LONDON) == ["s0 d288"]


def test_hours_are_of_the_workers_own_zone() -> None:
    assert rests(worker(timezone="America/New_York"), MONDAY, LONDON) == ["s0 d168", "s264 d24"]


def test_hours_far_away_fall_on_two_days_of_the_reader() -> None:
    # Nine to five in Auckland is eight in the evening to four in the morning in London.
    assert rests(worker(timezone="Pacific/Auckland"), MONDAY, LONDON) == ["s48 d192"]


def test_a_second_zone_stands_beside_the_readers_own() -> None:
    [there, own] = rulers(worker(second_timezone="Asia/Kolkata"), MONDAY)

    assert (there.place, there.hours[9]) == ("Kolkata", "14:30")
    assert (own.place, own.hours[9]) == ("London", "09:00")


def test_hours_are_said_by_the_readers_clock() -> None:
    with clock.reading("12"):
        assert rulers(worker(), MONDAY)[0].hours[13] == "1 pm"


@pytest.mark.django_db
def test_only_today_has_the_line_of_the_present() -> None:
    ada = an_administrator()
    today = datetime.now(UTC).astimezone(LONDON).date()

    page = browser(ada).get(f"/?view=week&date={today}")

    assert [column.whole.date for column in page.context["columns"] if column.now] == [today]
    assert not any(c.now for c in browser(ada).get(f"/?view=day&date={DAY}").context["columns"])


@pytest.mark.django_db
def test_week_numbers_are_shown_to_whom_wants_them() -> None:
    ada = an_administrator()
    query = "/?view=week&date=2026-11-25"
    assert "Week 48" not in text_of(browser(ada).get(query))

    Person.objects.update(week_numbers=True)

    assert "Week 48" in text_of(browser(ada).get(query))
    month = browser(ada).get("/?view=month&date=2026-11-25")
    assert [week.week for week in month.context["weeks"]] == [44, 45, 46, 47, 48, 49]


@pytest.mark.django_db
class TestTheirForm:
    def test_keeps_what_is_chosen(self) -> None:
        ben = a_person("Ben")

        browser(ben).post(
            OWN,
            details(
                ben,
                diary_offered="1",
                second_timezone="new york",
                work_starts="8.30",
                work_ends="4pm",
                week_numbers="on",
                letter_keys_off="on",
            )
            | {"working_days": ["1", "3"]},
        )

        ben.refresh_from_db()
        assert (ben.second_timezone, ben.working_days) == ("America/New_York", "13")
        assert (ben.work_starts, ben.work_ends) == (time(8, 30), time(16))
        assert ben.week_numbers
        assert ben.letter_keys_off

    def test_a_box_that_is_not_ticked_is_off_and_one_that_was_not_there_stays(self) -> None:
        ben = a_person("Ben")
        Person.objects.update(week_numbers=True, working_days="67")

        browser(ben).post(OWN, details(ben))
        ben.refresh_from_db()
        assert (ben.week_numbers, ben.working_days) == (True, "67")

        browser(ben).post(OWN, details(ben, diary_offered="1"))
        ben.refresh_from_db()
        assert (ben.week_numbers, ben.working_days) == (False, "")

    @pytest.mark.parametrize(
        ("field", "wrong", "said"),
        [
            ("work_starts", "half nine", "Type a time"),
            ("work_ends", "8:00", "Work must end after it starts."),
            ("second_timezone", "Narnia", "This is not a time zone"),
            ("working_days", "8", "not one of the available choices"),
        ],
    )
    def test_says_a_mistake_at_its_field(self, field: str, wrong: str, said: str) -> None:
        ben = a_person("Ben")

        page = browser(ben).post(OWN, details(ben, diary_offered="1", **{field: wrong}))

        assert page.status_code == 422
        assert said in mistakes(page)[field][0]
        ben.refresh_from_db()
        assert ben.work_ends == time(17)
