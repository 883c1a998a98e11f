"""The diary shows everybody's entries by day, in the reader's own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.build import (
    DAY,
    a_person,
    a_type,
    an_administrator,
    an_entry,
    browser,
    text_of,
)

from daybook.calendaring.event import timed
from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.ledger.models import Calendar
from daybook.people.models import Person
from daybook.web.calendar_states import badges

pytestmark = pytest.mark.django_db
HERE = f"date={DAY}"


@pytest.fixture
def ada() -> Person:
    a_type()
    return an_administrator()


def test_an_entry_shows_its_time_type_people_and_state(ada: Person) -> None:
    an_entry(ada, a_person("Ben"))

    words = text_of(browser(ada).get(f"/?{HERE}"))

    assert "09:00–10:00 Boiler survey Site visit · Ada, Ben" in words
    assert "Waiting" in words


@pytest.mark.parametrize("view", ["agenda", "month", "week", "day", "team"])
def test_every_view_shows_the_entry(ada: Person, view: str) -> None:
    an_entry(ada)

    words = text_of(browser(ada).get(f"/?view={view}&{HERE}"))

    assert "Boiler survey" in words


def test_the_team_view_has_a_column_for_each_person(ada: Person) -> None:
    an_entry(ada, a_person("Ben"))
    a_person("Cleo")

    columns = browser(ada).get(f"/?view=team&{HERE}").context["columns"]

    assert [(column.whole.person.forename, column.entries) for column in columns] == [
        ("Ada", 1),
        ("Ben", 1),
        ("Cleo", 0),
    ]


def test_a_reader_elsewhere_sees_his_own_time_and_the_entrys(ada: Person) -> None:
    sam = a_person("Sam", zone="America/New_York")
    an_entry(ada, hour=15)

    words = text_of(browser(sam).get(f"/?view=day&{HERE}"))

    assert "10:00–11:00" in words
    assert "15:00–16:00 London" in words


def test_an_entry_over_midnight_is_on_both_days(ada: Person) -> None:
    late = an_entry(ada, title="Night watch", hour=22)
    night = timed(late.start_wall, late.start_wall + timedelta(hours=6), "Europe/London")
    changing.change(late.pk, EntryChanges(span=night), by=ada, now=late.created_at)

    days = browser(ada).get(f"/?view=agenda&{HERE}").context["days"]
    watch = [chip["when"] for day in days for chip in day.chips if chip["title"] == "Night watch"]

    assert watch == ["from 22:00", "until 04:00"]


def test_the_filter_leaves_only_the_persons_and_types_asked_for(ada: Person) -> None:
    ben = a_person("Ben")
    an_entry(ada, title="Only Ada")
    an_entry(ada, ben, title="With Ben")
    call = a_type("Call", synchronise=False)
    an_entry(ada, ben, title="A call", kind=call)
    client = browser(ada)

    words = text_of(client.get(f"/?{HERE}&person={ben.pk}&type={call.pk}"))

    assert "A call" in words
    assert "With Ben" not in words
    assert "Only Ada" not in words


def test_links_go_to_the_pages_around_and_keep_the_filter(ada: Person) -> None:
    asked = browser(ada).get(f"/?view=week&{HERE}&person={ada.pk}").context["asked"]

    assert asked.after().span()[0] == asked.span()[1]
    assert asked.before().span()[1] == asked.span()[0]
    assert f"person={ada.pk}" in asked.after().address


@pytest.mark.parametrize(
    "query",
    ["view=x", "date=yesterday", "date=0001-01-01", "date=9999-12-31", "person=%00", "type=9e99"],
)
def test_an_address_that_makes_no_sense_still_shows_a_diary(ada: Person, query: str) -> None:
    assert browser(ada).get(f"/?{query}").status_code == 200


def test_an_empty_diary_says_what_to_do_first() -> None:
    words = text_of(browser(an_administrator()).get("/"))

    assert "Make the first Diary Entry Type" in words


def test_the_state_is_the_one_that_needs_attention(ada: Person) -> None:
    entry = an_entry(ada, a_person("Ben"))
    Calendar.objects.filter(entry_id=entry.pk).update(state="sent", due_at=None)
    Calendar.objects.filter(entry_id=entry.pk, address_key="ben@firm.example").update(
        state="problem"
    )

    [chip] = browser(ada).get(f"/?view=day&{HERE}").context["columns"][0].slots

    assert (chip["badge"], chip["badge_word"]) == ("problem", "Problem")
    assert chip["name"].endswith("problem for 1 calendar")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": "waiting"}, "Waiting for 200 calendars"),
        ({"state": "sent"}, "Sent to 200 calendars"),
        ({"state": "sent", "due_at": datetime.now(UTC)}, "Waiting for 200 calendars"),
        ({"state": "withdrawn", "due_at": datetime.now(UTC)}, "Withdrawn from 200 calendars"),
        ({"state": "not_sent"}, "Not sent to 200 calendars"),
    ],
)
def test_the_state_of_as_many_calendars_as_can_be_is_counted(
    ada: Person, change: dict[str, object], said: str
) -> None:
    entry = an_entry(ada)
    row = Calendar.objects.get(entry_id=entry.pk)
    for number in range(199):
        row.pk, row.address_key = None, f"p{number}@firm.example"
        row.save(force_insert=True)
    Calendar.objects.update(**{"due_at": None, **change})

    assert badges([entry.pk])[entry.pk].sentence == said


def test_an_entry_without_any_calendar_is_not_sent(ada: Person) -> None:
    entry = an_entry(ada)
    Calendar.objects.all().delete()

    assert badges([entry.pk])[entry.pk].sentence == "Not sent"


def test_a_board_reads_of_its_entries_only_what_it_draws(ada: Person) -> None:
    an_entry(ada)

    with CaptureQueriesContext(connection) as asked:
        browser(ada).get(f"/?view=month&{HERE}")

    entries = [each["sql"] for each in asked if 'SELECT "entries_diaryentry"."id"' in each["sql"]]
    assert any('"entries_diaryentry"."title"' in sql for sql in entries)
    for unread in ("notes", "created_at", "changed_at", "uid"):
        assert not any(f'"entries_diaryentry"."{unread}"' in sql for sql in entries)


def test_a_deleted_entry_is_not_shown(ada: Person) -> None:
    entry = an_entry(ada)
    changing.delete(entry.pk, by=ada, now=entry.created_at)

    assert "Boiler survey" not in text_of(browser(ada).get(f"/?{HERE}"))


def test_a_full_diary_costs_as_many_queries_as_one_entry(ada: Person) -> None:
    ben = a_person("Ben")
    client = browser(ada)
    an_entry(ada, ben)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/?{HERE}")
        return len(seen)

    few = queries()
    for hour in range(8, 18):
        an_entry(ada, ben, title=f"Visit {hour}", hour=hour)

    assert queries() == few
