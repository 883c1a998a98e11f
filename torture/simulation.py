"""A firm in one process, with a clock that moves when told and a post that may do anything."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.sync.firm import Crash
from tests.sync.post import FATES
from torture.sink import Sink

from daybook.couriers.courier import Mail, Outcome, ends_batch
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar
from daybook.people import accounts
from daybook.people.models import MailAccount, Person
from daybook.sync import lease, repair
from daybook.sync.outbound import Outbound
from torture import firm

POINTS = ("before claim", "claimed", "opened", "answered", "written")


class Simulation:
    """`fate` names what meets the next mail (see `tests/sync/post.py`), `crash` who dies where.

    Both are asked each time; "" is no crash. `sent` is when each mail was begun, by account.
    """

    def __init__(
        self,
        *,
        accounts: int,
        guests: int,
        per_minute: int = 0,
        fate: Callable[[], str] = lambda: "accepted",
        crash: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.now = firm.now().replace(microsecond=0)
        self.sink, self.fate, self.crash = Sink(), fate, crash
        self.senders = firm.senders(accounts, 1)
        self.guests = firm.guests(guests)
        self.entries: list[tuple[DiaryEntry, Person]] = []
        self.sent: list[tuple[int, datetime]] = []
        self.outbound = Outbound(
            courier_for=lambda account: _Carrier(self, account),
            now=lambda: self.now,
            per_minute=per_minute,
            passing=self._passing,
        )

    def save(self, count: int, on_each: int, *, chooser: random.Random | None = None) -> None:
        """Make `count` entries by the senders in turn."""
        for number in range(count):
            sender = self.senders[number % len(self.senders)]
            on_it = chooser.sample(self.guests, on_each) if chooser else self.guests[:on_each]
            self.entries.append((firm.save(sender, on_it, at_time=self.now), sender))

    def reword(self, title: str, which: Sequence[tuple[DiaryEntry, Person]]) -> None:
        """Give entries another title."""
        for entry, sender in which:
            firm.reword(entry, title, by=sender, at_time=self.now)

    def work(self) -> int:
        """Do rounds until nothing more happens at this moment; return how many mails were begun."""
        before = len(self.sent)
        while self._round():
            pass
        return len(self.sent) - before

    def finish(self) -> None:
        """Let every server behave, end every hold, and go from due time to due time to the end."""
        self.fate, self.crash = lambda: "accepted", lambda _: False
        for _ in range(200):
            self.end_holds()
            self.work()
            ahead = self._next()
            if ahead is None:
                return
            self.now = max(self.now, ahead)

    def end_holds(self) -> None:
        """Try every held account again, as its owner may."""
        for account in MailAccount.objects.exclude(held_reason=""):
            accounts.try_again(account.pk, by=None)

    def repair(self) -> int:
        """Run the repair round."""
        return repair.repair(self.now)

    def begin(self, account: MailAccount, mail: Mail) -> Outcome:
        """Let a mail meet its fate."""
        self.sent.append((account.pk, self.now))
        outcome, arrives = FATES[self.fate()]
        if arrives:
            self.sink.take(mail.envelope_from, mail.envelope_to, mail.data)
        return outcome

    def _round(self) -> bool:
        try:
            happened = bool(self.outbound.route())
            due = Calendar.objects.filter(due_at__lte=self.now, account_id__isnull=False)
            usable = lease.usable(self.now).filter(pk__in=due.values("account_id"))
            for pk in list(usable.order_by("pk").values_list("pk", flat=True)):
                happened = bool(self.outbound.serve(pk)) or happened
        except Crash:
            return True
        return happened

    def _passing(self, point: str) -> None:
        if self.crash(point):
            raise Crash

    def _next(self) -> datetime | None:
        """Return when something may be done that could not be done now, None if nothing waits."""
        due = Calendar.objects.exclude(due_at=None)
        if not due.exists():
            return None
        times = set(due.values_list("due_at", flat=True).distinct())
        for account in MailAccount.objects.all():
            times |= {account.leased_until, account.next_try_at, account.held_until}
        coming = [time for time in times if time is not None and time > self.now]
        return min(coming, default=self.now + timedelta(minutes=1))


@dataclass(frozen=True)
class _Carrier:
    """Keeps the contract of `courier.Courier` for one account."""

    simulation: Simulation
    account: MailAccount

    def carry(
        self, mails: Sequence[Mail], still_ours: Callable[[], bool]
    ) -> Iterator[tuple[int, Outcome]]:
        for mail in mails:
            if not still_ours():
                return
            outcome = self.simulation.begin(self.account, mail)
            yield mail.key, outcome
            if ends_batch(outcome):
                return
