"""Write down that mails arrived, in SQL of our own.

It happens once for every mail, and Django takes longer to build these four statements than the
mail takes to be written and sent. Everything that happens less often is in `outcomes.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from daybook.ledger.models import CalendarState, Parcel, ParcelState
from daybook.ledger.rows import Row
from daybook.sync import lease as leases
from daybook.sync.lease import Lease

Arrived = tuple[Parcel, str]

KEEP_LEASE = """
UPDATE people_mailaccount SET leased_until = %s, failures = 0, last_sent_at = %s
WHERE id = %s AND lease = %s
"""
CLOSE_PARCEL = """
UPDATE ledger_parcel SET state = %s, uncertain = %s, tries = %s, resend = %s, done_at = %s
WHERE id = %s
"""
# Whatever was marked since the parcel was claimed stays due.
REST_CALENDAR = """
UPDATE ledger_calendar SET
    due_at = CASE WHEN mark = %s THEN NULL ELSE due_at END,
    due_by = CASE WHEN mark = %s THEN NULL ELSE due_by END,
    told = (SELECT told FROM ledger_parcel WHERE id = %s),
    doubts = '[]', told_at = %s, refused_print = '', state = %s, reason = '', state_at = %s
WHERE id = %s
"""
LOG = """
UPDATE ledger_logline SET state = %s, reason = '', server_reply = %s, at = %s
WHERE parcel_id = %s
"""


def write(arrived: Sequence[Arrived], lease: Lease, now: datetime) -> bool:
    """Close the parcels and tell their calendars; False, and nothing written, if the lease is lost.

    `arrived` are parcels with what the server said. Called inside a transaction, with each calendar
    as it was when it was claimed.
    """
    at = connection.ops.adapt_datetimefield_value(now)
    until = connection.ops.adapt_datetimefield_value(now + leases.LENGTH)
    with connection.cursor() as cursor:
        cursor.execute(KEEP_LEASE, [until, at, lease.account_id, lease.number])
        if cursor.rowcount == 0:
            return False
        changes = (
            (CLOSE_PARCEL, [_closed(parcel, at) for parcel, _ in arrived]),
            (REST_CALENDAR, [_at_rest(parcel, at) for parcel, _ in arrived]),
            (LOG, [_said(parcel, reply, at) for parcel, reply in arrived]),
        )
        if connection.vendor == "postgresql":
            # All on one way there and back, which takes longer than the work.
            together = ";".join(statement for statement, rows in changes for _ in rows)
            values = [value for _, rows in changes for row in rows for value in row]
            cursor.execute(together, values)
        else:
            for statement, rows in changes:
                cursor.executemany(statement, rows)
    return True


def _closed(parcel: Parcel, at: object) -> Row:
    sent = ParcelState.SENT.value
    return sent, parcel.uncertain, parcel.tries + 1, False, at, parcel.pk


def _at_rest(parcel: Parcel, at: object) -> Row:
    mark = parcel.calendar.mark
    return mark, mark, parcel.pk, at, _state_after(parcel), at, parcel.calendar_id


def _said(parcel: Parcel, reply: str, at: object) -> Row:
    return _state_after(parcel), reply, at, parcel.pk


def _state_after(parcel: Parcel) -> str:
    state = CalendarState.WITHDRAWN if parcel.told is None else CalendarState.SENT
    return state.value
