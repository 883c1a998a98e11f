"""One connection per mail account, anywhere: the lease on the account's row.

The lease is a number that grows when it is taken and when it is given back. Whoever writes with an
older number changes nothing, so a worker that was frozen for an hour cannot undo what its successor
did.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from django.db import OperationalError, connection
from django.db.models import Case, Exists, F, PositiveSmallIntegerField, Q, QuerySet, When

from daybook.people.models import MailAccount
from daybook.sync.models import Quarantine

# Renewed every few seconds while it is used, so a worker that died is followed soon.
LENGTH = timedelta(seconds=60)
# A carrier stops this long before the lease ends: clocks differ a little, and a command takes time.
MARGIN = timedelta(seconds=20)
# Seconds from a write that failed to the next try; it has waited for the lock before.
AGAIN_AFTER = 0.5

Written = TypeVar("Written")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to use one account until another number is written over it."""

    account_id: int
    number: int


def usable(now: datetime) -> QuerySet[MailAccount]:
    """Return the accounts nobody uses, that are neither held nor resting.

    None while the database is in quarantine.
    """
    return _able(now).filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now))


def may_go_on(lease: Lease, now: datetime) -> bool:
    """Return whether who holds the lease might take it now, if nobody had it."""
    return _able(now).filter(pk=lease.account_id, lease=lease.number).exists()


def _able(now: datetime) -> QuerySet[MailAccount]:
    return MailAccount.objects.filter(
        ~Exists(Quarantine.objects.all()),
        Q(next_try_at__isnull=True) | Q(next_try_at__lte=now),
        Q(held_reason="") | Q(held_until__lte=now),
    )


def take(account_id: int, now: datetime) -> Lease | None:
    """Return the lease of an account, None if somebody else was faster or it may not be used.

    Called inside a transaction of its own: a holder that dies while it claims leaves its lease to
    run out, which is counted here, and nobody stumbles over the same thing at once.
    """
    taken = usable(now).filter(pk=account_id)
    ran_out = When(leased_until__isnull=False, then=F("deaths") + 1)
    if not taken.update(
        lease=F("lease") + 1,
        leased_until=now + LENGTH,
        deaths=Case(ran_out, default=F("deaths"), output_field=PositiveSmallIntegerField()),
    ):
        return None
    number = MailAccount.objects.values_list("lease", flat=True).get(pk=account_id)
    return Lease(account_id, number)


def keep(lease: Lease, now: datetime, **changes: object) -> bool:
    """Prolong the lease and write `changes` on the account; False if it is no longer ours."""
    held = MailAccount.objects.filter(pk=lease.account_id, lease=lease.number)
    return bool(held.update(leased_until=now + LENGTH, **changes))


def give_back(lease: Lease, **changes: object) -> bool:
    """End the lease and write `changes` on the account; False if it was no longer ours."""
    held = MailAccount.objects.filter(pk=lease.account_id, lease=lease.number)
    # Another number, or a renewal on its way at this moment would take the account for nobody.
    return bool(held.update(lease=F("lease") + 1, leased_until=None, deaths=0, **changes))


class Deadline:
    """Stops a carrier well before its lease can pass to somebody else.

    Kept locally, because a connection that hangs is no time to ask a database; and by two clocks,
    because one may be set back and the other stands still while a machine sleeps.
    """

    def __init__(self, now: Callable[[], datetime], since: datetime) -> None:
        self._now = now
        self.renew(since)

    def renew(self, since: datetime) -> None:
        """Start anew: the lease was prolonged, by a commit that began at `since`."""
        # Read each time: LENGTH is shorter where tests let a worker sleep through it.
        span = LENGTH - MARGIN
        self._until = since + span
        elapsed = max(self._now() - since, timedelta())
        self._ends = time.monotonic() + (span - elapsed).total_seconds()

    def insist(self, write: Callable[[], Written]) -> Written:
        """Return what `write` returns, tried again while the database is locked or away.

        Only as long as the lease surely is still ours; then raises what was raised last. Whoever
        gives up sooner leaves mails behind that nobody knows the fate of: they go twice, and late.
        `write` is one transaction, and may be repeated.
        """
        while True:
            try:
                return write()
            except OperationalError as trouble:
                if not self.still_ours():
                    raise
                log.warning("not written yet", trouble=str(trouble)[:200])
            # One that broke does not come back by itself.
            connection.close()
            time.sleep(AGAIN_AFTER)

    def still_ours(self) -> bool:
        """Return whether the lease surely is still ours."""
        return self._now() < self._until and time.monotonic() < self._ends
