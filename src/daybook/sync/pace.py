"""How fast an account may send, and how long to wait after trouble."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from daybook.ledger.models import Parcel
from daybook.sync.models import ReminderMail

MINUTE = timedelta(minutes=1)
# A first retry soon (greylisting passes at the second), later ones ever rarer.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240))
GIVEN_UP_AFTER = timedelta(days=5)
# Giving up needs age and tries: a clock that jumps ahead must not give up by itself.
TRIES_BEFORE_GIVING_UP = 12


def wait_after(tries: int, *, salt: str) -> timedelta:
    """Return how long to wait after `tries` failed tries (1 is the first).

    1, 5, 15, 30, 60, 120, 240 minutes, then every 4 hours, each up to a tenth more or less;
    `salt` decides the tenth, so that a thousand failures do not come back together.
    """
    wait = WAITS[min(tries, len(WAITS)) - 1]
    share = hashlib.sha256(f"{salt}:{tries}".encode()).digest()[0] / 255
    return wait * (0.9 + 0.2 * share)


def is_given_up(frozen_at: datetime, tries: int, now: datetime) -> bool:
    """Return whether a parcel that failed again has failed long and often enough."""
    return now - frozen_at >= GIVEN_UP_AFTER and tries >= TRIES_BEFORE_GIVING_UP


def allowance(account_id: int, per_minute: int, now: datetime) -> tuple[int, datetime | None]:
    """Return how many mails the account may send now, and when the next is free if none.

    Counts over the last sixty seconds, sliding. `per_minute` 0 means as many as there are.
    """
    if per_minute == 0:
        return 1_000_000, None
    # What a wrong clock opened in the future is not counted.
    lately = {
        "account_id": account_id,
        "opened_at__gt": now - MINUTE,
        "opened_at__lte": now + MINUTE,
    }
    mails = Parcel.objects.filter(**lately).values_list("opened_at", flat=True)
    reminders = ReminderMail.objects.filter(**lately).values_list("opened_at", flat=True)
    recent = list(mails.union(reminders, all=True).order_by("-opened_at")[:per_minute])
    if len(recent) < per_minute:
        return per_minute - len(recent), None
    oldest = recent[-1]
    return 0, oldest + MINUTE if oldest is not None else None
