"""With a real mail server: the first invitation arrives, trouble is shown, and mending ends it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone
from pytest_django import Settings
from tests.web.build import a_person, a_type, an_administrator, an_entry, browser, text_of

from daybook.demo.post_office import Mailboxes, PostOffice
from daybook.entries import person_changes
from daybook.ledger.models import Calendar
from daybook.people.accounts import AccountInput
from daybook.people.details import PersonChanges
from daybook.people.models import MailAccount, Person
from daybook.sync.outbound import Outbound

pytestmark = pytest.mark.django_db(transaction=True)


class Picky(PostOffice):
    """A mail server that refuses the addresses it is told to refuse."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        super().__init__(mailboxes)
        self.no_sender = ""
        self.no_mailbox = ""

    async def handle_MAIL(  # noqa: N802 - the server's name for it
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self.no_sender:
            return "553 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if address == self.no_mailbox:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"


@pytest.fixture
def office(tmp_path: Path, settings: Settings) -> Iterator[Picky]:
    settings.DAYBOOK = replace(
        settings.DAYBOOK, mail_hosts_allowed=("127.0.0.1",), quiet_seconds=0, mail_per_minute=0
    )
    office = Picky(Mailboxes(tmp_path))
    yield office
    office.close()


@pytest.fixture
def ada() -> Person:
    return an_administrator()


def connect(person: Person, port: int) -> MailAccount:
    typed = AccountInput("127.0.0.1", port, "none", "", "")
    return person_changes.set_mail_account(person, typed, by=person, now=timezone.now())


def a_port_nobody_answers() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def send_what_is_due() -> None:
    outbound = Outbound()
    for _ in range(5):
        outbound.route()
        for pk in MailAccount.objects.values_list("pk", flat=True):
            outbound.serve(pk)


def standing(ada: Person) -> str:
    [state] = browser(ada).get("/settings/mail-accounts/").context["states"]
    return str(state.standing.value)


def test_the_first_steps_end_with_a_letter_in_a_mailbox(ada: Person, office: Picky) -> None:
    connect(ada, office.open())
    ben = a_person("Ben")
    entry = an_entry(ben, kind=a_type(), creator=ada)
    assert browser(ada).get("/").context["first"].done == 2

    send_what_is_due()

    page = browser(ada).get("/")
    assert page.context["first"].done == 4
    words = text_of(page)
    assert "Your first invitation has arrived" in words
    assert f"{entry.title} went to Ben on" in words
    assert "Kept in the demo mailbox" in words
    assert standing(ada) == "Ready"


def test_a_refused_address_is_said_until_it_is_corrected(ada: Person, office: Picky) -> None:
    connect(ada, office.open())
    office.no_mailbox = "ben@firm.example"
    ben = a_person("Ben")
    entry = an_entry(ben, kind=a_type(), creator=ada)

    send_what_is_due()

    assert "An entry did not reach your calendar at ben@firm.example." in text_of(
        browser(ben).get("/")
    )
    assert "Ben, ben@firm.example: 1 entry did not arrive." in text_of(
        browser(ada).get("/settings/")
    )
    page = browser(ada).get(f"/entries/{entry.pk}/")
    assert [mend.link for mend in page.context["mends"]] == ["Edit Details: Ben"]

    person_changes.save_person(
        ben.pk, PersonChanges(email="benjamin@firm.example"), by=ada, now=timezone.now()
    )
    send_what_is_due()

    ben.refresh_from_db()
    assert Calendar.objects.get(address_key="benjamin@firm.example").state == "sent"
    assert "did not reach" not in text_of(browser(ben).get("/"))
    assert browser(ada).get(f"/entries/{entry.pk}/").context["mends"] == []


def test_a_held_account_sends_again_after_trying_again(ada: Person, office: Picky) -> None:
    account = connect(ada, office.open())
    office.no_sender = "ada@firm.example"
    an_entry(a_person("Ben"), kind=a_type(), creator=ada)

    send_what_is_due()

    assert standing(ada) == "Held"
    assert "nothing has been sent since" in text_of(browser(ada).get("/"))
    page = browser(ada).get("/settings/mail-accounts/")
    assert "Sender address rejected" in text_of(page)

    office.no_sender = ""
    browser(ada).post(f"/settings/mail-accounts/{account.pk}/try-again/")
    send_what_is_due()

    assert standing(ada) == "Ready"
    assert Calendar.objects.get().state == "sent"
    assert "nothing has been sent since" not in text_of(browser(ada).get("/"))


def test_a_server_that_was_away_is_tried_at_once_when_asked(ada: Person, office: Picky) -> None:
    account = connect(ada, a_port_nobody_answers())
    an_entry(a_person("Ben"), kind=a_type(), creator=ada)

    send_what_is_due()
    assert standing(ada) == "Resting"

    # The server is back (at another port, for this one may be anybody's by now).
    MailAccount.objects.filter(pk=account.pk).update(port=office.open())
    send_what_is_due()
    assert Calendar.objects.get().state == "waiting"

    browser(ada).post(f"/settings/mail-accounts/{account.pk}/try-again/")
    send_what_is_due()
    assert Calendar.objects.get().state == "sent"
