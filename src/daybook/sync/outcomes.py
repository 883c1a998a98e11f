"""Write down what became of mails, and only while the lease is ours; but see `arrival.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from django.db import connection, transaction
from django.db.models import Case, DateTimeField, F, Value, When

from daybook.couriers.courier import Accepted, AccountTrouble, Outcome, Refused, TryLater
from daybook.ledger import told as snapshots
from daybook.ledger.models import Calendar, CalendarState, LogLine, Parcel, ParcelState
from daybook.sync import lease as leases
from daybook.sync import pace
from daybook.sync.lease import Lease

# A CANCEL nobody takes any more has nothing left to take back: done, with its reason.
DONE_ALTHOUGH_REFUSED = ("CANCEL", "NOTICE")

# By hand, because Django takes longer to prepare hundreds of ids than a database to find them.
OPEN_PARCELS = """
UPDATE ledger_parcel SET state = %s, opened_at = %s, claim = %s WHERE id IN ({marks})
"""

# A parcel, and what became of it.
Answer = tuple[Parcel, Outcome]


def open_parcels(parcels: Sequence[Parcel], lease: Lease, now: datetime) -> bool:
    """Commit that `parcels` are about to leave; False if the lease is no longer ours.

    A parcel that was open before, by a carrier that died, may have arrived then: that is kept.
    """
    with transaction.atomic(durable=True):
        if not leases.keep(lease, now):
            return False
        died = [parcel for parcel in parcels if parcel.state == ParcelState.OPENED]
        for parcel in died:
            # What is written back later says so too.
            parcel.uncertain = True
        if died:
            Parcel.objects.filter(pk__in=[parcel.pk for parcel in died]).update(uncertain=True)
        at = connection.ops.adapt_datetimefield_value(now)
        marks = ", ".join(["%s"] * len(parcels))
        with connection.cursor() as cursor:
            cursor.execute(
                OPEN_PARCELS.format(marks=marks),
                [ParcelState.OPENED.value, at, lease.number, *(parcel.pk for parcel in parcels)],
            )
        return True


def put_back(parcels: Sequence[Parcel], lease: Lease) -> None:
    """Close parcels that were opened and never tried; they are as they were."""
    Parcel.objects.filter(
        pk__in=[parcel.pk for parcel in parcels], claim=lease.number, state=ParcelState.OPENED
    ).update(state=ParcelState.FROZEN, opened_at=None)


def write(answers: Sequence[Answer], lease: Lease, now: datetime) -> bool:
    """Commit what became of mails that did not arrive, or of which that is not known.

    Prolongs the lease. False, and nothing written, if it is not ours.
    """
    with transaction.atomic(durable=True):
        if not leases.keep(lease, now):
            return False
        for parcel, outcome in answers:
            _write(parcel, outcome, now)
        return True


def _write(parcel: Parcel, outcome: Outcome, now: datetime) -> None:
    match outcome:
        case Accepted():
            raise ValueError("what arrived is written by `arrival.py`")
        case Refused(reason, reply):
            _refused(parcel, reason, reply, now)
        case TryLater(reason, reply, uncertain):
            _later(parcel, reason, reply, uncertain=uncertain, now=now)
        case AccountTrouble(reason, reply, _, uncertain):
            _stopped(parcel, reason, reply, uncertain=uncertain, now=now)
        case _:
            assert_never(outcome)


def _refused(parcel: Parcel, reason: str, reply: str, now: datetime) -> None:
    if parcel.method in DONE_ALTHOUGH_REFUSED:
        _close(parcel, ParcelState.REFUSED, now)
        _rest(parcel, CalendarState.WITHDRAWN, reason, now, **snapshots.NOTHING, told_at=now)
        _log(parcel, CalendarState.WITHDRAWN, reason, reply, now)
        return
    _give_up(parcel, reason, reply, now)


def _give_up(parcel: Parcel, reason: str, reply: str, now: datetime) -> None:
    """Stop trying, and say so; the same holding is not tried again by itself."""
    _close(parcel, ParcelState.REFUSED, now)
    # An earlier try may have arrived although this one was refused.
    held = _in_doubt(parcel) if parcel.uncertain else {}
    _rest(parcel, CalendarState.PROBLEM, reason, now, refused_print=parcel.print, **held)
    _log(parcel, CalendarState.PROBLEM, reason, reply, now)


def _in_doubt(parcel: Parcel) -> dict[str, object]:
    calendar = Calendar.objects.get(pk=parcel.calendar_id)
    before = (calendar.told, *calendar.doubts)
    return snapshots.after_doubt(snapshots.from_json(parcel.told), snapshots.many_from_json(before))


def _later(parcel: Parcel, reason: str, reply: str, *, uncertain: bool, now: datetime) -> None:
    tries = parcel.tries + 1
    parcel.uncertain = parcel.uncertain or uncertain
    if pace.is_given_up(parcel.frozen_at, tries, now):
        _give_up(parcel, "given_up", reply, now)
        return
    again = now + pace.wait_after(tries, salt=parcel.message_id)
    _put_back_until(parcel, again, tries)
    # An edit meanwhile has its own, earlier time; only an untouched row waits for the retry.
    Calendar.objects.filter(pk=parcel.calendar_id, mark=parcel.calendar.mark).update(
        due_at=again, due_by=None, state=CalendarState.WAITING, reason=reason, state_at=now
    )
    _log(parcel, CalendarState.WAITING, reason, reply, now)


def _stopped(parcel: Parcel, reason: str, reply: str, *, uncertain: bool, now: datetime) -> None:
    """The account is in trouble: the mail waits with all others, and counts no try."""
    parcel.uncertain = parcel.uncertain or uncertain
    _put_back_until(parcel, None, parcel.tries)
    Calendar.objects.filter(pk=parcel.calendar_id).update(
        state=CalendarState.WAITING, reason=reason, state_at=now
    )
    _log(parcel, CalendarState.WAITING, reason, reply, now)


def _put_back_until(parcel: Parcel, again: datetime | None, tries: int) -> None:
    Parcel.objects.filter(pk=parcel.pk).update(
        state=ParcelState.FROZEN, uncertain=parcel.uncertain, tries=tries, not_before=again
    )


def _close(parcel: Parcel, state: ParcelState, now: datetime) -> None:
    Parcel.objects.filter(pk=parcel.pk).update(
        state=state, uncertain=parcel.uncertain, tries=parcel.tries + 1, resend=False, done_at=now
    )


def _rest(
    parcel: Parcel, state: CalendarState, reason: str, now: datetime, **changes: object
) -> None:
    """Put the calendar to rest, unless something was marked since the parcel was claimed."""
    unmarked = When(mark=parcel.calendar.mark, then=Value(None, output_field=DateTimeField()))
    Calendar.objects.filter(pk=parcel.calendar_id).update(
        due_at=Case(unmarked, default=F("due_at")),
        due_by=Case(unmarked, default=F("due_by")),
        state=state,
        reason=reason,
        state_at=now,
        **changes,
    )


def _log(parcel: Parcel, state: CalendarState, reason: str, reply: str, now: datetime) -> None:
    LogLine.objects.filter(parcel_id=parcel.pk).update(
        state=state, reason=reason, server_reply=reply, at=now
    )


def rest_of_account(
    outcome: Outcome | None, failures: int, account_id: int, now: datetime
) -> dict[str, object]:
    """Return what the last outcome of a batch means for its account: nothing, a rest, a hold."""
    match outcome:
        case AccountTrouble(reason, reply, rest_seconds, _):
            until = None if rest_seconds is None else now + timedelta(seconds=rest_seconds)
            return {
                "held_reason": reason,
                "held_reply": reply,
                "held_at": now,
                "held_until": until,
            }
        case TryLater():
            wait = pace.wait_after(failures + 1, salt=str(account_id))
            return {"failures": failures + 1, "next_try_at": now + wait}
        case _:
            return {"next_try_at": None, "held_reason": "", "held_reply": "", "held_until": None}
