"""Times are said by the clock, and weeks begin on the day, each person chose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.build import DAY, a_person, an_administrator, an_entry, browser, text_of

from daybook.people.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Person:
    return an_administrator()


@pytest.mark.parametrize(
    ("clock", "when"), [("24", "09:00–10:00 Boiler"), ("12", "9:00 am–10:00 am Boiler")]
)
def test_the_diary_says_times_by_the_readers_clock(ada: Person, clock: str, when: str) -> None:
    an_entry(ada)
    Person.objects.update(clock=clock)

    assert when in text_of(browser(ada).get(f"/?date={DAY}"))


def test_each_reader_has_a_clock_of_their_own(ada: Person) -> None:
    ben = a_person("Ben")
    an_entry(ada)
    Person.objects.filter(pk=ben.pk).update(clock="12")

    assert "9:00 am" in text_of(browser(ben).get(f"/?view=day&date={DAY}"))
    assert "9:00 am" not in text_of(browser(ada).get(f"/?view=day&date={DAY}"))


@pytest.mark.parametrize(("first", "weekday"), [("monday", 0), ("saturday", 5), ("sunday", 6)])
@pytest.mark.parametrize("later", range(7))
def test_a_week_of_the_diary_begins_on_the_chosen_day(
    ada: Person, first: str, weekday: int, later: int
) -> None:
    Person.objects.update(week_start=first)
    day = DAY + timedelta(days=later)

    columns = browser(ada).get(f"/?view=week&date={day}").context["columns"]
    days = [column.whole.date for column in columns]

    assert days[0].weekday() == weekday
    assert len(days) == 7
    assert days[0] <= day <= days[-1]
