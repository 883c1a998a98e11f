"""The three criteria, where somebody asks for synchronisation and where one of them goes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests.people.build import NOW, account, administrator, change, someone, synchronising

from daybook.people import criteria, service
from daybook.people.faults import InvalidInput
from daybook.people.models import AuditLine, Person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("columns", "codes"),
    [
        ({"email_syncing": True}, []),
        ({}, ["email_syncing_off"]),
        ({"email_syncing": True, "email": ""}, ["email_missing"]),
        ({"email": ""}, ["email_syncing_off", "email_missing"]),
        ({"email_syncing": True, "email": "ben@firm.example"}, ["email_not_unique"]),
        ({"email": "BEN@Firm.Example"}, ["email_syncing_off", "email_not_unique"]),
    ],
)
def test_what_is_missing_is_named_in_order(columns: dict[str, Any], codes: list[str]) -> None:
    synchronising("ben")

    assert criteria.missing(someone("ada", **columns)) == codes


def test_an_address_shared_with_somebody_who_does_not_synchronise_is_available() -> None:
    someone("ben", email="office@firm.example", email_syncing=True)

    assert criteria.available(someone("ada", email="office@firm.example", email_syncing=True))


def test_an_address_of_a_deactivated_person_is_available() -> None:
    synchronising("ben", email="office@firm.example", is_active=False)

    assert criteria.available(someone("ada", email="office@firm.example", email_syncing=True))


def test_the_service_organisers_address_is_taken() -> None:
    service.set_service_organiser("Office", "office@firm.example", account(), by=None, now=NOW)
    ada = someone("ada", email="Office@firm.example", email_syncing=True)

    assert criteria.missing(ada) == ["email_not_unique"]


def test_both_switches_and_an_address_may_be_set_together() -> None:
    ada = someone("ada", email="")

    outcome = change(ada, email="ada@firm.example", email_syncing=True, diary_sync=True)

    assert (outcome.sync_was, outcome.sync_is, outcome.lapse) == (False, True, "")
    ada.refresh_from_db()
    assert ada.diary_sync


def test_asking_for_synchronisation_against_the_criteria_names_all_that_is_missing() -> None:
    ada = someone("ada", email="")

    with pytest.raises(InvalidInput) as refusal:
        change(ada, diary_sync=True, surname="Never saved")

    assert refusal.value.missing == ["email_syncing_off", "email_missing"]
    ada.refresh_from_db()
    assert (ada.diary_sync, ada.surname) == (False, "")


def test_asking_with_a_bad_address_faults_the_address_and_the_switch() -> None:
    ada = someone("ada", email_syncing=True)

    with pytest.raises(InvalidInput) as refusal:
        change(ada, email="ada@localhost", diary_sync=True)

    assert [(fault.field, fault.code) for fault in refusal.value.faults] == [
        ("email", "email_invalid"),
        ("diary_sync", "email_invalid"),
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"email": ""}, "email_missing"),
        ({"email": "BEN@firm.example"}, "email_not_unique"),
        ({"email_syncing": False}, "email_syncing_off"),
    ],
)
def test_synchronisation_lapses_with_the_criterion_that_goes(
    fields: dict[str, Any], reason: str
) -> None:
    synchronising("ben")
    ada = synchronising("ada")

    outcome = change(ada, **fields)

    assert (outcome.sync_was, outcome.sync_is, outcome.lapse) == (True, False, reason)
    ada.refresh_from_db()
    assert (ada.diary_sync, ada.lapse_reason, ada.lapsed_at) == (False, reason, NOW)
    line = AuditLine.objects.get(what="diary_sync_lapsed")
    assert line.detail == {"person": ada.pk, "reason": reason}


def test_turning_synchronisation_off_oneself_is_no_lapse() -> None:
    ada = synchronising("ada")

    outcome = change(ada, diary_sync=False, email="")

    assert outcome.lapse == ""
    assert Person.objects.get().lapse_reason == ""


def test_a_new_address_keeps_synchronisation_on_and_reports_both_keys() -> None:
    outcome = change(synchronising("ada"), email="Ada.L@Firm.Example")

    assert outcome.sync_is
    assert (outcome.old_key, outcome.new_key) == ("ada@firm.example", "ada.l@firm.example")
    assert outcome.person.email == "Ada.L@Firm.Example"


def test_another_spelling_of_the_same_address_is_no_new_address() -> None:
    assert not change(synchronising("ada"), email="ADA@firm.example").address_changed


def test_the_reason_of_a_lapse_stays_until_synchronisation_is_on_again() -> None:
    ada = synchronising("ada")
    change(ada, email="")
    change(ada, email="ada@firm.example")
    assert Person.objects.get().lapse_reason == "email_missing"

    change(ada, diary_sync=True)

    assert Person.objects.get().lapse_reason == ""


def test_who_comes_back_to_a_taken_address_comes_back_without_synchronisation() -> None:
    administrator()
    ada = synchronising("ada", email="office@firm.example")
    change(ada, active=False)
    synchronising("ben", email="office@firm.example")

    outcome = change(ada, active=True)

    assert outcome.active_changed
    assert outcome.lapse == "email_not_unique"


@pytest.mark.parametrize(
    "columns",
    [
        {"email_syncing": False},
        {"email_key": ""},
        {"email_key": "ben@firm.example"},
    ],
)
def test_the_database_itself_refuses_what_gets_past_the_verbs(columns: dict[str, Any]) -> None:
    synchronising("ben")
    ada = synchronising("ada")

    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=ada.pk).update(**columns)
