"""The service organiser."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from tests.people.build import NOW, account, administrator, change, someone, synchronising

from daybook.people import accounts, service
from daybook.people.faults import InvalidInput, NotAllowed
from daybook.people.models import MailAccount, Person, ServiceOrganiser

pytestmark = pytest.mark.django_db


def set_office(address: str = "office@firm.example", by: Person | None = None) -> ServiceOrganiser:
    return service.set_service_organiser("The office", address, account(), by=by, now=NOW)


def test_there_is_one_and_it_is_empty_at_first() -> None:
    assert (service.the().pk, service.the().address, service.can_send()) == (1, "", False)
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceOrganiser.objects.create(pk=2)


def test_once_set_it_can_send_from_its_address() -> None:
    set_office("Office@firm.example")

    row = service.the()
    assert (row.name, row.address, row.address_key) == (
        *("The office", "Office@firm.example"),
        "office@firm.example",
    )
    assert row.account is not None
    assert row.account.from_address == "Office@firm.example"
    assert accounts.open_password(row.account) == "correct horse"
    assert service.can_send()


def test_it_cannot_take_a_synchronising_persons_address() -> None:
    synchronising("ada")

    with pytest.raises(InvalidInput) as refusal:
        set_office("ADA@firm.example")

    assert [(f.field, f.code) for f in refusal.value.faults] == [("address", "email_not_unique")]
    assert not MailAccount.objects.exists()


def test_it_may_have_the_address_of_somebody_who_does_not_synchronise() -> None:
    someone("ada")

    assert set_office("ada@firm.example").address == "ada@firm.example"


def test_a_person_who_moves_to_its_address_lapses() -> None:
    set_office()

    outcome = change(synchronising("ada"), email="office@firm.example")

    assert outcome.lapse == "email_not_unique"


def test_every_fault_is_named_at_once_and_nothing_is_kept() -> None:
    with pytest.raises(InvalidInput) as refusal:
        service.set_service_organiser("a\nb", "nobody", account(host="127.0.0.1"), by=None, now=NOW)

    fields = [fault.field for fault in refusal.value.faults]
    assert fields == ["name", "address", "host"]
    assert not MailAccount.objects.exists()


def test_a_bad_sender_of_its_own_is_named_beside_a_bad_address() -> None:
    with pytest.raises(InvalidInput) as refusal:
        service.set_service_organiser(
            "Office", "nobody", account(from_address="no one"), by=None, now=NOW
        )

    assert [fault.field for fault in refusal.value.faults] == ["address", "from_address"]


def test_removed_it_frees_its_address_and_keeps_its_accounts_id() -> None:
    before = set_office().account_id

    service.remove_service_organiser(by=None, now=NOW)

    assert (service.the().address, service.the().account, service.can_send()) == ("", None, False)
    change(someone("ada", email="office@firm.example"), email_syncing=True, diary_sync=True)
    assert set_office("desk@firm.example").account_id == before


def test_only_administrators_set_it() -> None:
    set_office(by=administrator())

    for by in (someone("cleo"), administrator("former", is_active=False)):
        with pytest.raises(NotAllowed):
            set_office(by=by)
        with pytest.raises(NotAllowed):
            service.remove_service_organiser(by=by, now=NOW)
