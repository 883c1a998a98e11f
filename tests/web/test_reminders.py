"""Reminders on the pages: chosen there, shown there, and put away there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.web.build import (
    a_person,
    a_type,
    an_administrator,
    an_entry,
    browser,
    mistakes,
    text_of,
)

from daybook.entries import reminders
from daybook.entries.models import DiaryEntry, OwnReminders, Reminder
from daybook.entries.reminders import Habit
from daybook.people.models import Person
from daybook.sync import reminding

pytestmark = pytest.mark.django_db
HABIT = "/settings/your-details/reminders/"


@pytest.fixture
def ben() -> Person:
    an_administrator()
    return a_person("Ben")


def due_now(ben: Person, title: str = "Boiler survey") -> DiaryEntry:
    """Return an entry of Ben's that he is reminded of at this moment, on the pages."""
    habit = Habit(timed=[15, 60], in_browser=True)
    reminders.choose_habit(ben, habit, now=datetime.now(UTC))
    ben.refresh_from_db()
    entry = an_entry(ben, title=title, kind=a_type())
    soon = datetime.now(UTC) + timedelta(minutes=10)
    DiaryEntry.objects.update(starts_at=soon, ends_at=soon + timedelta(hours=1))
    Reminder.objects.update(starts_at=soon, due_at=datetime.now(UTC))
    reminding.give_due(datetime.now(UTC))
    return entry


def test_a_habit_is_saved_and_shown_again(ben: Person) -> None:
    client = browser(ben)

    answer = client.post(HABIT, {"timed": ["15", "1440"], "all_day": ["420"], "in_browser": "on"})

    assert answer.status_code == 302
    ben.refresh_from_db()
    assert (ben.reminders_timed, ben.reminders_all_day) == ([15, 1440], [420])
    page = client.get(HABIT)
    assert {"15 minutes before", "The day before at 17:00"} <= ticked(page.content.decode())
    assert "2 reminders" not in text_of(client.get("/settings/"))
    assert "3 reminders usually" in text_of(client.get("/settings/"))


def ticked(html: str) -> set[str]:
    """Return the labels of the boxes that are ticked."""
    boxes = re.findall(r"<input[^>]*?>\s*<span>[^<]*", html)
    return {box.rpartition("<span>")[2] for box in boxes if " checked" in box}


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"timed": ["15"]}, "in_browser", "Choose at least one way to be reminded."),
        ({"timed": ["7"], "in_browser": "on"}, "timed", "Choose from the list."),
        ({"timed": ["x"], "in_browser": "on"}, "timed", "Choose from the list."),
        (
            {"timed": ["0", "5", "10", "15", "30", "60"], "in_browser": "on"},
            "timed",
            "Choose at most 5.",
        ),
    ],
)
def test_a_mistake_is_said_at_its_field_and_changes_nothing(
    ben: Person, typed: dict[str, object], field: str, sentence: str
) -> None:
    answer = browser(ben).post(HABIT, typed)

    assert answer.status_code == 422
    assert mistakes(answer)[field] == [sentence]
    ben.refresh_from_db()
    assert ben.reminders_timed == []


def test_the_settings_say_why_nothing_could_be_mailed(ben: Person) -> None:
    assert "Neither you nor the firm has a mail account" in text_of(browser(ben).get(HABIT))


def test_an_entry_is_reminded_of_as_usual_at_other_times_or_not_at_all(ben: Person) -> None:
    entry, client = an_entry(ben, kind=a_type()), browser(ben)
    address = f"/entries/{entry.pk}/reminders/"
    assert "As usual: not at all" in text_of(client.get(f"/entries/{entry.pk}/"))

    client.post(address, {"how": "these", "minutes": ["5"]})
    assert OwnReminders.objects.get().minutes == [5]
    client.post(address, {"how": "none"})
    assert OwnReminders.objects.get().minutes == []
    client.post(address, {"how": "habit"})
    assert not OwnReminders.objects.exists()


def test_times_have_to_be_chosen_where_times_are_asked_for(ben: Person) -> None:
    entry = an_entry(ben, kind=a_type())

    answer = browser(ben).post(f"/entries/{entry.pk}/reminders/", {"how": "these"})

    assert answer.status_code == 422
    assert "Choose at least one time" in text_of(answer)
    assert not OwnReminders.objects.exists()


def test_who_is_not_on_an_entry_is_not_asked(ben: Person) -> None:
    entry = an_entry(ben, kind=a_type())
    cleo = browser(a_person("Cleo"))

    assert "Remind me" not in text_of(cleo.get(f"/entries/{entry.pk}/"))
    answer = cleo.post(f"/entries/{entry.pk}/reminders/", {"how": "none"})
    assert (answer.status_code, OwnReminders.objects.count()) == (403, 0)


def test_what_is_due_is_shown_once_on_every_page_until_it_is_put_away(ben: Person) -> None:
    due_now(ben)
    client = browser(ben)

    for page in ("/", "/settings/", "/sync-log/"):
        assert client.get(page).content.count(b"data-reminder=") == 1
    client.post(dismissal(client), {"back": "/settings/"})

    assert b"data-reminder=" not in client.get("/").content
    assert client.get("/reminders/").status_code == 204


def dismissal(client: Client) -> str:
    """Return the address of the first Dismiss button."""
    pk = Reminder.objects.filter(in_browser=True, seen_at=None).values_list("pk", flat=True)[0]
    return f"/reminders/{pk}/dismiss/"


def test_nobody_sees_or_puts_away_what_is_somebody_elses(ben: Person) -> None:
    due_now(ben)
    cleo = a_person("Cleo")
    reminders.choose_habit(cleo, Habit(timed=[5], in_browser=True), now=datetime.now(UTC))
    client = browser(cleo)

    assert b"data-reminder=" not in client.get("/").content
    client.post(dismissal(client))
    assert b"data-reminder=" in browser(ben).get("/").content


def test_whoever_asked_for_no_reminder_costs_no_question(ben: Person) -> None:
    client = browser(ben)
    client.get("/settings/")
    with CaptureQueriesContext(connection) as seen:
        client.get("/settings/")

    assert not [query for query in seen if "entries_reminder" in query["sql"]]


def test_a_hostile_title_is_only_text(ben: Person) -> None:
    due_now(ben, title="<img src=x onerror=alert(1)>")

    assert b"<img" not in browser(ben).get("/reminders/").content


def test_a_reminder_is_announced_by_the_first_browser_that_asks(ben: Person) -> None:
    due_now(ben)
    address = dismissal(browser(ben)).replace("dismiss", "announce")

    answers = [browser(ben).post(address).status_code for _ in range(2)]

    assert answers == [204, 409]
