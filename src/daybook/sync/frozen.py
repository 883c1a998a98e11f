"""Store what a claim has frozen, in SQL of our own: four statements for any number of messages.

Django takes longer to prepare fifty rows than a database to store them, and this happens for every
message.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from daybook.ledger import rows
from daybook.ledger.models import CalendarState, Parcel, ParcelState
from daybook.ledger.rows import Row

PARCELS = """
INSERT INTO ledger_parcel (
    calendar_id, account_id, method, uid, sequence, dtstamp, message_id, envelope_from,
    envelope_to, told, print, state, uncertain, resend, tries, claim, frozen_at
) VALUES {rows} RETURNING message_id, id
"""
CONTENTS = "INSERT INTO ledger_contents (parcel_id, data) VALUES {rows}"
COPY_CONTENTS = "COPY ledger_contents (parcel_id, data) FROM STDIN (FORMAT BINARY)"
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
    ids: dict[str, int] = dict(rows.insert(PARCELS, [_parcel(parcel, at) for parcel in parcels]))
    for parcel in parcels:
        parcel.pk = ids[parcel.message_id]
    _store_contents(parcels)
    rows.insert(LOG_LINES, [_log_line(parcel, at) for parcel in parcels])
    marks = ", ".join(["%s"] * len(parcels))
    with connection.cursor() as cursor:
        cursor.execute(CALENDARS.format(marks=marks), [parcel.pk for parcel in parcels])


def _store_contents(parcels: Sequence[Parcel]) -> None:
    contents = [(parcel.pk, parcel.data) for parcel in parcels]
    if connection.vendor != "postgresql":
        rows.insert(CONTENTS, contents)
        return
    # In a statement bytes are written as text: twice as long, and four times as slow to read.
    with connection.cursor() as cursor, cursor.copy(COPY_CONTENTS) as copy:
        copy.set_types(["int8", "bytea"])
        for row in contents:
            copy.write_row(row)


def _parcel(parcel: Parcel, at: object) -> Row:
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


def _log_line(parcel: Parcel, at: object) -> Row:
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
