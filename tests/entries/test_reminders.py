"""Each person's own reminders: kept right through every change, and none that nobody asked for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.entries.build import (
    NOW,
    TODAY,
    a_person,
    an_administrator,
    an_entry,
    at,
    due_addresses,
    told,
)

from daybook.calendaring.event import all_day
from daybook.entries import changing, person_changes, reminders, undoing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, Reminder, ReminderState
from daybook.entries.reminders import Habit
from daybook.people.details import PersonChanges
from daybook.people.faults import InvalidInput, NotAllowed
from daybook.people.models import Person

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)
QUARTER = Habit(timed=[15], in_browser=True)


def reminded(forename: str = "Ada", habit: Habit = QUARTER) -> Person:
    """Return a saved person with that habit."""
    person = a_person(forename)
    reminders.choose_habit(person, habit, now=NOW)
    person.refresh_from_db()
    return person


def waiting(person: Person) -> list[tuple[str, int]]:
    """Return what a person will be reminded of: London time, minutes before."""
    rows = Reminder.objects.filter(person=person, due_at__isnull=False).order_by("due_at")
    return [(f"{row.due_at:%d %H:%M}", row.minutes) for row in rows]


def give(entry: DiaryEntry) -> None:
    """Let the reminders of `entry` be given, as a worker does."""
    for row in Reminder.objects.filter(entry=entry, due_at__isnull=False):
        assert row.due_at is not None
        assert reminders.take(row, row.due_at)


def test_nobody_is_reminded_who_did_not_ask() -> None:
    an_entry(a_person("Ada"), a_person("Ben"))

    assert not Reminder.objects.exists()


def test_a_habit_reminds_of_new_entries_and_of_those_that_are_there() -> None:
    ada = a_person("Ada")
    an_entry(ada, span=at(10))
    reminders.choose_habit(ada, Habit(timed=[15, 60], in_browser=True), now=NOW)
    ada.refresh_from_db()

    an_entry(ada, span=at(14))

    assert waiting(ada) == [("23 09:00", 60), ("23 09:45", 15), ("23 13:00", 60), ("23 13:45", 15)]


def test_a_habit_is_nobody_elses() -> None:
    ada, ben = reminded("Ada"), a_person("Ben")

    an_entry(ada, ben)

    assert waiting(ben) == []


def test_another_habit_takes_the_place_of_the_first_and_none_ends_it() -> None:
    ada = reminded()
    an_entry(ada, span=at(10))

    reminders.choose_habit(ada, Habit(timed=[30], by_mail=True), now=LATER)
    assert waiting(ada) == [("23 09:30", 30)]
    reminders.choose_habit(ada, Habit(), now=LATER)
    assert waiting(ada) == []


def test_whole_days_have_a_habit_of_their_own() -> None:
    ada = reminded(habit=Habit(timed=[15], all_day=[420], in_browser=True))
    day = TODAY + timedelta(days=2)

    an_entry(ada, span=all_day(day, day + timedelta(days=1), "Europe/London"))

    assert waiting(ada) == [("24 17:00", 420)]


def test_a_choice_for_one_entry_comes_before_the_habit_until_it_is_taken_back() -> None:
    ada = reminded()
    entry = an_entry(ada, span=at(10))

    reminders.choose_for(entry.pk, ada, [5, 60], now=NOW)
    assert waiting(ada) == [("23 09:00", 60), ("23 09:55", 5)]
    reminders.choose_for(entry.pk, ada, [], now=NOW)
    assert waiting(ada) == []
    reminders.choose_for(entry.pk, ada, None, now=NOW)
    assert waiting(ada) == [("23 09:45", 15)]


def test_a_choice_outlives_a_move_but_not_the_kind_of_entry_it_was_for() -> None:
    ada = reminded(habit=Habit(timed=[15], all_day=[420], in_browser=True))
    entry = an_entry(ada, span=at(10))
    reminders.choose_for(entry.pk, ada, [5], now=NOW)

    changing.change(entry.pk, EntryChanges(span=at(12)), by=ada, now=LATER)
    assert waiting(ada) == [("23 11:55", 5)]
    day = date(2026, 11, 25)
    whole = all_day(day, day + timedelta(days=1), "Europe/London")
    changing.change(entry.pk, EntryChanges(span=whole), by=ada, now=LATER)
    assert waiting(ada) == [("24 17:00", 420)]


def test_whoever_is_reminded_nowhere_yet_is_reminded_on_the_pages() -> None:
    ada = a_person("Ada")
    entry = an_entry(ada)

    reminders.choose_for(entry.pk, ada, [15], now=NOW)

    ada.refresh_from_db()
    assert (ada.remind_in_browser, ada.remind_by_mail) == (True, False)


def test_only_people_on_an_entry_are_reminded_of_it() -> None:
    entry = an_entry(a_person("Ada"))

    with pytest.raises(NotAllowed):
        reminders.choose_for(entry.pk, a_person("Cleo"), [15], now=NOW)
    with pytest.raises(NotAllowed):
        reminders.choose_for(entry.pk, an_administrator(), [15], now=NOW)


@pytest.mark.parametrize(
    ("habit", "field"),
    [
        (Habit(timed=[0, 5, 10, 15, 30, 60], in_browser=True), "timed"),
        (Habit(timed=[-5], in_browser=True), "timed"),
        (Habit(timed=[4 * 7 * 24 * 60 + 1], in_browser=True), "timed"),
        (Habit(all_day=[-1500], in_browser=True), "all_day"),
        (Habit(timed=[5]), "channels"),
    ],
)
def test_a_habit_that_cannot_be_is_refused_at_its_field(habit: Habit, field: str) -> None:
    ada = reminded()

    with pytest.raises(InvalidInput) as refused:
        reminders.choose_habit(ada, habit, now=NOW)

    assert [fault.field for fault in refused.value.faults] == [field]
    ada.refresh_from_db()
    assert ada.reminders_timed == [15]


def test_reminders_follow_an_entry_through_everything_that_happens_to_it() -> None:
    ada, ben = reminded("Ada"), reminded("Ben")
    entry = an_entry(ada, span=at(10))

    changing.change(entry.pk, EntryChanges(assigned=[ben.pk]), by=ada, now=LATER)
    assert (waiting(ada), waiting(ben)) == ([], [("23 09:45", 15)])
    changing.change(entry.pk, EntryChanges(span=at(11)), by=ada, now=LATER)
    assert waiting(ben) == [("23 10:45", 15)]
    for verb in (changing.cancel, changing.restore, changing.delete, changing.restore):
        verb(entry.pk, by=ada, now=LATER)
        expected = [("23 10:45", 15)] if verb is changing.restore else []
        assert waiting(ben) == expected
    changing.complete(entry.pk, by=ada, now=LATER)
    assert waiting(ben) == []


def test_undoing_a_move_brings_the_former_reminder_back() -> None:
    ada = reminded()
    entry = an_entry(ada, span=at(10))
    former = undoing.remember(entry)
    moved = changing.change(entry.pk, EntryChanges(span=at(15)), by=ada, now=LATER)

    undoing.put_back(entry.pk, former, by=ada, undone=moved.revision, now=LATER)

    assert waiting(ada) == [("23 09:45", 15)]


def test_somebody_who_leaves_the_firm_is_reminded_of_nothing_and_of_all_again_on_return() -> None:
    root, ada = an_administrator(), reminded()
    an_entry(ada, span=at(10))

    person_changes.save_person(ada.pk, PersonChanges(active=False), by=root, now=LATER)
    assert waiting(ada) == []
    person_changes.save_person(ada.pk, PersonChanges(active=True), by=root, now=LATER)
    assert waiting(ada) == [("23 09:45", 15)]


def test_whole_days_follow_the_zone_of_their_reader() -> None:
    ada = reminded(habit=Habit(all_day=[420], in_browser=True))
    day = TODAY + timedelta(days=2)
    an_entry(ada, span=all_day(day, day + timedelta(days=1), "Europe/London"))

    changes = PersonChanges(timezone="America/New_York")
    person_changes.save_person(ada.pk, changes, by=ada, now=LATER)

    assert waiting(ada) == [("24 22:00", 420)]


def test_an_entry_that_moves_reminds_again_and_one_that_moves_back_does_not() -> None:
    ada = reminded()
    entry = an_entry(ada, span=at(10))
    give(entry)
    at_quarter_to = at(10).starts_at() - timedelta(minutes=15)

    changing.change(entry.pk, EntryChanges(span=at(12)), by=ada, now=at_quarter_to)
    assert waiting(ada) == [("23 11:45", 15)]
    changing.change(entry.pk, EntryChanges(span=at(10)), by=ada, now=at_quarter_to)
    assert waiting(ada) == []


def test_whoever_books_too_late_for_a_reminder_gets_none() -> None:
    ada = reminded()

    an_entry(ada, span=at(10), now=at(10).starts_at() - timedelta(minutes=10))

    assert not Reminder.objects.exists()


def test_a_late_reminder_is_given_while_the_entry_has_not_begun_and_dropped_after() -> None:
    ada = reminded(habit=Habit(timed=[15, 60], in_browser=True))
    entry = an_entry(ada, span=at(10))
    late, later = Reminder.objects.filter(entry=entry).order_by("due_at")

    assert reminders.take(late, entry.starts_at - timedelta(minutes=1))
    assert not reminders.take(later, entry.starts_at)
    assert set(Reminder.objects.values_list("minutes", "state")) == {
        (60, ReminderState.GIVEN),
        (15, ReminderState.DROPPED),
    }


def test_a_reminder_is_given_once_whoever_asks() -> None:
    ada = reminded()
    an_entry(ada, span=at(10))
    row = Reminder.objects.get()
    now = row.due_at
    assert now is not None

    assert [reminders.take(row, now) for _ in range(3)] == [True, False, False]


def test_what_is_shown_is_put_away_for_the_whole_entry_and_announced_by_one_browser() -> None:
    ada = reminded(habit=Habit(timed=[15, 60], in_browser=True))
    entry = an_entry(ada, span=at(10))
    give(entry)
    now = entry.starts_at - timedelta(minutes=5)
    first, second = reminders.shown_to(ada, now)

    assert [reminders.announce(ada, first.pk, now) for _ in range(2)] == [True, False]
    reminders.put_away(ada, second.pk, now)

    assert not reminders.shown_to(ada, now).exists()


def test_nobody_puts_away_or_announces_what_is_somebody_elses() -> None:
    ada, ben = reminded("Ada"), a_person("Ben")
    give(an_entry(ada, span=at(10)))
    row = Reminder.objects.get()

    reminders.put_away(ben, row.pk, NOW)

    assert not reminders.announce(ben, row.pk, NOW)
    assert reminders.shown_to(ada, NOW).exists()


def test_what_ended_a_month_ago_is_forgotten() -> None:
    ada = reminded()
    entry = an_entry(ada, span=at(10))
    give(entry)

    assert reminders.forget(entry.ends_at + timedelta(days=29)) == 0
    assert reminders.forget(entry.ends_at + timedelta(days=31)) == 1


def test_reminders_tell_no_calendar_anything() -> None:
    ada, ben = a_person("Ada"), a_person("Ben")
    entry = an_entry(ada, ben)
    told(entry, organiser=ada)

    reminders.choose_habit(ada, Habit(timed=[15], in_calendar=True), now=LATER)
    reminders.choose_for(entry.pk, ada, [5], now=LATER)

    entry.refresh_from_db()
    assert (due_addresses(entry), entry.revision) == (set(), 1)
