"""From due calendars to accepted mail: route, claim, open, carry, write down.

The one path by which anything leaves. Dying at any point of it loses nothing: what was not
committed is claimed again, and what was opened is sent again, byte for byte.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from daybook.couriers.courier import AccountTrouble, Courier, Mail, Outcome, ends_batch
from daybook.ledger.models import Parcel
from daybook.people.models import MailAccount
from daybook.people.sealing import SealBroken
from daybook.sync import claiming, connecting, figures, journal, outcomes, pace, suspects
from daybook.sync import lease as leases
from daybook.sync.ahead import NOTHING, Ahead, Asked, Turn
from daybook.sync.answers import Answers
from daybook.sync.journal import Journal
from daybook.sync.lease import Deadline, Lease

log = structlog.get_logger()

# What is prepared once for each batch costs as much as forty messages. More would keep an edit
# waiting too long: some tenths of a second, or longer if the mail server is slow.
BATCH = 500
# Seconds after which no further batch is planned ahead: other accounts may wait for their turn.
LONGEST_TURN = 5.0


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is to be sent; `alone` is the id of the suspect that was looked at, if it was one."""

    parcels: list[Parcel]
    alone: int | None


@dataclass(slots=True)
class Carried:
    """What became of a batch; `lost`: the lease was, and what came last is not written down."""

    account: MailAccount
    untried: list[Parcel]
    last: Outcome | None
    done: int = 0
    lost: bool = False

    @property
    def trouble(self) -> Outcome | None:
        """What ended the batch before its end."""
        return self.last if self.last is not None and ends_batch(self.last) else None

    @property
    def may_go_on(self) -> bool:
        return not (self.lost or self.untried or self.trouble)


def _nothing(_: str) -> None:
    """Do nothing; tests stop a worker here to see what a crash leaves."""


@dataclass(frozen=True)
class Outbound:
    """The way out, with the parts of the world it touches as arguments.

    `courier_for` may raise SealBroken. `now` returns aware UTC. `per_commit` is how many answers
    of a server share a commit: as many mails may go twice if this process dies. `passing` is called
    with the name of each point where a crash would matter. Once `stopping` says so no further mail
    is begun, and those of the batch that were not are put back as they were. `batch` is how many
    mails go over one connection; without `ahead` none is planned before the one before has left.
    """

    courier_for: Callable[[MailAccount], Courier] = connecting.courier_for
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    per_minute: int = field(default_factory=lambda: settings.DAYBOOK.mail_per_minute)
    per_commit: int = field(default_factory=lambda: settings.DAYBOOK.answers_per_commit)
    passing: Callable[[str], None] = _nothing
    stopping: Callable[[], bool] = lambda: False
    journal: Journal = field(default_factory=journal.here)
    ahead: Ahead | None = None
    batch: int = BATCH
    _carrying: dict[Lease, Deadline] = field(default_factory=dict)

    def renew_leases(self) -> None:
        """Prolong the leases this process uses; to be called every few seconds.

        A mail server may take ten minutes to answer the end of a message, and giving up earlier
        would send it twice (RFC 5321 section 4.5.3.2.6).
        """
        for lease, deadline in list(self._carrying.items()):
            since = self.now()
            if leases.keep(lease, since):
                deadline.renew(since)

    def route(self) -> int:
        """Find the account of due calendars that have none; return how many were looked at."""
        if not claiming.unrouted(self.now()).exists():
            # Rows of a held account stay due for days: looking at them must not lock the database.
            return 0
        return claiming.route(limit=4 * self.batch, now=self.now())

    def serve(self, account_id: int) -> int:
        """Send what is due for one account, each batch over one connection.

        One batch, and those that are planned meanwhile, if `ahead` can. Returns how many mails were
        tried. 0 also when another worker holds the account, or it rests. Never raises for what a
        mail server does.
        """
        self.passing("before claim")
        now = self.now()
        lease = self._take(account_id, now)
        if lease is None:
            return 0
        try:
            claimed = self._claim(lease, now)
        except Exception:
            with suppress(DatabaseError):
                leases.give_back(lease)
            raise
        self.passing("claimed")
        if claimed is None:
            return 0
        try:
            done = self._send(lease, claimed.parcels)
        except Exception:
            # Whatever it was, we live. The lease runs out by itself: mails may be under way.
            with suppress(DatabaseError):
                leases.keep(lease, now, deaths=0)
            raise
        if claimed.alone is not None:
            suspects.survived(claimed.alone)
        return done

    def _send(self, lease: Lease, parcels: list[Parcel]) -> int:
        """Send a batch, and while much is due and time is left those that are planned meanwhile."""
        done, ends = 0, time.monotonic() + LONGEST_TURN
        with self.ahead.turn() if self.ahead else nullcontext(Turn()) as beside:
            self._ask(beside, lease, [parcel.calendar_id for parcel in parcels], ends)
            while parcels and (deadline := self._open(lease, parcels)):
                carried = self._carry(lease, parcels, deadline)
                done += carried.done
                planned = NOTHING
                if carried.may_go_on and not self.stopping():
                    planned = beside.planned(deadline.still_ours)
                self._ask(beside, lease, planned.calendars, ends)
                parcels = claiming.unchanged(planned.parcels)
                if not parcels or not leases.may_go_on(lease, self.now()):
                    # Or its claim might prolong a lease that is given back.
                    beside.end()
                    self._finish(lease, deadline, carried)
                    break
        return done

    def _ask(self, beside: Turn, lease: Lease, under_way: list[int], ends: float) -> None:
        """Have the next batch planned; behind one that is half empty hardly anything comes."""
        if 2 * len(under_way) >= self.batch and time.monotonic() < ends:
            beside.ask(Asked(lease, self.batch, self.per_minute, self.now(), under_way))

    def _open(self, lease: Lease, parcels: list[Parcel]) -> Deadline | None:
        """Write down that `parcels` are about to leave; None if the lease is lost."""
        since = self.now()
        # First of all: whatever becomes of the database, its versions are never given out twice.
        self.journal.opened(parcels, since)
        # From before the commit: whoever sleeps here has slept through a part of the lease.
        deadline = Deadline(self.now, since)
        if not deadline.insist(lambda: outcomes.open_parcels(parcels, lease, since)):
            return None
        self.passing("opened")
        return deadline

    def _take(self, account_id: int, now: datetime) -> Lease | None:
        """Take the lease, and look whether those who had it before died of something."""
        with transaction.atomic(durable=True):
            lease = leases.take(account_id, now)
            if lease is not None:
                suspects.look_back(lease, batch=self.batch, now=now)
            return lease

    def _claim(self, lease: Lease, now: datetime, alone: int | None = None) -> Claimed | None:
        """Plan and freeze; without mail the lease ends here.

        Where nothing else is due, a suspect is looked at alone.
        """
        allowed, next_at = pace.allowance(lease.account_id, self.per_minute, now)
        if allowed == 0:
            leases.give_back(lease, next_try_at=next_at)
            return None
        with figures.HERE.composing() as composed:
            limit = min(self.batch, allowed)
            batch = claiming.claim(lease, limit=limit, now=now, alone=alone)
            if batch is None:
                return None
            composed.extend(batch.parcels)
        if batch.parcels:
            return Claimed(batch.parcels, alone)
        if alone is not None or batch.looked_at:
            leases.give_back(lease)
            return Claimed([], alone)
        suspect = suspects.next_alone(lease, now)
        if suspect is None:
            leases.give_back(lease)
            return None
        return self._claim(lease, now, alone=suspect)

    def _carry(self, lease: Lease, parcels: list[Parcel], deadline: Deadline) -> Carried:
        account = MailAccount.objects.get(pk=lease.account_id)
        try:
            courier = self.courier_for(account)
        except SealBroken:
            return Carried(account, parcels, AccountTrouble("credentials_unreadable"))
        self._carrying[lease] = deadline
        try:
            return self._carry_batch(courier, lease, account, parcels, deadline)
        finally:
            del self._carrying[lease]

    def _carry_batch(
        self,
        courier: Courier,
        lease: Lease,
        account: MailAccount,
        parcels: list[Parcel],
        deadline: Deadline,
    ) -> Carried:
        mails = [_mail(parcel) for parcel in parcels]
        by_key = {parcel.pk: parcel for parcel in parcels}
        answers = Answers(lease, deadline, self.journal, self.per_commit, self.now, self.passing)
        carried = Carried(account, [], None)

        def may_go_on() -> bool:
            return deadline.still_ours() and not self.stopping()

        try:
            for key, outcome in figures.HERE.carried(courier.carry(mails, may_go_on)):
                self.passing("answered")
                carried.done += 1
                carried.last = outcome
                if not answers.add(by_key.pop(key), outcome):
                    carried.lost = True
                    return carried
        except Exception:
            # Whatever broke: what was answered was answered.
            answers.write()
            raise
        carried.lost = not answers.write()
        carried.untried = list(by_key.values())
        return carried

    def _finish(self, lease: Lease, deadline: Deadline, carried: Carried) -> None:
        """Give the lease back, with what was not tried; nothing if it is lost."""
        if carried.lost:
            return
        now, account, untried = self.now(), carried.account, carried.untried
        changes = outcomes.rest_of_account(carried.trouble, account.failures, account.pk, now)

        def give_back() -> None:
            with transaction.atomic(durable=True):
                if leases.give_back(lease):
                    # What happened under credentials that have changed since says nothing any more.
                    same = MailAccount.objects.filter(pk=account.pk, revision=account.revision)
                    same.update(**changes)
                    outcomes.put_back(untried, lease)

        deadline.insist(give_back)
        if untouched := [parcel for parcel in untried if not parcel.uncertain]:
            self.journal.undelivered(untouched, now)
        log.info("carried", account=account.pk, mails=carried.done)
        if isinstance(carried.last, AccountTrouble):
            log.warning("account held", account=account.pk, reason=carried.last.reason)


def _mail(parcel: Parcel) -> Mail:
    return Mail(parcel.pk, parcel.envelope_from, parcel.envelope_to, *parcel.pieces)
