"""Conversations with mail servers are cut, stalled and answered badly, at every point."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from tests.couriers.mail_server import PASSWORD, USERNAME
from torture.bad_server import CUT, GARBAGE, RESET, STALL, BadServer, Fault
from torture.figures import Figure

from daybook.couriers.signing_in import SmtpAccount
from daybook.couriers.smtp import SmtpCourier
from daybook.couriers.wire import Timeouts
from daybook.ledger.models import Calendar
from daybook.people import accounts
from daybook.people.accounts import AccountInput
from daybook.people.models import MailAccount, Person
from daybook.sync import connecting
from daybook.sync.outbound import Outbound
from torture import firm, installation

POINTS = (
    *("greeting", "EHLO", "STAR", "EHLO again", "AUTH", "MAIL", "RCPT", "DATA", "in the text"),
    *("TEXT", "RSET", "MAIL of the second"),
)
SILENCES = (CUT, RESET, STALL, GARBAGE)
TEMPORARY = (
    *("421 4.3.2 closing", "450 4.2.1 too fast", "451 4.7.1 later", "452 4.3.1 no room"),
    *("454 4.7.0 not now", "432 4.3.2 too many connections"),
)
SIGN_IN = ("535 5.7.8 no", "530 5.7.0 sign in", "550 5.7.30 basic authentication is not supported")
A_DAYS = ("550 5.4.5 daily limit", "554 5.2.0 STOREDRV.Submission.Exception quota exceeded")
UNKNOWN, TOO_LARGE, SPAM = "550 5.1.1 no such user", "552 5.3.4 too large", "554 5.7.1 spam"
CODES = (*TEMPORARY, *SIGN_IN, *A_DAYS, UNKNOWN, TOO_LARGE, SPAM)


@dataclass(frozen=True)
class Trial:
    """`kind` meets us at `point`, on a server that offers PIPELINING or does not."""

    point: str
    kind: str
    pipelining: bool

    def expected(self) -> str:
        """Return what the mail that met it should come to, by the table of the manual."""
        rows = (
            (self.kind in (*SILENCES, *TEMPORARY), "later"),
            (self.point in ("STAR", "AUTH") or self.kind in SIGN_IN, "account"),
            (self.point in ("greeting", "EHLO", "EHLO again"), "later"),
            (self.kind in A_DAYS, "day"),
            (self.point == "RSET", "later"),
            # A full mailbox empties.
            ((self.point, self.kind) == ("RCPT", TOO_LARGE), "later"),
            # What is wrong with the sender is wrong with all mails.
            (self.point.startswith("MAIL") and self.kind != TOO_LARGE, "account"),
            (self.kind == UNKNOWN, "recipient"),
        )
        return next((comes_to for holds, comes_to in rows if holds), "message")

    @property
    def makes_no_sense(self) -> bool:
        return self.point == "in the text" and self.kind not in (CUT, RESET, STALL)

    def fault(self) -> Fault:
        match self.point:
            case "EHLO again":
                return Fault("EHLO", self.kind, mail=1)
            case "MAIL of the second":
                return Fault("MAIL", self.kind, mail=1)
        return Fault(self.point, self.kind)


def measured(short: bool) -> Iterator[Figure]:
    trials = [
        trial
        for point, kind, pipelining in product(POINTS, (*SILENCES, *CODES), (False, True))
        if not (trial := Trial(point, kind, pipelining)).makes_no_sense
    ]
    random.Random(821).shuffle(trials)
    count = 25 if short else 2_000
    laboratory = Laboratory()
    wrong: Counter[str] = Counter()
    with BadServer(auth="PLAIN", starttls=installation.server_tls()) as server:
        for number in range(count):
            trial = trials[number % len(trials)]
            fault = laboratory.run(server, trial)
            if fault:
                wrong[f"{trial}: {fault}"] += 1
    yield Figure(
        f"{count:,} conversations cut, reset, stalled, or answered with nonsense or one of "
        f"{len(CODES)} codes, at {len(POINTS)} points, with and without PIPELINING: each comes to "
        "what the table says, nothing is lost, a copy only where the last answer was",
        f"{count - wrong.total():,} of {count:,} as the table says"
        + "".join(f"; {each}" for each in list(wrong)[:3]),
        not wrong,
    )


class Laboratory:
    """One account that tells Ben and Dora of an entry, through whatever server there is."""

    def __init__(self) -> None:
        [self.ada] = firm.senders(1, 1, label="ada")
        self.guests = firm.guests(2)
        self.ahead = timedelta()
        self.patience = 1.0
        self.outbound = Outbound(
            courier_for=self._courier, now=lambda: firm.now() + self.ahead, per_minute=0
        )

    def run(self, server: BadServer, trial: Trial) -> str:
        """Return what went otherwise than it should, "" if nothing did."""
        self._set_account(server.port)
        server.received.clear()
        server._pipelining, server.fault = trial.pipelining, trial.fault()
        server._meetings = iter(["has an unknown recipient"] if trial.point == "RSET" else [])
        self.patience = 0.15 if trial.kind == STALL else 3.0
        entry = firm.save(self.ada, self.guests, title="Visit", at_time=firm.now() + self.ahead)
        rows = Calendar.objects.filter(entry_id=entry.pk).order_by("pk")
        self._work()
        place = 1 if trial.point in ("RSET", "MAIL of the second") else 0
        found = self._came_to(rows[place])
        if server.fault is not None:
            return "it never came to that point"
        if found != trial.expected():
            return f"{found} instead of {trial.expected()}"
        self._let_all_be_well()
        if rows.filter(due_at__isnull=False).exists():
            return "something still waits"
        return self._what_arrived(server, trial, rows[place])

    def _what_arrived(self, server: BadServer, trial: Trial, row: Calendar) -> str:
        refused = {self.guests[0].email} if trial.point == "RSET" else set()
        if trial.expected() in ("recipient", "message"):
            refused.add(row.address)
        told = Counter(to for _, to, _ in server.received)
        if set(told) != {guest.email for guest in self.guests} - refused:
            return f"told {sorted(told)}"
        may_be_doubled = trial.point == "TEXT" and trial.kind in SILENCES
        copies = told.total() - len(told)
        if copies > may_be_doubled or copies != len(server.received) - len(set(server.received)):
            return f"{copies} copies"
        return ""

    def _came_to(self, row: Calendar) -> str:
        account = MailAccount.objects.get()
        if account.held_reason:
            return "account" if account.held_until is None else "day"
        if row.reason in ("recipient_refused", "message_refused"):
            return row.reason.removesuffix("_refused")
        return "later" if row.due_at is not None else row.state

    def _let_all_be_well(self) -> None:
        self.patience = 3.0
        for _ in range(4):
            self.ahead += timedelta(minutes=10)
            account = MailAccount.objects.exclude(held_reason="").first()
            if account is not None:
                accounts.try_again(account.pk, by=None)
            self._work()

    def _work(self) -> None:
        self.outbound.route()
        while self.outbound.serve(MailAccount.objects.get().pk):
            pass

    def _set_account(self, port: int) -> None:
        if self.ada.mail_account.port == port:
            return
        typed = AccountInput("127.0.0.1", port, "starttls", USERNAME, PASSWORD, self.ada.email)
        self.ada = Person.objects.get(pk=self.ada.pk)
        accounts.set_account(self.ada, typed, by=None, now=firm.now())
        self.ada.refresh_from_db()

    def _courier(self, account: MailAccount) -> SmtpCourier:
        patience = self.patience
        return SmtpCourier(
            SmtpAccount(
                account.host, account.port, "starttls", USERNAME, accounts.open_password(account)
            ),
            connecting.guard(("127.0.0.1",)),
            ca_file=str(installation.CA_FILE),
            timeouts=Timeouts(patience, patience, 4 * patience, patience),
        )
