"""A mail server that refuses the password while a thousand messages wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from aiosmtpd.smtp import AuthResult, LoginPassword
from torture.figures import Figure
from torture.sink import Sink, sink

from daybook.ledger.models import Parcel
from daybook.people import accounts
from daybook.people.accounts import AccountInput
from daybook.people.models import MailAccount, Person
from daybook.sync.outbound import Outbound
from daybook.web.notices import notices_for
from torture import firm, installation, workers

ANSWERS = ("535 5.7.8 no", "550 5.7.30 basic authentication is not supported")
RIGHT = "sesame"


def measured(short: bool) -> Iterator[Figure]:
    queued = 50 if short else 1_000
    tried: list[str] = []

    def authenticate(_server: object, _session: object, _line: object, *data: object) -> AuthResult:
        _, given = data
        assert isinstance(given, LoginPassword)
        tried.append(given.password.decode())
        if tried[-1] == RIGHT:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=ANSWERS[len(tried) % 2])

    how = {
        "tls_context": installation.server_tls(),
        "require_starttls": True,
        "auth_required": True,
        "authenticator": authenticate,
    }
    with sink(server=how) as mail:
        yield refused_then_right(mail, queued, tried)


def refused_then_right(mail: Sink, queued: int, tried: list[str]) -> Figure:
    """Queue, be refused under two passwords, wait, and set the right one."""
    [ada], guests = firm.senders(1, mail.port), firm.guests(10)
    for _ in range(queued // 10):
        firm.save(ada, guests)
    notices = []
    with workers.workers(2):
        for password in ("wrong", "wrong again"):
            _set_account(ada, mail.port, password)
            _until_held()
            time.sleep(2)
            notices.append(len(notices_for(Person.objects.get(pk=ada.pk), firm.now())))
    # Held until something changes, however long that takes.
    for days in (1, 10, 30):
        later = Outbound(now=lambda days=days: firm.now() + timedelta(days=days))  # type: ignore[misc]
        later.serve(ada.mail_account.pk)
    refused, kept = list(tried), firm.waiting()
    with workers.workers(2):
        _set_account(ada, mail.port, RIGHT)
        deadline = time.monotonic() + 240
        while firm.waiting() and time.monotonic() < deadline:
            time.sleep(0.1)
    lines = Parcel.objects.filter(state="sent").count()
    return Figure(
        f"The password is refused with {queued:,} queued: one try for each password that was set, "
        "one notice, nothing lost, and all is sent when the right one is set",
        f"{len(refused)} tries with 2 wrong passwords, notices {notices}, {kept:,} kept; then "
        f"{len(mail.arrivals):,} sent, {mail.copies()} twice",
        refused == ["wrong", "wrong again"]
        and notices == [1, 1]
        and kept == queued
        and len(mail.arrivals) == queued == lines,
    )


def _set_account(ada: Person, port: int, password: str) -> None:
    typed = AccountInput("127.0.0.1", port, "starttls", "ada", password, ada.email)
    accounts.set_account(Person.objects.get(pk=ada.pk), typed, by=None, now=firm.now())


def _until_held() -> None:
    deadline = time.monotonic() + 60
    while not MailAccount.objects.exclude(held_reason="").exists():
        if time.monotonic() > deadline:
            raise RuntimeError("nobody tried to sign in")
        time.sleep(0.05)
