"""Whatever host got into a row, no feature that connects reaches what it must not reach.

A real server waits on every address of this machine, and a hostile name server answers every name
with this machine. Rows are written past the forms that would refuse their hosts.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from tests.hostility import corpus
from tests.hostility.firm import ACCOUNT, Firm
from tests.web.build import an_entry

from daybook.couriers import guard as guards
from daybook.couriers.guard import Guard, Resolver
from daybook.entries import person_changes
from daybook.people import link_mail, mail_test
from daybook.people.models import LinkMail, LinkPurpose, MailAccount, MailTest
from daybook.sync import connecting, link_mails, mail_tests
from daybook.sync.outbound import Outbound
from daybook.sync.sentences import sentence

HOSTS = [given.text for given in corpus.inputs("host") if given.answer == "refused"]
# What a database can keep and a resolver can be asked: the rest never gets so far.
STORABLE = [host for host in HOSTS if len(host) <= 250 and "\0" not in host and host.isprintable()]
# Stands for an address of the public internet: the tests may not leave this machine.
PUBLIC = "127.0.0.2"


@dataclass
class Trap:
    """A server that takes connections at `port` of every address and counts them by address."""

    listeners: list[socket.socket]
    port: int
    questions: list[str] = field(default_factory=list)
    _found: list[str] = field(default_factory=list)

    def reached(self) -> list[str]:
        """Return the addresses somebody connected to since the last call."""
        self._take()
        found, self._found = self._found, []
        return found

    @contextlib.contextmanager
    def hanging_up(self) -> Iterator[None]:
        """Close whatever connects at once, so that nobody waits for a greeting."""
        over = threading.Event()

        def serve() -> None:
            while not over.wait(0.01):
                self._take()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _take(self) -> None:
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                while True:
                    connection, _ = listener.accept()
                    self._found.append(connection.getsockname()[0])
                    connection.close()

    def answering(self, *answers: str) -> Resolver:
        """Return a name server that gives each answer once, and then the last one for ever."""
        rest = list(answers)

        def resolve(host: str, _: int) -> list[tuple[str, int]]:
            self.questions.append(host)
            return [(rest.pop(0) if len(rest) > 1 else rest[0], 0)]

        return resolve


@pytest.fixture
def trap() -> Iterator[Trap]:
    with contextlib.ExitStack() as endings:
        four = endings.enter_context(socket.create_server(("", 0), backlog=64))
        port = four.getsockname()[1]
        listeners = [four]
        with contextlib.suppress(OSError):
            six = socket.create_server(("::", port), family=socket.AF_INET6, backlog=64)
            listeners.append(endings.enter_context(six))
        for listener in listeners:
            listener.setblocking(False)
        yield Trap(listeners, port)


# The features that connect. Each is given a host that is in a row already, and returns why it
# stopped, as the row says.


def send_what_is_due(firm: Sending, host: str, port: int) -> str:
    """An invitation leaves by the organiser's own account."""
    return _serve(firm.account, host, port)


def send_by_the_firms_mailbox(firm: Sending, host: str, port: int) -> str:
    """The same by the service organiser."""
    return _serve(firm.of_the_firm, host, port)


def try_an_account(firm: Sending, host: str, port: int) -> str:
    """“Send test message”, carried out by the worker."""
    test = MailTest.objects.get(pk=firm.test.pk)
    # Its password was forgotten when it was tried before.
    test.host, test.port, test.password_sealed = host, port, firm.test.password_sealed
    mail_tests.carry_out(test)
    return str(MailTest.objects.get(pk=firm.test.pk).steps)


def mail_a_link(firm: Sending, host: str, port: int) -> str:
    """An invitation to the diary itself, by any account of the firm."""
    MailAccount.objects.update(host=host, port=port, held_reason="")
    LinkMail.objects.filter(pk=firm.wish.pk).update(tries=0, reason="", done_at=None)
    link_mails.carry_out(LinkMail.objects.get(pk=firm.wish.pk), now=later())
    return LinkMail.objects.get(pk=firm.wish.pk).reason


def later() -> datetime:
    """Return a moment when quiet periods are over."""
    return datetime.now(UTC) + timedelta(minutes=5)


def _serve(account: MailAccount, host: str, port: int) -> str:
    rested = {"held_reason": "", "next_try_at": None, "leased_until": None}
    MailAccount.objects.filter(pk=account.pk).update(host=host, port=port, **rested)
    way_out = Outbound(now=later)
    way_out.route()
    way_out.serve(account.pk)
    held = MailAccount.objects.get(pk=account.pk)
    return held.held_reason or ("resting" if held.next_try_at else "")


class Sending(Firm):
    """A firm with something to send by each feature."""

    def __init__(self) -> None:
        super().__init__()
        now = datetime.now(UTC)
        organiser = person_changes.set_service(
            "Diary", "diary@firm.example", ACCOUNT, by=self.ada, now=now
        )
        assert organiser.account is not None
        self.of_the_firm = organiser.account
        self.account = MailAccount.objects.get(person=self.ada)
        an_entry(self.ben, creator=self.ada, kind=self.kind)
        self.test = mail_test.ask(self.ada, ACCOUNT, asked_by=self.ada, now=now)
        self.wish = link_mail.ask_to_invite(
            self.ben,
            by=self.ada,
            purpose=LinkPurpose.INVITATION,
            leads_to="https://diary.firm.example",
            now=now,
        )


def says_not_allowed(reason: str) -> bool:
    """Return whether a row says that the host may not be reached."""
    return reason == "host_not_allowed" or sentence("host_not_allowed") in reason


def use(monkeypatch: pytest.MonkeyPatch, trap: Trap, resolver: Resolver) -> None:
    """Let the product's guard believe that the trap's port is one of mail, and ask `resolver`."""
    guard = Guard(ports=[trap.port], resolver=resolver)
    monkeypatch.setattr(connecting, "guard", lambda _: guard)


FEATURES = [send_what_is_due, send_by_the_firms_mailbox, try_an_account, mail_a_link]
Feature = Callable[[Sending, str, int], str]


@pytest.mark.django_db
@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.__name__)
def test_no_feature_connects_to_a_host_it_must_not_reach(
    feature: Feature, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Sending()
    use(monkeypatch, trap, trap.answering("127.0.0.1"))
    reached = []

    for host in STORABLE:
        assert says_not_allowed(feature(firm, host, trap.port)), host
        reached += [(host, address) for address in trap.reached()]

    assert len(STORABLE) > 90
    assert reached == []


@pytest.mark.django_db
@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.__name__)
def test_no_feature_is_led_inside_by_a_name_that_changes_its_address(
    feature: Feature, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer is public, and every later one is this machine."""
    public = guards.is_public
    stands_for_public = ipaddress.ip_address(PUBLIC)
    monkeypatch.setattr(guards, "is_public", lambda a: a == stands_for_public or public(a))
    use(monkeypatch, trap, trap.answering(PUBLIC, "127.0.0.1"))

    firm = Sending()
    with trap.hanging_up():
        feature(firm, "smtp.rebound.example", trap.port)

    # Each account is one connection: mailing a link tries the next one, which is led inside.
    assert set(trap.reached()) == {PUBLIC}


@pytest.mark.django_db
@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.__name__)
def test_no_feature_follows_a_name_that_leads_inside(
    feature: Feature, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Sending()

    for inside in ("127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "fd00::1", "64:ff9b::7f00:1"):
        use(monkeypatch, trap, trap.answering(inside))
        assert says_not_allowed(feature(firm, "smtp.firm.example", trap.port)), inside

    assert trap.questions
    assert trap.reached() == []
