"""From a saved entry to what arrives: the ordinary stories."""

from __future__ import annotations

import pytest
from tests.entries.build import a_person, a_type, an_entry, at, calendars
from tests.sync.world import World, to, value

from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.ledger.models import Calendar, CalendarState

pytestmark = pytest.mark.django_db


def test_an_entry_for_two_people_is_mailed_to_both() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    an_entry(ada, ben, title="Boiler survey", now=world.now)

    mails = world.run()

    assert sorted(to(mails)) == ["ada@firm.example", "ben@firm.example"]
    request = next(mail for mail in mails if mail.envelope_to == ben.email)
    assert value(request, "METHOD") == "REQUEST"
    assert value(request, "SUMMARY") == "Boiler survey"
    assert value(request, "SEQUENCE") == "0"


def test_nothing_is_mailed_twice() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    an_entry(ada, ben, now=world.now)
    world.run()

    assert world.run(hours=1) == []
    assert not Calendar.objects.filter(due_at__isnull=False).exists()


def test_ten_edits_before_sending_are_one_message() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)
    for number in range(10):
        changing.change(entry.pk, EntryChanges(title=f"Take {number}"), by=ada, now=world.now)

    mails = world.run()

    assert sorted(to(mails)) == ["ada@firm.example", "ben@firm.example"]
    assert {value(mail, "SUMMARY") for mail in mails} == {"Take 9"}
    assert {value(mail, "SEQUENCE") for mail in mails} == {"0"}


def test_a_move_is_an_update_with_a_higher_sequence() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)
    world.run()
    changing.change(entry.pk, EntryChanges(span=at(15)), by=ada, now=world.now)

    mails = world.run()

    request = next(mail for mail in mails if mail.envelope_to == ben.email)
    assert value(request, "SEQUENCE") == "1"
    assert value(request, "DTSTART") == "20261123T150000"


def test_whoever_is_taken_off_is_told_so_and_the_others_that_people_changed() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)
    world.run()
    changing.change(entry.pk, EntryChanges(assigned=(ada.pk,)), by=ada, now=world.now)

    mails = world.run()

    methods = {mail.envelope_to: value(mail, "METHOD") for mail in mails}
    assert methods[ben.email] == "CANCEL"
    assert calendars(entry)[ben.email].state == CalendarState.WITHDRAWN


def test_putting_somebody_back_invites_with_a_number_above_the_cancel() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)
    world.run()
    changing.change(entry.pk, EntryChanges(assigned=(ada.pk,)), by=ada, now=world.now)
    cancel = next(mail for mail in world.run() if mail.envelope_to == ben.email)
    changing.change(entry.pk, EntryChanges(assigned=(ada.pk, ben.pk)), by=ada, now=world.now)

    again = next(mail for mail in world.run() if mail.envelope_to == ben.email)

    assert value(again, "METHOD") == "REQUEST"
    assert int(value(again, "SEQUENCE")) > int(value(cancel, "SEQUENCE"))


def test_a_type_that_does_not_synchronise_mails_nobody_and_says_why() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, kind=a_type("Reminder", synchronise=False), now=world.now)

    assert world.run() == []
    assert calendars(entry)[ben.email].reason == "type_not_synchronised"


def test_without_anybody_who_can_send_the_entry_waits_with_a_reason() -> None:
    ada, ben = a_person("Ada"), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)

    assert world.run() == []
    assert {row.reason for row in calendars(entry).values()} == {"no_sender"}


def test_deleting_withdraws_and_restoring_invites_again() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)
    world.run()
    changing.delete(entry.pk, by=ada, now=world.now)
    gone = world.run()
    changing.restore(entry.pk, by=ada, now=world.now)
    back = world.run()

    assert [value(mail, "METHOD") for mail in gone if mail.envelope_to == ben.email] == ["CANCEL"]
    assert [value(mail, "METHOD") for mail in back if mail.envelope_to == ben.email] == ["REQUEST"]
    assert value(next(m for m in back if m.envelope_to == ben.email), "SEQUENCE") == "2"


def test_deleting_before_anything_left_mails_nobody() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)
    changing.delete(entry.pk, by=ada, now=world.now)

    assert world.run() == []
