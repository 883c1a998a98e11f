"""Links reach people by an account of the firm, whatever else happens."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from tests.people.build import NOW, account, administrator, someone

from daybook.couriers.courier import AccountTrouble, Mail, Outcome, Refused, TryLater
from daybook.couriers.memory import MemoryCourier
from daybook.people import accounts, link_mail, links, service
from daybook.people.faults import InvalidInput
from daybook.people.models import LinkMail, LinkPurpose, MailAccount, OneTimeLink, Person
from daybook.sync import link_mails

pytestmark = pytest.mark.django_db
DIARY = "https://diary.firm.example"


class Firm:
    """A firm with couriers that keep what they carry, one for each account."""

    def __init__(self) -> None:
        self.ada = administrator("ada")
        self.ben = someone("ben")
        self.now = NOW
        self.courier = MemoryCourier()
        self.used: list[str] = []
        service.set_service_organiser(
            "Diary", "diary@firm.example", account(), by=self.ada, now=NOW
        )

    def script(self, *outcomes: Outcome) -> None:
        self.courier = MemoryCourier(outcomes)

    def ask(self, typed: str) -> LinkMail:
        return link_mail.ask_for_reset(typed, leads_to=DIARY, now=self.now)

    def work(self) -> list[Mail]:
        """Carry out every wish whose time has come; return what arrived."""
        before = len(self.courier.delivered)
        while (wish := link_mail.claim(self.now)) is not None:
            link_mails.carry_out(wish, now=self.now, courier_for=self._courier_for)
        return self.courier.delivered[before:]

    def _courier_for(self, account: MailAccount) -> MemoryCourier:
        self.used.append(account.from_address)
        return self.courier


@pytest.fixture
def firm() -> Firm:
    return Firm()


def link_in(mail: Mail) -> str:
    """Return the secret of the link in a mail."""
    message = message_from_bytes(mail.data, policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(re.escape(DIARY) + r"/accounts/link/([\w-]+)/", body.get_content())
    assert found is not None
    return found[1]


@pytest.mark.parametrize("typed", ["ben", "BEN", " ben ", "ben@firm.example", "Ben@Firm.Example"])
def test_who_forgot_the_password_gets_a_link_that_works(firm: Firm, typed: str) -> None:
    firm.ask(typed)

    (mail,) = firm.work()

    assert mail.envelope_to == "ben@firm.example"
    new = "plenty of rope and time"
    assert links.redeem(link_in(mail), new, NOW) == firm.ben


@pytest.mark.parametrize("typed", ["zed", "zed@firm.example", "not an address@", "%", "ben%"])
def test_nobody_gets_nothing(firm: Firm, typed: str) -> None:
    firm.ask(typed)

    assert firm.work() == []
    wish = LinkMail.objects.get()
    assert (wish.state, wish.typed) == ("sent", "")


def test_somebody_who_left_or_has_no_address_gets_nothing(firm: Firm) -> None:
    someone("carl", is_active=False)
    someone("dora", email="")
    for name in ("carl", "dora"):
        firm.ask(name)

    assert firm.work() == []


def test_the_wish_holds_no_secret_and_forgets_who_it_was(firm: Firm) -> None:
    firm.ask("ben")

    secret = link_in(firm.work()[0])

    row = LinkMail.objects.values().get()
    assert row["typed"] == ""
    assert not any(secret in str(value) for value in row.values())


def test_the_firms_own_mailbox_comes_before_an_administrators(firm: Firm) -> None:
    Person.objects.filter(pk=firm.ada.pk).update(email_syncing=True)
    accounts.set_account(firm.ada, account(), by=None, now=NOW)
    firm.ask("ben")
    firm.work()
    service.remove_service_organiser(by=firm.ada, now=NOW)
    firm.ask("ben")
    firm.work()

    assert firm.used == ["diary@firm.example", "ada@firm.example"]


def test_an_account_in_trouble_is_followed_by_the_next(firm: Firm) -> None:
    Person.objects.filter(pk=firm.ada.pk).update(email_syncing=True)
    accounts.set_account(firm.ada, account(), by=None, now=NOW)
    firm.script(AccountTrouble("sign_in_refused"))
    firm.ask("ben")

    assert [mail.envelope_from for mail in firm.work()] == ["ada@firm.example"]


def test_what_does_not_get_through_is_tried_again_with_a_link_of_its_own(firm: Firm) -> None:
    firm.script(TryLater("server_busy"))
    firm.ask("ben")

    assert firm.work() == []
    assert firm.work() == []
    firm.now += timedelta(minutes=1)
    (mail,) = firm.work()

    assert links.find(link_in(mail), firm.now) is not None


def test_it_is_given_up_after_a_while_with_a_reason(firm: Firm) -> None:
    firm.script(*[TryLater("unreachable")] * 20)
    person = firm.ben
    link_mail.ask_to_invite(
        person, by=firm.ada, purpose=LinkPurpose.INVITATION, leads_to=DIARY, now=NOW
    )
    for _ in range(10):
        firm.work()
        firm.now += timedelta(minutes=30)

    wish = LinkMail.objects.get()
    assert (wish.state, wish.reason, wish.tries) == ("failed", "unreachable", 5)


def test_a_refused_address_is_not_tried_at_the_next_account(firm: Firm) -> None:
    Person.objects.filter(pk=firm.ada.pk).update(email_syncing=True)
    accounts.set_account(firm.ada, account(), by=None, now=NOW)
    firm.script(Refused("recipient_refused", "550 no such user"))
    firm.ask("ben")

    assert firm.work() == []
    assert firm.used == ["diary@firm.example"]


def test_asking_again_and_again_fills_nobodys_mailbox_and_the_first_links_stay_good(
    firm: Firm,
) -> None:
    for _ in range(10):
        firm.ask("ben")

    mails = firm.work()

    assert len(mails) == 3
    assert all(links.find(link_in(mail), NOW) is not None for mail in mails)
    firm.now += timedelta(hours=1)
    firm.ask("ben")
    assert len(firm.work()) == 1


def test_an_invited_person_reads_what_it_is_about(firm: Firm) -> None:
    link_mail.ask_to_invite(
        firm.ben, by=firm.ada, purpose=LinkPurpose.INVITATION, leads_to=DIARY, now=NOW
    )

    (mail,) = firm.work()

    message = message_from_bytes(mail.data, policy=default)
    assert message["Subject"] == "Your place in the diary"
    assert message["From"] == "Diary <diary@firm.example>"
    link = OneTimeLink.objects.get()
    assert (link.purpose, link.expires_at - NOW) == ("invitation", timedelta(days=7))


def test_a_wish_is_carried_out_by_one_worker(firm: Firm) -> None:
    firm.ask("ben")

    assert link_mail.claim(NOW) is not None
    assert link_mail.claim(NOW) is None
    assert link_mail.claim(NOW + timedelta(minutes=10)) is not None


@pytest.mark.parametrize("typed", ["", "  ", "a\r\nb", "x" * 255, "a\u2028b"])
def test_what_can_be_nobodys_name_is_refused(firm: Firm, typed: str) -> None:
    with pytest.raises(InvalidInput):
        firm.ask(typed)
    assert not LinkMail.objects.exists()
