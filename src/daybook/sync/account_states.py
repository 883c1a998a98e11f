"""How the mail accounts stand: ready, held or resting, what waits, and what they sent today."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from daybook.ledger.models import Calendar, Parcel, ParcelState
from daybook.people.models import MailAccount
from daybook.sync.sentences import sentence

# From this part of the daily figure on, it is said that the provider may stop the account.
WARNED_FROM = 0.8
SERVER_BUSY = gettext_lazy("The server did not take mail at the last try.")
OWN_PACE = gettext_lazy("It has sent as many messages as it may in a minute.")


class Standing(Enum):
    """What an account can do at this moment, in the order administrators want to read it."""

    HELD = "Held"
    RESTING = "Resting"
    READY = "Ready"


@dataclass(frozen=True, slots=True)
class AccountState:
    """One account. `owner` is "" for the service organiser's.

    `since` is when a hold began; `until` when a hold or rest ends by itself, None: not by itself.
    `waiting` are calendars, `sent_today` accepted messages since midnight of the reader's zone.
    """

    account: MailAccount
    owner: str
    standing: Standing
    sentence: str
    since: datetime | None
    until: datetime | None
    waiting: int
    sent_today: int

    @property
    def daily_warning(self) -> str:
        """Return what to say about today's figure, "" while it is far from the limit."""
        limit = settings.DAYBOOK.mail_per_day
        if not limit or self.sent_today < limit * WARNED_FROM:
            return ""
        if self.sent_today < limit:
            said = gettext("Close to %(limit)d a day, where mail providers begin to stop accounts.")
        else:
            said = gettext("Above %(limit)d a day: the mail provider may stop this account.")
        return said % {"limit": limit}


def all_states(now: datetime) -> list[AccountState]:
    """Return every account that is set, those in trouble first; three queries for any number."""
    accounts = list(MailAccount.objects.exclude(host="").select_related("person").order_by("pk"))
    ids = [account.pk for account in accounts]
    waiting, sent = waiting_for(ids), _sent_since_midnight(ids, now)
    states = [
        _state(account, waiting.get(account.pk, 0), sent.get(account.pk, 0), now)
        for account in accounts
    ]
    order = list(Standing)
    return sorted(states, key=lambda state: (order.index(state.standing), state.owner.casefold()))


def standing_of(account: MailAccount, now: datetime) -> Standing:
    """Return what `account` can do at `now`."""
    if account.held_reason and (account.held_until is None or account.held_until > now):
        return Standing.HELD
    if account.next_try_at is not None and account.next_try_at > now:
        return Standing.RESTING
    return Standing.READY


def ready(now: datetime) -> list[int]:
    """Return the ids of the accounts that may send, also of those that do so at this moment."""
    return [
        account.pk
        for account in MailAccount.objects.exclude(host="")
        if standing_of(account, now) is Standing.READY
    ]


def waiting_for(account_ids: Collection[int]) -> dict[int, int]:
    """Return how many calendars wait for each account; those with none are left out."""
    rows = (
        Calendar.objects.filter(account_id__in=account_ids, due_at__isnull=False)
        .values_list("account_id")
        .annotate(Count("pk"))
    )
    return {account_id: count for account_id, count in rows if account_id is not None}


def _sent_since_midnight(account_ids: Collection[int], now: datetime) -> dict[int, int]:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = (
        Parcel.objects.filter(
            account_id__in=account_ids, opened_at__gte=midnight, state=ParcelState.SENT
        )
        .values_list("account_id")
        .annotate(Count("pk"))
    )
    return dict(rows)


def _state(account: MailAccount, waiting: int, sent: int, now: datetime) -> AccountState:
    standing = standing_of(account, now)
    said, since, until = "", None, None
    if standing is Standing.HELD:
        said, since, until = sentence(account.held_reason), account.held_at, account.held_until
    elif standing is Standing.RESTING:
        # A rest without a failure is the pace we keep ourselves.
        said = str(SERVER_BUSY if account.failures else OWN_PACE)
        until = account.next_try_at
    return AccountState(
        account=account,
        owner=account.person.name if account.person else "",
        standing=standing,
        sentence=said,
        since=since,
        until=until,
        waiting=waiting,
        sent_today=sent,
    )
