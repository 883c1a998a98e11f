"""Claim, plan and freeze: one short transaction, after which every byte that leaves is on disk.

A claim first looks and then writes. Where rows have locks it looks under theirs. Where one lock is
all there is, everybody who saves waits for it: there it looks before it takes the lock, and again
under it if anything has changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from daybook.ledger import rows
from daybook.ledger.models import Calendar, CalendarState, Parcel, ParcelState, UidCounter
from daybook.ledger.rows import Row
from daybook.people.models import MailAccount
from daybook.sync import graph
from daybook.sync import lease as leases
from daybook.sync.decision import Again, Decision, Rest, Send, decide
from daybook.sync.freezing import compose_all
from daybook.sync.lease import Lease
from daybook.sync.resting import put_to_rest, set_aside

Seen = tuple[list[Row], list[Row], list[Row]]
# What an edit changes of what was looked at: each marks the calendars it concerns.
SEEN = (
    "SELECT id, mark FROM ledger_calendar WHERE id IN ({marks}) ORDER BY id",
    "SELECT uid, sequence, frozen FROM ledger_uidcounter WHERE uid IN ({marks}) ORDER BY uid",
    "SELECT id, state FROM ledger_parcel WHERE id IN ({marks}) ORDER BY id",
)


@dataclass
class Batch:
    """What one claim comes to: what is to be sent, and what it changes once it is written."""

    parcels: list[Parcel] = field(default_factory=list)
    looked_at: int = 0
    _changes: list[Callable[[], object]] = field(default_factory=list)
    _seen: Seen = ([], [], [])

    def later(self, change: Callable[..., object], *arguments: object) -> None:
        """Call `change` with `arguments` when the batch is written."""
        self._changes.append(partial(change, *arguments))

    def write(self) -> None:
        """Store the parcels and all else that was decided; called inside a transaction."""
        for change in self._changes:
            change()

    def remember(
        self,
        calendars: Sequence[Calendar],
        counters: dict[str, UidCounter],
        waiting: dict[int, Parcel],
    ) -> None:
        """Keep what was looked at as it is now."""
        marks = sorted((calendar.pk, calendar.mark) for calendar in calendars)
        numbers = sorted((row.uid, row.sequence, row.frozen) for row in counters.values())
        states = sorted((parcel.pk, parcel.state) for parcel in waiting.values())
        self._seen = marks, numbers, states

    @property
    def is_outdated(self) -> bool:
        """Whether anything that was looked at has changed since."""
        for query, seen in zip(SEEN, self._seen, strict=True):
            if seen != rows.select(query, [key for key, *_ in seen]):
                return True
        return False


def due_calendars(now: datetime) -> QuerySet[Calendar]:
    """Return the calendars somebody should look at: live edits first, then the soonest start."""
    return Calendar.objects.filter(due_at__lte=now).order_by("bulk", "starts_at", "pk")


def unrouted(now: datetime) -> QuerySet[Calendar]:
    """Return the due calendars that have no account, or one that was removed since."""
    removed = MailAccount.objects.filter(host="").exclude(leased_until__gt=now)
    nobodys = Q(account_id__isnull=True) | Q(account_id__in=removed.values("pk"))
    return due_calendars(now).filter(nobodys)


def claim(
    lease: Lease,
    *,
    limit: int,
    now: datetime,
    alone: int | None = None,
    under_way: Sequence[int] = (),
) -> Batch | None:
    """Plan up to `limit` due calendars of one account and freeze what has to be sent.

    One transaction; None, and nothing written, if the lease is not ours any more. Calendars that
    need nothing are put to rest; those another account has to serve are handed to it. Suspects are
    left out; `alone` is the id of one, and then nothing else is claimed. Left out as well are the
    calendars whose ids are `under_way`: then somebody carries under this lease and prolongs it with
    each answer, for which this must not keep the account's row locked. Else it is prolonged here.
    """
    due = due_calendars(now).filter(account_id=lease.account_id)
    if under_way:
        due = due.exclude(pk__in=under_way)
    wanted = due.filter(deaths=0) if alone is None else due.filter(pk=alone)
    return _look_and_write(
        lambda: _look(_locked(wanted, limit), lease.account_id, now),
        lambda: (leases.may_go_on if under_way else leases.keep)(lease, now),
    )


def unchanged(parcels: Sequence[Parcel]) -> list[Parcel]:
    """Return those of `parcels` whose calendars have not been marked since they were claimed."""
    marks: dict[int, int] = dict(rows.select(SEEN[0], [parcel.calendar_id for parcel in parcels]))
    return [parcel for parcel in parcels if marks[parcel.calendar_id] == parcel.calendar.mark]


def route(*, limit: int, now: datetime) -> int:
    """Plan up to `limit` due calendars that no account will serve; return how many.

    One transaction. Nothing is frozen: those that need a message get its account.
    """
    batch = _look_and_write(lambda: _look(_locked(unrouted(now), limit), None, now), lambda: True)
    return batch.looked_at if batch else 0


def _look_and_write(look: Callable[[], Batch], may_write: Callable[[], bool]) -> Batch | None:
    batch = None
    if not connection.features.has_select_for_update_skip_locked:
        with rows.one_moment():
            batch = look()
    with transaction.atomic(durable=True):
        if not may_write():
            return None
        if batch is None or batch.is_outdated:
            batch = look()
        batch.write()
    return batch


def _locked(calendars: QuerySet[Calendar], limit: int) -> list[Calendar]:
    if connection.features.has_select_for_update_skip_locked:
        # A row somebody is editing right now comes with the next round.
        calendars = calendars.select_for_update(skip_locked=True)
    return list(calendars[:limit])


def _look(calendars: list[Calendar], account_id: int | None, now: datetime) -> Batch:
    batch = Batch(looked_at=len(calendars))
    if not calendars:
        return batch
    # Before the entries are read: an edit that has not raised the counter yet waits for us, and
    # then finds that its number has left.
    counters = _lock_counters(calendars)
    loaded = graph.load(calendars, counters)
    waiting = _waiting_parcels(calendars)
    batch.remember(calendars, counters, waiting)
    sends: list[Decision] = []
    for calendar in calendars:
        parcel = waiting.get(calendar.pk)
        if parcel is not None and _in_others_hands(parcel, account_id, now):
            batch.later(_hand_to, calendar, parcel.account_id)
            continue
        try:
            decision = decide(calendar, loaded.entry(calendar), parcel, now)
        except Exception as fault:  # noqa: BLE001 - one calendar must not stop all others
            batch.later(set_aside, calendar, fault, now)
            continue
        _sort(decision, account_id, batch, sends, now)
    composed = compose_all(sends, counters, now)
    batch.later(composed.store)
    batch.parcels += composed.parcels
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
            batch.later(put_to_rest, decision, rest, now)
        case Again(parcel) if parcel.account_id != account_id:
            batch.later(_hand_to, calendar, parcel.account_id)
        case Again(parcel) if parcel.not_before and parcel.not_before > now:
            # Edited and edited back while it waits for its next try.
            batch.later(_let_wait, calendar, parcel.not_before)
        case Again(parcel):
            parcel.calendar = calendar
            batch.parcels.append(parcel)
        case Send(_, organiser, _) if organiser.account != account_id:
            batch.later(_hand_to, calendar, organiser.account)
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


def _let_wait(calendar: Calendar, until: datetime) -> None:
    Calendar.objects.filter(pk=calendar.pk).update(due_at=until, due_by=None)
