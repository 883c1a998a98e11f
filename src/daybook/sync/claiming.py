"""Claim, plan and freeze: one short transaction, after which every byte that leaves is on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from daybook.ledger.models import Calendar, CalendarState, Parcel, ParcelState, UidCounter
from daybook.people.models import MailAccount
from daybook.sync import graph
from daybook.sync.decision import Again, Decision, Rest, Send, decide
from daybook.sync.freezing import freeze
from daybook.sync.resting import put_to_rest, set_aside


@dataclass
class Batch:
    """What one claim came to."""

    parcels: list[Parcel] = field(default_factory=list)
    looked_at: int = 0


def due_calendars(now: datetime) -> QuerySet[Calendar]:
    """Return the calendars somebody should look at: live edits first, then the soonest start."""
    return Calendar.objects.filter(due_at__lte=now).order_by("bulk", "starts_at", "pk")


def unrouted(now: datetime) -> QuerySet[Calendar]:
    """Return the due calendars that have no account, or one that was removed since."""
    removed = MailAccount.objects.filter(host="").exclude(leased_until__gt=now)
    nobodys = Q(account_id__isnull=True) | Q(account_id__in=removed.values("pk"))
    return due_calendars(now).filter(nobodys)


def claim(account_id: int, *, limit: int, now: datetime, alone: int | None = None) -> Batch:
    """Plan up to `limit` due calendars of one account and freeze what has to be sent.

    Called inside a transaction by the holder of the account's lease. Calendars that need nothing
    are put to rest; those another account has to serve are handed to it. Suspects are left out;
    `alone` is the id of one, and then nothing else is claimed.
    """
    due = due_calendars(now).filter(account_id=account_id)
    wanted = due.filter(deaths=0) if alone is None else due.filter(pk=alone)
    return _plan(_locked(wanted, limit), account_id, now)


def route(*, limit: int, now: datetime) -> int:
    """Plan up to `limit` due calendars that no account will serve; return how many.

    Called inside a transaction. Nothing is frozen: those that need a message get its account.
    """
    calendars = _locked(unrouted(now), limit)
    return _plan(calendars, None, now).looked_at


def _locked(calendars: QuerySet[Calendar], limit: int) -> list[Calendar]:
    if connection.features.has_select_for_update_skip_locked:
        # A row somebody is editing right now comes with the next round.
        calendars = calendars.select_for_update(skip_locked=True)
    return list(calendars[:limit])


def _plan(calendars: list[Calendar], account_id: int | None, now: datetime) -> Batch:
    batch = Batch(looked_at=len(calendars))
    if not calendars:
        return batch
    # Before the entries are read: an edit that has not raised the counter yet waits for us, and
    # then finds that its number has left.
    counters = _lock_counters(calendars)
    loaded = graph.load(calendars, counters)
    waiting = _waiting_parcels(calendars)
    sends: list[Decision] = []
    for calendar in calendars:
        parcel = waiting.get(calendar.pk)
        if parcel is not None and _in_others_hands(parcel, account_id, now):
            _hand_to(calendar, parcel.account_id)
            continue
        try:
            decision = decide(calendar, loaded.entry(calendar), parcel, now)
        except Exception as fault:  # noqa: BLE001 - one calendar must not stop all others
            set_aside(calendar, fault, now)
            continue
        _sort(decision, account_id, batch, sends, now)
    batch.parcels += freeze(sends, counters, now)
    batch.parcels.sort(key=lambda parcel: _turn(parcel.calendar))
    return batch


def _sort(
    decision: Decision,
    account_id: int | None,
    batch: Batch,
    sends: list[Decision],
    now: datetime,
) -> None:
    """Put one decision where it belongs: to rest, to another account, or among what is sent."""
    calendar = decision.calendar
    match decision.what:
        case Rest() as rest:
            put_to_rest(decision, rest, now)
        case Again(parcel) if parcel.account_id != account_id:
            _hand_to(calendar, parcel.account_id)
        case Again(parcel) if parcel.not_before and parcel.not_before > now:
            # Edited and edited back while it waits for its next try.
            Calendar.objects.filter(pk=calendar.pk).update(due_at=parcel.not_before, due_by=None)
        case Again(parcel):
            parcel.calendar = calendar
            batch.parcels.append(parcel)
        case Send(_, organiser, _) if organiser.account != account_id:
            _hand_to(calendar, organiser.account)
        case Send():
            sends.append(decision)


def _turn(calendar: Calendar) -> tuple[bool, datetime, int]:
    return calendar.bulk, calendar.starts_at, calendar.pk


def _lock_counters(calendars: Sequence[Calendar]) -> dict[str, UidCounter]:
    uids = {calendar.uid for calendar in calendars}
    # In one order everywhere, so that two claims never wait for each other.
    locked = UidCounter.objects.select_for_update().filter(pk__in=uids).order_by("pk")
    return {counter.uid: counter for counter in locked}


def _waiting_parcels(calendars: Sequence[Calendar]) -> dict[int, Parcel]:
    ids = [calendar.parcel_id for calendar in calendars if calendar.parcel_id is not None]
    waiting = (ParcelState.FROZEN, ParcelState.OPENED)
    return {
        parcel.calendar_id: parcel
        for parcel in Parcel.objects.filter(pk__in=ids, state__in=waiting).select_related(
            "contents__body"
        )
    }


def _in_others_hands(parcel: Parcel, account_id: int | None, now: datetime) -> bool:
    """Return whether another account's lease may be carrying this parcel right now."""
    if parcel.state != ParcelState.OPENED or parcel.account_id == account_id:
        return False
    nobodys = Q(host="") & (Q(leased_until__isnull=True) | Q(leased_until__lte=now))
    return MailAccount.objects.filter(pk=parcel.account_id).exclude(nobodys).exists()


def _hand_to(calendar: Calendar, account_id: int) -> None:
    Calendar.objects.filter(pk=calendar.pk).update(
        account_id=account_id, state=CalendarState.WAITING, reason=""
    )
