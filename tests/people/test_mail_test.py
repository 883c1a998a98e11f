"""Wishes to try a mail account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.people.build import NOW, account, administrator, at_the_same_time, someone

from daybook.people import accounts, mail_test, sealing
from daybook.people.accounts import AccountInput
from daybook.people.faults import InvalidInput, NotAllowed
from daybook.people.models import MailAccount, MailTest, Person


def ask(owner: Person, typed: AccountInput | None = None, **more: object) -> MailTest:
    by = more.pop("asked_by", owner)
    assert isinstance(by, Person)
    return mail_test.ask(owner, typed or account(), asked_by=by, **({"now": NOW} | more))  # type: ignore[arg-type]


@pytest.mark.django_db
def test_what_was_typed_is_tried_and_the_stored_account_stays() -> None:
    ada = someone("ada")
    accounts.set_account(ada, account(), by=None, now=NOW)

    test = ask(ada, account(host="smtp.other.example", password="another horse"))

    assert (test.host, mail_test.open_password(test)) == ("smtp.other.example", "another horse")
    assert (test.state, test.to_address) == ("waiting", "ada@firm.example")
    assert MailAccount.objects.get().host == "smtp.firm.example"


@pytest.mark.django_db
def test_a_password_left_out_is_the_stored_one() -> None:
    ada = someone("ada")
    accounts.set_account(ada, account(password="correct horse"), by=None, now=NOW)

    assert mail_test.open_password(ask(ada, account(password=None))) == "correct horse"


@pytest.mark.django_db
def test_a_stored_password_that_cannot_be_read_is_asked_for_again() -> None:
    ada = someone("ada")
    accounts.set_account(ada, account(), by=None, now=NOW)
    MailAccount.objects.update(password_sealed=b"\x01" + b"damaged" * 20)

    with pytest.raises(InvalidInput) as refusal:
        ask(ada, account(password=None))

    assert [fault.code for fault in refusal.value.faults] == ["password_missing"]


@pytest.mark.django_db
def test_what_may_not_be_set_may_not_be_tried_either() -> None:
    with pytest.raises(InvalidInput) as refusal:
        ask(someone("ada"), account(host="127.0.0.1", password="a\r\nb"))

    assert [fault.field for fault in refusal.value.faults] == ["host", "password"]
    assert not MailTest.objects.exists()


@pytest.mark.django_db
def test_only_the_owner_or_an_administrator_tries_an_account() -> None:
    ada = someone("ada")

    assert ask(ada, asked_by=administrator()).to_address == "root@firm.example"
    with pytest.raises(NotAllowed):
        ask(ada, asked_by=someone("cleo"))


@pytest.mark.django_db
def test_nobody_tries_more_than_five_times_a_minute() -> None:
    ada = someone("ada")
    for _ in range(5):
        ask(ada)

    with pytest.raises(InvalidInput) as refusal:
        ask(ada)

    assert [fault.code for fault in refusal.value.faults] == ["too_many_tests"]
    assert ask(someone("ben")).state == "waiting"
    assert ask(ada, now=NOW + timedelta(minutes=1)).state == "waiting"


@pytest.mark.django_db
def test_a_finished_test_forgets_its_password() -> None:
    ask(someone("ada"))
    test = mail_test.claim(NOW)
    assert test is not None

    steps = [{"step": "connect", "state": "failed", "sentence": "Nobody answered."}]
    mail_test.finish(test, steps, passed=False, now=NOW)

    test.refresh_from_db()
    assert (test.state, test.steps, bytes(test.password_sealed)) == ("failed", steps, b"")


@pytest.mark.django_db
def test_a_test_whose_worker_died_is_carried_out_by_another() -> None:
    ask(someone("ada"))
    first = mail_test.claim(NOW)

    assert mail_test.claim(NOW + timedelta(minutes=9)) is None
    assert mail_test.claim(NOW + timedelta(minutes=10)) == first


@pytest.mark.django_db
def test_a_tests_password_opens_in_no_other_row() -> None:
    ada, ben = someone("ada"), someone("ben")
    of_ada, of_ben = ask(ada), ask(ben)
    accounts.set_account(ada, account(), by=None, now=NOW)
    MailTest.objects.filter(pk=of_ben.pk).update(password_sealed=of_ada.password_sealed)
    MailAccount.objects.update(password_sealed=of_ada.password_sealed)

    with pytest.raises(sealing.SealBroken):
        mail_test.open_password(MailTest.objects.get(pk=of_ben.pk))
    with pytest.raises(sealing.SealBroken):
        accounts.open_password(MailAccount.objects.get())


@pytest.mark.django_db
def test_yesterdays_tests_are_forgotten() -> None:
    ask(someone("ada"))

    ask(someone("ben"), now=NOW + timedelta(days=1, seconds=1))

    assert [test.asked_by.username for test in MailTest.objects.all()] == ["ben"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_carry_out_the_same_test() -> None:
    ada = someone("ada")
    for _ in range(4):
        ask(ada)

    claimed = at_the_same_time([lambda: mail_test.claim(NOW) for _ in range(8)])

    pks = [test.pk for test in claimed if isinstance(test, MailTest)]
    assert len(pks) == len(set(pks)) == 4
