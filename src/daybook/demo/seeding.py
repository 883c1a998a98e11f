"""Letting the sample firm live through last week: what was due then is really sent then.

The product's own way out carries every message to the demo's mail server, with a clock that runs
some days behind. So the ledger, the log and the mailboxes agree, because nothing was written into
them by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from daybook.demo import firm
from daybook.ledger.models import Calendar
from daybook.people.models import MailAccount
from daybook.sync.outbound import Outbound

# Before the first sample entry begins; afterwards is when somebody changed his mind.
LONG_AGO = timedelta(days=8)
LATELY = timedelta(minutes=40)
MOST_ROUNDS = 200


class NotSeededError(Exception):
    """Messages of the sample firm did not get away."""


def seed(mail_port: int) -> None:
    """Fill an empty diary with the sample firm, everybody told; raises NotSeededError."""
    today = timezone.localdate()
    _at(LONG_AGO, lambda now: firm.found(mail_port, now=now))
    _at(LONG_AGO, lambda now: firm.fill_diary(today, now=now))
    _at(LATELY, lambda now: firm.live_on(now=now))


def _at(ago: timedelta, act: Callable[[datetime], None]) -> None:
    """Do `act` as of `ago`, and send what follows from it an hour's half later."""

    def later() -> datetime:
        return datetime.now(UTC) - ago + timedelta(minutes=30)

    act(datetime.now(UTC) - ago)
    _send_all(Outbound(now=later), later)


def _send_all(outbound: Outbound, now: Callable[[], datetime]) -> None:
    for _ in range(MOST_ROUNDS):
        while outbound.route():
            pass
        sent = sum(outbound.serve(pk) for pk in MailAccount.objects.values_list("pk", flat=True))
        due = Calendar.objects.filter(due_at__lte=now())
        if not sent and not due.exists():
            return
    raise NotSeededError(f"{due.count()} calendars still wait")
