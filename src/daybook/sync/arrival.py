"""Write down that a mail arrived, in SQL of our own.

It happens once for every mail, and Django takes longer to build these four statements than the
mail takes to be written and sent. Everything that happens less often is in `outcomes.py`.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from daybook.ledger.models import CalendarState, Parcel, ParcelState
from daybook.sync import lease as leases
from daybook.sync.lease import Lease

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


def write(parcel: Parcel, reply: str, lease: Lease, now: datetime) -> bool:
    """Close the parcel and tell its calendar; False, and nothing written, if the lease is lost.

    Called inside a transaction, with the calendar as it was when it was claimed.
    """
    state = CalendarState.WITHDRAWN if parcel.told is None else CalendarState.SENT
    mark, at = parcel.calendar.mark, connection.ops.adapt_datetimefield_value(now)
    until = connection.ops.adapt_datetimefield_value(now + leases.LENGTH)
    with connection.cursor() as cursor:
        cursor.execute(KEEP_LEASE, [until, at, lease.account_id, lease.number])
        if cursor.rowcount == 0:
            return False
        cursor.execute(
            CLOSE_PARCEL,
            [ParcelState.SENT.value, parcel.uncertain, parcel.tries + 1, False, at, parcel.pk],
        )
        cursor.execute(
            REST_CALENDAR,
            [mark, mark, parcel.pk, at, state.value, at, parcel.calendar_id],
        )
        cursor.execute(LOG, [state.value, reply, at, parcel.pk])
    return True
