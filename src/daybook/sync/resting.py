"""Put calendars to rest: in step, not wanted, blocked, or set aside because we stumbled."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from daybook.ledger import told as snapshots
from daybook.ledger.models import Calendar, CalendarState, LogLine, Parcel, ParcelState
from daybook.sync.decision import Decision, Rest, may_have_arrived

log = structlog.get_logger()

SET_ASIDE_FOR = timedelta(hours=1)


def set_aside(calendar: Calendar, fault: Exception, now: datetime) -> None:
    """Let one calendar that makes us stumble wait, so that all others go on; look hourly.

    Whatever it is, it is our defect: it is logged with its trace and shown as a problem.
    """
    log.error("calendar set aside", calendar=calendar.pk, exc_info=fault)
    rest_an_hour(calendar, "cannot_be_written", now)


def rest_an_hour(calendar: Calendar, reason: str, now: datetime) -> None:
    """Show a calendar as a problem with `reason`, once in the log, and look again in an hour."""
    Calendar.objects.filter(pk=calendar.pk).update(
        due_at=now + SET_ASIDE_FOR,
        due_by=None,
        state=CalendarState.PROBLEM,
        reason=reason,
        state_at=now,
    )
    if calendar.reason != reason:
        _log_reason(calendar, CalendarState.PROBLEM, reason, now)


def put_to_rest(decision: Decision, rest: Rest, now: datetime) -> None:
    """Write down that a calendar needs nothing, or why it gets nothing."""
    calendar = decision.calendar
    discard(decision, rest.reason, now)
    changed = (calendar.state, calendar.reason) != (rest.state, rest.reason)
    changes: dict[str, object] = {
        "due_at": None,
        "due_by": None,
        "bulk": False,
        "person_id": decision.person_id,
    }
    if changed:
        changes |= {"state": rest.state, "reason": rest.reason, "state_at": now}
        # What was refused was another holding; should it be wanted again, it is tried again.
        changes["refused_print"] = ""
    if decision.discarded is not None and may_have_arrived(decision.discarded):
        changes |= snapshots.after_doubt(decision.last_word, decision.worlds[1:])
    Calendar.objects.filter(pk=calendar.pk).update(**changes)
    if changed and rest.state in (CalendarState.NOT_SENT, CalendarState.PROBLEM):
        calendar.person_id = decision.person_id
        _log_reason(calendar, rest.state, rest.reason, now)


def _log_reason(calendar: Calendar, state: CalendarState, reason: str, now: datetime) -> None:
    """Log that nothing was sent, and why."""
    LogLine.objects.create(
        entry_id=calendar.entry_id,
        person_id=calendar.person_id,
        address=calendar.address,
        uid=calendar.uid,
        calendar_id=calendar.pk,
        account_id=calendar.account_id,
        state=state,
        reason=reason,
        at=now,
    )


def discard(decision: Decision, reason: str, now: datetime) -> None:
    """Take a parcel that says the wrong thing out of the way; it is never sent."""
    parcel = decision.discarded
    if parcel is None:
        return
    if parcel.pk == decision.calendar.told_by:
        # It has arrived before, and somebody asked for it once more: that stays true.
        Parcel.objects.filter(pk=parcel.pk).update(
            state=ParcelState.SENT, resend=False, done_at=now
        )
        LogLine.objects.filter(parcel_id=parcel.pk).update(state=CalendarState.SENT, reason="")
        return
    over = reason == "over"
    Parcel.objects.filter(pk=parcel.pk).update(
        state=ParcelState.DROPPED if over else ParcelState.SUPERSEDED, done_at=now
    )
    LogLine.objects.filter(parcel_id=parcel.pk).update(
        state=CalendarState.NOT_SENT, reason="over" if over else "superseded", at=now
    )
