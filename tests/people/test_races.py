"""Many people at once: what only real threads on real connections can show."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connections, transaction
from tests.people.build import NOW, account, administrator, at_the_same_time, change, someone

from daybook.people import accounts, service
from daybook.people.faults import InvalidInput
from daybook.people.models import MailAccount, Person
from daybook.people.service import set_service_organiser as set_service

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_forty_who_turn_on_one_address_exactly_one_wins() -> None:
    people = [someone(f"person{n}", email="office@firm.example") for n in range(40)]

    outcomes = at_the_same_time(
        [partial(change, person, email_syncing=True, diary_sync=True) for person in people]
    )

    refusals = [outcome for outcome in outcomes if isinstance(outcome, InvalidInput)]
    assert [refusal.missing for refusal in refusals] == [["email_not_unique"]] * 39
    assert len([outcome for outcome in outcomes if not isinstance(outcome, Exception)]) == 1
    assert Person.objects.filter(diary_sync=True).count() == 1


def test_a_person_and_the_service_never_both_get_an_address() -> None:
    for attempt in range(10):
        address = f"office{attempt}@firm.example"
        ada = someone(f"ada{attempt}", email=address, email_syncing=True)

        jobs: list[Callable[[], object]] = [
            partial(change, ada, diary_sync=True),
            partial(set_service, "Office", address, account(), by=None, now=NOW),
        ]

        outcomes = at_the_same_time(jobs)

        faults = [o.faults for o in outcomes if isinstance(o, InvalidInput)]
        assert [[fault.code for fault in each] for each in faults] == [["email_not_unique"]]
        assert len([outcome for outcome in outcomes if not isinstance(outcome, Exception)]) == 1
        ada.refresh_from_db()
        assert ada.diary_sync != (service.the().address == address)


def test_who_writes_past_the_verbs_meets_the_constraint_and_the_verb_says_so() -> None:
    """Only PostgreSQL lets the second write begin before the first is committed."""
    ada = someone("ada", email="office@firm.example", email_syncing=True)
    ben = someone("ben", email="office@firm.example", email_syncing=True)
    written, started = threading.Event(), threading.Event()

    def past_the_verbs() -> None:
        with transaction.atomic():
            Person.objects.filter(pk=ben.pk).update(diary_sync=True)
            written.set()
            started.wait(timeout=10)
            # Long enough for the other to come as far as the row it cannot write.
            threading.Event().wait(0.3)
        connections.close_all()

    thread = threading.Thread(target=past_the_verbs)
    thread.start()
    assert written.wait(timeout=10)
    started.set()
    with pytest.raises(InvalidInput) as refusal:
        change(ada, diary_sync=True)
    thread.join()

    assert refusal.value.missing == ["email_not_unique"]


def test_of_twenty_who_take_one_user_name_exactly_one_wins() -> None:
    people = [someone(f"person{n}") for n in range(20)]

    outcomes = at_the_same_time([partial(change, person, username="Ärzte") for person in people])

    refusals = [outcome for outcome in outcomes if isinstance(outcome, InvalidInput)]
    assert [fault.code for r in refusals for fault in r.faults] == ["username_taken"] * 19


def test_the_last_two_administrators_cannot_demote_each_other() -> None:
    ada, ben = administrator("ada"), administrator("ben")

    for _ in range(10):
        Person.objects.update(role="administrator")
        outcomes = at_the_same_time(
            [
                partial(change, ben, by=ada, role="member"),
                partial(change, ada, by=ben, role="member"),
            ]
        )

        assert len([o for o in outcomes if isinstance(o, InvalidInput)]) == 1
        assert Person.objects.filter(role="administrator").count() == 1


def test_setting_one_account_twice_at_once_leaves_one_row() -> None:
    ada = someone("ada")

    outcomes = at_the_same_time(
        [lambda: accounts.set_account(ada, account(), by=None, now=NOW) for _ in range(8)]
    )

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [row.revision for row in MailAccount.objects.all()] == [8]
