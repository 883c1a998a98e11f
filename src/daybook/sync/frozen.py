"""Store what a claim has frozen, in SQL of our own: four statements for any number of messages.

Django takes longer to prepare fifty rows than a database to store them, and this happens for every
message. The statements are the same for SQLite and PostgreSQL.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from daybook.ledger.models import CalendarState, Parcel, ParcelState

PARCELS = """
INSERT INTO ledger_parcel (
    calendar_id, account_id, method, uid, sequence, dtstamp, message_id, envelope_from,
    envelope_to, told, print, state, uncertain, resend, tries, claim, frozen_at
) VALUES {rows} RETURNING id, message_id
"""
CONTENTS = "INSERT INTO ledger_contents (parcel_id, data) VALUES {rows}"
LOG_LINES = """
INSERT INTO ledger_logline (
    entry_id, person_id, address, uid, calendar_id, parcel_id, account_id, method, sequence,
    state, reason, server_reply, at
) VALUES {rows}
"""
# Whoever waits goes on waiting since when it did.
CALENDARS = """
UPDATE ledger_calendar SET
    parcel_id = line.parcel_id, frozen = line.sequence, person_id = line.person_id,
    state_at = CASE WHEN ledger_calendar.state = line.state THEN state_at ELSE line.at END,
    state = line.state, reason = '', refused_print = ''
FROM ledger_logline AS line
WHERE line.calendar_id = ledger_calendar.id AND line.parcel_id IN ({marks})
"""


def store(parcels: Sequence[Parcel], now: datetime) -> None:
    """Insert new `parcels` with their contents, log them, and name each in its calendar.

    Called inside the transaction of the claim, with the calendars as loaded; their `person_id` is
    whose they are now. The parcels get their ids.
    """
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        _insert(cursor, PARCELS, [_parcel(parcel, at) for parcel in parcels])
        ids = {message_id: pk for pk, message_id in cursor.fetchall()}
        for parcel in parcels:
            parcel.pk = ids[parcel.message_id]
            parcel.contents.parcel_id = parcel.pk
        _insert(cursor, CONTENTS, [(parcel.pk, parcel.contents.data) for parcel in parcels])
        _insert(cursor, LOG_LINES, [_log_line(parcel, at) for parcel in parcels])
        marks = ", ".join(["%s"] * len(parcels))
        cursor.execute(CALENDARS.format(marks=marks), [parcel.pk for parcel in parcels])


def _insert(cursor: CursorWrapper, statement: str, rows: list[tuple[Any, ...]]) -> None:
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    values = [value for row in rows for value in row]
    cursor.execute(statement.format(rows=", ".join([row] * len(rows))), values)


def _parcel(parcel: Parcel, at: object) -> tuple[Any, ...]:
    return (
        parcel.calendar_id,
        parcel.account_id,
        parcel.method,
        parcel.uid,
        parcel.sequence,
        connection.ops.adapt_datetimefield_value(parcel.dtstamp),
        parcel.message_id,
        parcel.envelope_from,
        parcel.envelope_to,
        None if parcel.told is None else json.dumps(parcel.told),
        parcel.print,
        ParcelState.FROZEN.value,
        False,
        False,
        0,
        0,
        at,
    )


def _log_line(parcel: Parcel, at: object) -> tuple[Any, ...]:
    calendar = parcel.calendar
    return (
        calendar.entry_id,
        calendar.person_id,
        calendar.address,
        parcel.uid,
        calendar.pk,
        parcel.pk,
        parcel.account_id,
        parcel.method,
        parcel.sequence,
        CalendarState.WAITING.value,
        "",
        "",
        at,
    )
