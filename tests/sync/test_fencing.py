"""A worker that lost its account to another writes nothing, whatever its server said."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from tests.entries.build import a_person, an_entry
from tests.sync.world import World

from daybook.couriers.courier import Accepted, AccountTrouble, Outcome, Refused, TryLater
from daybook.ledger.models import Calendar, CalendarState, LogLine, Parcel, ParcelState
from daybook.people.models import MailAccount

pytestmark = pytest.mark.django_db

ANSWERS = [
    Accepted("250 Ok"),
    Refused("recipient_refused", "550 5.1.1 no such user"),
    TryLater("deferred", "451 4.7.1 try again later"),
    TryLater("connection_lost", uncertain=True),
    AccountTrouble("sign_in_refused", "535 5.7.8 no"),
]


def a_world_in_which_the_account_is_lost(at: str, *script: Outcome) -> World:
    """Return Ada's entry for Ben, and a worker whose lease passes to another at one point."""
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    an_entry(ben, creator=ada)
    world = World(script)
    world.passing(lambda point: lose_the_lease() if point == at else None)
    return world


def lose_the_lease() -> None:
    MailAccount.objects.update(lease=99)


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_of_a_mail_whose_answer_comes_too_late_nothing_is_written(answer: Outcome) -> None:
    world = a_world_in_which_the_account_is_lost("answered", answer)
    world.run()

    calendar, parcel = Calendar.objects.get(), Parcel.objects.get()
    assert (calendar.told, calendar.state, calendar.reason) == (None, CalendarState.WAITING, "")
    assert (parcel.state, parcel.tries, parcel.uncertain) == (ParcelState.OPENED, 0, False)
    assert LogLine.objects.get().server_reply == ""
    assert (MailAccount.objects.get().held_reason, MailAccount.objects.get().failures) == ("", 0)


def test_what_was_claimed_is_not_opened_after_the_account_was_lost() -> None:
    world = a_world_in_which_the_account_is_lost("claimed")
    world.run()

    assert world.courier.batches == []
    assert Parcel.objects.get().state == ParcelState.FROZEN


@pytest.mark.django_db(transaction=True)
def test_a_renewal_that_comes_too_late_does_not_keep_an_account_from_everybody() -> None:
    an_entry(a_person("Ben"), creator=a_person("Ada", sends=True))
    world = World()
    asked, over = threading.Event(), threading.Event()

    def late() -> datetime:
        asked.set()
        assert over.wait(10)
        return world.now

    def renew() -> None:
        replace(world.outbound, now=late).renew_leases()
        connection.close()

    renewing = threading.Thread(target=renew)

    def begin(point: str) -> None:
        if point == "answered":
            renewing.start()
            assert asked.wait(10)

    world.passing(begin)
    world.run()
    over.set()
    renewing.join()

    assert len(world.courier.delivered) == 1
    assert MailAccount.objects.get().leased_until is None


def test_neither_is_anything_of_the_mails_after_one_that_was_written() -> None:
    ada, ben, cleo = a_person("Ada", sends=True), a_person("Ben"), a_person("Cleo")
    an_entry(ben, cleo, creator=ada)
    world = World()
    world.passing(lambda point: lose_the_lease() if point == "written" else None)
    world.run()

    assert sorted(Parcel.objects.values_list("state", flat=True)) == ["opened", "sent"]
    assert sorted(Calendar.objects.values_list("state", flat=True)) == ["sent", "waiting"]


def test_an_account_is_told_that_it_has_sent_although_its_first_mail_was_refused() -> None:
    ada, ben, cleo = a_person("Ada", sends=True), a_person("Ben"), a_person("Cleo")
    an_entry(ben, cleo, creator=ada)
    MailAccount.objects.update(failures=3)
    world = World([Refused("recipient_refused", "550 5.1.1 no such user")])
    world.run()

    account = MailAccount.objects.get()
    assert (account.last_sent_at, account.failures) == (world.now, 0)


def test_a_long_batch_prolongs_its_lease_again_and_again() -> None:
    ada = a_person("Ada", sends=True)
    an_entry(*(a_person(f"Guest{number}") for number in range(20)), creator=ada)
    world = World()
    ends: list[timedelta] = []

    def answered_slowly(point: str) -> None:
        if point == "answered":
            world.wait(seconds=4)
        if point == "written":
            leased_until = MailAccount.objects.get().leased_until
            assert leased_until is not None
            ends.append(leased_until - world.now)

    world.passing(answered_slowly)
    world.run()

    assert len(world.courier.delivered) == 20
    assert min(ends) > timedelta(seconds=54)
