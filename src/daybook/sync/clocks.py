"""Do nothing by a clock that must be wrong, and undo what was planned by one that was.

Nothing waits longer than a few hours, and a lease is a minute. What is planned for later than that
was written while this machine's clock, or another's, stood in the future, and would keep a calendar
or an account waiting until that future comes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from daybook.entries import marking, reminders
from daybook.ledger import due
from daybook.ledger.models import Calendar, Parcel, ParcelState
from daybook.people.models import LinkMail, MailAccount
from daybook.sync import lease, pace
from daybook.sync.models import ReminderMail

# The longest wait for the next try is four hours and a tenth; a daily limit lasts a day.
LONGEST_WAIT = timedelta(hours=5)
LONGEST_HOLD = timedelta(hours=25)
# Clocks that agree may do so by some seconds more or less.
ABOUT = timedelta(minutes=1)
# Nobody had this program before: a machine that says so has lost its time, as those without a
# battery do whenever they start.
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)


def is_possible(now: datetime) -> bool:
    """Return whether mail may be dated `now`."""
    return now >= EARLIEST


def set_right(now: datetime) -> int:
    """Make everything due now that waits for an impossible time; return how many calendars."""
    waiting = Parcel.objects.filter(state=ParcelState.FROZEN, not_before__gt=now + LONGEST_WAIT)
    _write(waiting, not_before=None)
    for account in MailAccount.objects.filter(next_try_at__gt=now + ABOUT):
        wait = pace.wait_after(account.failures, salt=str(account.pk))
        _write(
            MailAccount.objects.filter(pk=account.pk, next_try_at__gt=now + wait + ABOUT),
            next_try_at=None,
        )
    for mails in (LinkMail.objects, ReminderMail.objects):
        _write(mails.filter(next_at__gt=now + LONGEST_WAIT), next_at=now)
    # In that future their entries were over.
    reminders.let_wait_again(now + ABOUT)
    _write(MailAccount.objects.filter(held_until__gt=now + LONGEST_HOLD), held_until=now)
    # A certificate may have been out of date in that future, and holds today.
    unverified = MailAccount.objects.filter(held_reason="server_unverified", held_until=None)
    _write(unverified.filter(held_at__gt=now + ABOUT), held_until=now)
    # Its holder may live, and then renews it in time.
    leased = MailAccount.objects.filter(leased_until__gt=now + 2 * lease.LENGTH)
    _write(leased, leased_until=now + lease.LENGTH)
    edited = now + max(due.LONGEST_QUIET, marking.quiet_period()) + ABOUT
    impossible = Q(due_at__gt=now + LONGEST_WAIT) | Q(due_by__gt=edited)
    return _write(Calendar.objects.filter(impossible), due_at=now, due_by=None)


def _write(rows: QuerySet[Any], **changes: object) -> int:
    """Update rows if there are any: a look must not lock the database."""
    return rows.update(**changes) if rows.exists() else 0
