"""A drop on the diary moves an entry, or says why not; the reader's clocks, the entry's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from tests.web.build import DAY, a_person, an_administrator, an_entry, browser, text_of

from daybook.calendaring.event import timed
from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar
from daybook.people.models import Person

if TYPE_CHECKING:
    from tests.web.build import Page

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(days=1)
# Sundays on which the clocks of London change.
FORWARD, BACK = date(2027, 3, 28), date(2027, 10, 31)


@pytest.fixture
def ada() -> Person:
    return an_administrator()


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


def drop(client: Client, entry: DiaryEntry, start: str, end: str, **more: object) -> Page:
    """Drop an entry as the script does."""
    body = {"revision": entry.revision, "start": start, "end": end, **more}
    return client.post(f"/entries/{entry.pk}/move/", body, headers={"accept": "application/json"})


def said(day: date, time: str) -> str:
    return f"Moved to {day:%a} {day.day} {day:%b}, {time}."


def when(entry: DiaryEntry) -> tuple[str, str, str]:
    entry.refresh_from_db()
    return f"{entry.start_wall:%Y-%m-%dT%H:%M}", f"{entry.end_wall:%H:%M}", entry.timezone


def test_an_entry_is_where_it_was_dropped_and_says_so(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    client = browser(ada)

    answer = drop(client, entry, f"{NEXT}T10:30", f"{NEXT}T11:30")

    assert answer.status_code == 200
    assert answer.json() == {
        "said": said(NEXT, "10:30"),
        "reached": "",
        "undo": f"/entries/{entry.pk}/undo/2/",
        "other": None,
    }
    assert when(entry) == (f"{NEXT}T10:30", "11:30", "Europe/London")


def test_an_entry_keeps_its_own_zone_when_a_reader_elsewhere_moves_it(ada: Person) -> None:
    sam = a_person("Sam", zone="America/New_York")
    entry = an_entry(ada, sam, hour=15)

    answer = drop(browser(sam), entry, f"{DAY}T11:00", f"{DAY}T12:30")

    assert answer.json()["said"] == said(DAY, "11:00")
    assert when(entry) == (f"{DAY}T16:00", "17:30", "Europe/London")


def test_a_longer_entry_says_its_times(ada: Person) -> None:
    entry = an_entry(ada)

    answer = drop(browser(ada), entry, f"{DAY}T09:00", f"{DAY}T11:15")

    assert answer.json()["said"] == f"Now {DAY:%a} {DAY.day} {DAY:%b}, 09:00 to 11:15."
    assert when(entry)[1] == "11:15"


def test_times_are_said_by_the_readers_clock(ada: Person) -> None:
    Person.objects.filter(pk=ada.pk).update(clock="12")

    answer = drop(browser(ada), an_entry(ada), f"{DAY}T14:00", f"{DAY}T15:00")

    assert answer.json()["said"] == said(DAY, "2:00 pm")


def test_an_entry_becomes_all_day_and_timed_again(ada: Person) -> None:
    entry = an_entry(ada)
    client = browser(ada)

    whole = drop(client, entry, f"{NEXT}", f"{NEXT + timedelta(days=2)}", all_day="1")
    entry.refresh_from_db()
    assert whole.json()["said"].endswith(", all day.")
    assert (entry.all_day, entry.end_wall - entry.start_wall) == (True, timedelta(days=2))

    drop(client, entry, f"{DAY}T09:00", f"{DAY}T10:00")
    entry.refresh_from_db()
    assert (entry.all_day, entry.starts_at.hour) == (False, 8)


def test_dragging_from_ben_to_grace_is_one_move_that_keeps_the_order(
    ada: Person, ben: Person
) -> None:
    grace = a_person("Grace")
    entry = an_entry(ben, ada)
    people = {"from_person": ben.pk, "to_person": grace.pk}

    answer = drop(browser(ada), entry, f"{DAY}T09:00", f"{DAY}T10:00", **people)

    assert answer.json()["said"] == "Moved from Ben to Grace."
    entry.refresh_from_db()
    assert list(entry.assignments.values_list("person__forename", flat=True)) == ["Grace", "Ada"]
    assert entry.revision == 2
    assert Calendar.objects.filter(entry_id=entry.pk, due_at__isnull=False).count() == 3


def test_undo_gives_it_back_to_ben(ada: Person, ben: Person) -> None:
    entry = an_entry(ben)
    client, cleo = browser(ada), a_person("Cleo")
    answer = drop(
        client, entry, f"{DAY}T12:00", f"{DAY}T13:00", from_person=ben.pk, to_person=cleo.pk
    )

    undone = client.post(answer.json()["undo"], headers={"accept": "application/json"})

    assert undone.json()["said"].startswith("“Boiler survey” is as it was before.")
    assert list(entry.assigned.all()) == [ben]
    assert when(entry)[0] == f"{DAY}T09:00"


@pytest.mark.parametrize(("one", "other", "there"), [("", "ada", 2), ("ben", "ada", 1)])
def test_whoever_is_on_it_already_is_on_it_once(
    ada: Person, ben: Person, one: str, other: str, there: int
) -> None:
    people = {"": "", "ada": ada.pk, "ben": ben.pk}
    entry = an_entry(ada, ben)

    drop(
        browser(ada),
        entry,
        f"{DAY}T09:00",
        f"{DAY}T10:00",
        from_person=people[one],
        to_person=people[other],
    )

    assert entry.assigned.count() == there


def test_an_older_revision_is_refused_with_who_changed_it_and_when(
    ada: Person, ben: Person
) -> None:
    entry = an_entry(ada, ben)
    changing.change(
        entry.pk, EntryChanges(title="Ben's"), by=ben, now=datetime(2026, 6, 1, 9, 4, tzinfo=UTC)
    )

    answer = drop(browser(ada), entry, f"{NEXT}T10:30", f"{NEXT}T11:30")

    assert answer.status_code == 409
    assert answer.json()["said"] == "Not moved: Ben changed this entry at 10:04."
    assert when(entry)[0] == f"{DAY}T09:00"


def test_somebody_elses_entry_may_be_looked_at_but_not_moved(ada: Person, ben: Person) -> None:
    entry = an_entry(ben)

    answer = drop(browser(a_person("Cleo")), entry, f"{NEXT}T10:30", f"{NEXT}T11:30")

    assert answer.status_code == 403
    assert answer.json()["said"] == "You may look at Ben's entries but not move them."
    assert when(entry)[0] == f"{DAY}T09:00"


def test_the_hour_the_clocks_skip_is_refused(ada: Person) -> None:
    answer = drop(browser(ada), an_entry(ada), f"{FORWARD}T01:30", f"{FORWARD}T02:30")

    assert answer.status_code == 422
    assert answer.json()["said"] == (
        "Not moved: 28 March has no 01:30 in Europe/London; choose 02:30 or later."
    )


def test_of_the_hour_the_clocks_show_twice_it_is_the_first_and_says_so(ada: Person) -> None:
    entry = an_entry(ada)

    answer = drop(browser(ada), entry, f"{BACK}T01:30", f"{BACK}T02:30")

    assert "The clocks show 01:30 twice; this is the first." in answer.json()["said"]
    entry.refresh_from_db()
    assert entry.starts_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_longer_entry_in_the_second_of_two_hours_still_begins_in_the_second(
    ada: Person,
) -> None:
    entry = an_entry(ada)
    start = datetime(2027, 10, 31, 1, 30)
    second = timed(start, start + timedelta(hours=1), "Europe/London", start_second=True)
    entry = changing.change(entry.pk, EntryChanges(span=second), by=ada, now=datetime.now(UTC))

    drop(browser(ada), entry, f"{BACK}T01:30", f"{BACK}T03:00")

    entry.refresh_from_db()
    assert entry.starts_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("", ""),
        ("yesterday", f"{DAY}T10:00"),
        (f"{DAY}T10:00", f"{DAY}T09:00"),
        (f"{DAY}T10:00+99:00", f"{DAY}T11:00"),
        ("9999-12-31T10:00", "9999-12-31T11:00"),
        ("2027-02-30T10:00", "2027-02-30T11:00"),
    ],
)
def test_what_is_no_place_in_the_diary_changes_nothing(ada: Person, start: str, end: str) -> None:
    entry = an_entry(ada)

    answer = drop(browser(ada), entry, start, end)

    assert answer.status_code == 422
    assert answer.json()["said"].startswith("Not moved: ")
    assert when(entry) == (f"{DAY}T09:00", "10:00", "Europe/London")


def test_a_person_who_left_cannot_be_given_an_entry(ada: Person, ben: Person) -> None:
    entry = an_entry(ada)
    Person.objects.filter(pk=ben.pk).update(is_active=False)

    answer = drop(
        browser(ada),
        entry,
        f"{DAY}T09:00",
        f"{DAY}T10:00",
        from_person=ada.pk,
        to_person=ben.pk,
    )

    assert answer.status_code == 422
    assert list(entry.assigned.all()) == [ada]


def test_a_drop_on_the_same_place_writes_nothing(ada: Person) -> None:
    entry = an_entry(ada)

    answer = drop(browser(ada), entry, f"{DAY}T09:00", f"{DAY}T10:00")

    nothing = {"reached": "", "undo": None, "other": None}
    assert answer.json() == {"said": "It is where it was.", **nothing}
    entry.refresh_from_db()
    assert entry.revision == 1


def test_a_plain_form_is_sent_back_with_the_message_and_undo(ada: Person) -> None:
    entry = an_entry(ada)
    body = {
        "revision": 1,
        "start": f"{DAY}T10:00",
        "end": f"{DAY}T11:00",
        "back": f"/?view=day&date={DAY}",
    }

    page = browser(ada).post(f"/entries/{entry.pk}/move/", body, follow=True)

    assert page.redirect_chain[-1][0] == f"/?view=day&date={DAY}"
    assert said(DAY, "10:00") in text_of(page)
    assert f'action="/entries/{entry.pk}/undo/2/"' in page.content.decode()


def test_a_deleted_entry_is_not_moved(ada: Person) -> None:
    entry = an_entry(ada)
    changing.delete(entry.pk, by=ada, now=datetime.now(UTC))

    assert drop(browser(ada), entry, f"{DAY}T10:00", f"{DAY}T11:00").status_code == 404
