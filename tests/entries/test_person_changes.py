"""What a change to a person, a mail account or the service organiser does to calendars."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries
from tests.entries.build import (
    NOW,
    TODAY,
    a_person,
    an_administrator,
    an_entry,
    at,
    calendars,
    due_addresses,
    told,
)

from daybook.entries import changing, person_changes
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, UidCounter
from daybook.people.accounts import AccountInput
from daybook.people.changes import PersonChanges
from daybook.people.faults import InvalidInput, NotAllowed
from daybook.people.models import Person

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
ADA, BEN, NEW = "ada@firm.example", "ben@firm.example", "new@firm.example"
YESTERDAY = at(9, day=TODAY - timedelta(days=1))


@pytest.fixture
def root() -> Person:
    return an_administrator()


@pytest.fixture
def ada() -> Person:
    return a_person("Ada")


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


def save(person: Person, *, by: Person, effect: str = "apply", **changes: object) -> Person:
    wanted = PersonChanges(**changes)  # type: ignore[arg-type]
    return person_changes.save_person(person.pk, wanted, by=by, now=LATER, effect=effect)


def stuck(*entries: DiaryEntry, reason: str = "no_sender") -> None:
    """Make it so that a worker looked at the calendars of `entries` and found nobody to send."""
    Calendar.objects.filter(entry_id__in=[entry.pk for entry in entries]).update(
        due_at=None, due_by=None, state="not_sent", reason=reason
    )


def test_a_new_person_has_no_calendars_yet(root: Person) -> None:
    wanted = PersonChanges(username="dan", forename="Dan", email="dan@firm.example")

    dan = person_changes.save_person(None, wanted, by=root, now=NOW)

    assert (dan.username, dan.email_key) == ("dan", "dan@firm.example")
    assert not Calendar.objects.exists()


def test_a_new_address_is_invited_and_the_old_one_looked_at_again(
    root: Person, ada: Person, ben: Person
) -> None:
    coming = an_entry(ada, ben)
    over = an_entry(ada, span=YESTERDAY)
    told(coming, over)

    save(ada, by=root, email="New@Firm.example")

    assert due_addresses(coming) == {ADA, NEW}
    assert set(calendars(over)) == {ADA}
    assert due_addresses(over) == set()
    row = calendars(coming)[NEW]
    assert (row.address, row.told, row.starts_at) == ("New@Firm.example", None, coming.starts_at)


def test_deleted_entries_and_those_of_others_are_not_offered_to_a_new_address(
    root: Person, ada: Person, ben: Person
) -> None:
    deleted, others = an_entry(ada), an_entry(ben)
    changing.delete(deleted.pk, by=ada, now=NOW)

    save(ada, by=root, email=NEW)

    assert not Calendar.objects.filter(address_key=NEW).exists()
    assert set(calendars(others)) == {BEN}


def test_an_address_that_comes_back_is_due_again(root: Person, ada: Person) -> None:
    entry = an_entry(ada)
    save(ada, by=root, email=NEW)
    told(entry)

    save(ada, by=root, email=ADA)

    assert due_addresses(entry) == {ADA, NEW}
    assert Calendar.objects.count() == 2


def test_an_emptied_address_lapses_synchronisation_and_is_withdrawn(
    root: Person, ada: Person
) -> None:
    entry = an_entry(ada)
    told(entry)

    after = save(ada, by=root, email="")

    assert (after.diary_sync, after.lapse_reason) == (False, "email_missing")
    assert due_addresses(entry) == {ADA}


def test_a_lapse_may_leave_what_was_told(root: Person, ada: Person) -> None:
    entry = an_entry(ada)
    told(entry)

    save(ada, by=root, email="", effect="leave")

    assert due_addresses(entry) == set()
    assert calendars(entry)[ADA].released_by == root.pk


@pytest.mark.parametrize(
    "switch",
    [
        {"diary_sync": False},
        {"email_syncing": False},
        {"active": False},
        {"calendar_kind": "outlook"},
    ],
)
def test_a_switch_reaches_that_persons_calendars_that_are_to_come(
    root: Person, ada: Person, ben: Person, switch: dict[str, object]
) -> None:
    coming, over = an_entry(ada, ben), an_entry(ada, ben, span=YESTERDAY)
    told(coming, over)

    save(ada, by=root, **switch)  # type: ignore[arg-type]

    assert due_addresses([coming, over]) == {ADA}
    assert due_addresses(over) == set()


@pytest.mark.parametrize("effect", ["apply", "leave"])
def test_any_number_of_a_persons_calendars_follow_in_one_update(
    root: Person,
    ada: Person,
    effect: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    entries = [an_entry(ada) for _ in range(40)]
    told(*entries)

    with django_assert_max_num_queries(20) as asked:
        save(ada, by=root, effect=effect, diary_sync=False)

    updates = [q["sql"] for q in asked.captured_queries if "UPDATE" in q["sql"][:8]]
    assert sum("ledger_calendar" in sql for sql in updates) == 1
    assert len(due_addresses(entries)) == (1 if effect == "apply" else 0)


def test_names_zones_and_passwords_mail_nobody(root: Person, ada: Person) -> None:
    entry = an_entry(ada)
    told(entry)

    save(ada, by=root, forename="Adeline", timezone="Asia/Tokyo", password="a long enough one 7")

    assert due_addresses(entry) == set()


def test_a_refused_change_leaves_calendars_alone(root: Person, ada: Person, ben: Person) -> None:
    entry = an_entry(ada)
    told(entry)

    with pytest.raises(InvalidInput):
        save(ada, by=root, email=BEN, diary_sync=True)
    with pytest.raises(NotAllowed):
        save(ada, by=ben, email=NEW)

    assert due_addresses(entry) == set()
    assert set(calendars(entry)) == {ADA}
    ada.refresh_from_db()
    assert ada.email_key == ADA


OPEN_SERVER = AccountInput("smtp.firm.example", 587, "starttls", "ada", "secret")


def test_a_mail_account_frees_what_waited_for_a_sender(
    ada: Person, ben: Person, root: Person
) -> None:
    made, on_it, others = an_entry(ben, creator=ada), an_entry(ben, ada), an_entry(ben)
    stuck(made, on_it, others)

    person_changes.set_mail_account(ada, OPEN_SERVER, by=ada, now=LATER)

    assert due_addresses(made) == {BEN}
    assert due_addresses(on_it) == {ADA, BEN}
    assert due_addresses(others) == set()


def test_new_credentials_try_again_what_the_server_refused(ada: Person, ben: Person) -> None:
    person_changes.set_mail_account(ada, OPEN_SERVER, by=ada, now=NOW)
    entry, told_well = an_entry(ben, creator=ada), an_entry(ben, creator=ada)
    told(entry, told_well, organiser=ada)
    Calendar.objects.filter(entry_id=entry.pk).update(
        refused_print="print", state="problem", reason="recipient_refused"
    )

    person_changes.set_mail_account(ada, OPEN_SERVER, by=ada, now=LATER)

    row = calendars(entry)[BEN]
    assert row.refused_print == ""
    assert due_addresses([entry, told_well]) == {BEN}
    assert due_addresses(told_well) == set()


def test_a_mail_account_moves_nothing_that_was_left(ada: Person, ben: Person) -> None:
    entry = an_entry(ben, creator=ada)
    stuck(entry)
    Calendar.objects.update(released_at=NOW)

    person_changes.set_mail_account(ada, OPEN_SERVER, by=ada, now=LATER)

    assert due_addresses(entry) == set()


def test_what_a_removed_account_would_have_carried_asks_for_another(
    ada: Person, ben: Person
) -> None:
    account = person_changes.set_mail_account(ada, OPEN_SERVER, by=ada, now=NOW)
    entry = an_entry(ben, creator=ada)
    Calendar.objects.update(account_id=account.pk)
    mark = calendars(entry)[BEN].mark

    person_changes.remove_mail_account(ada, by=ada, now=LATER)

    row = calendars(entry)[BEN]
    assert (row.account_id, row.mark) == (None, mark + 1)


def test_what_waits_for_somebody_who_stops_sending_asks_for_another(
    root: Person, ben: Person
) -> None:
    ada = a_person("Ada", syncs=False, sends=True)
    entry = an_entry(ben, creator=ada)
    Calendar.objects.update(account_id=ada.mail_account.pk)

    save(ada, by=root, email_syncing=False)

    assert calendars(entry)[BEN].account_id is None
    assert due_addresses(entry) == {BEN}


def test_email_syncing_back_on_frees_what_waited_for_that_sender(root: Person, ben: Person) -> None:
    ada = a_person("Ada", syncs=False, sends=True)
    entry = an_entry(ben, creator=ada)
    save(ada, by=root, email_syncing=False)
    stuck(entry, reason="organiser_cannot_send")

    save(ada, by=root, email_syncing=True)

    assert due_addresses(entry) == {BEN}


def test_the_service_organiser_frees_whatever_found_no_sender(root: Person, ben: Person) -> None:
    entry, over = an_entry(ben), an_entry(ben, span=YESTERDAY)
    stuck(entry, over)
    typed = AccountInput("smtp.firm.example", 587, "starttls", "diary", "secret")

    row = person_changes.set_service("Diary", "diary@firm.example", typed, by=root, now=LATER)

    assert row.address == "diary@firm.example"
    assert due_addresses([entry, over]) == {BEN}
    assert due_addresses(over) == set()
    with pytest.raises(NotAllowed):
        person_changes.set_service("Mine", "mine@firm.example", typed, by=ben, now=LATER)


def test_counters_are_never_touched_by_a_change_of_people(root: Person, ada: Person) -> None:
    entry = an_entry(ada)
    told(entry)

    save(ada, by=root, email=NEW)

    assert UidCounter.objects.get(uid=entry.uid).sequence == 0
