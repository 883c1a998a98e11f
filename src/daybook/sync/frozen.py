"""Store what a claim has frozen, in SQL of our own: a few statements for any number of messages.

Django takes longer to prepare fifty rows than a database to store them, and this happens for every
message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from daybook.ledger import rows
from daybook.ledger.models import CalendarState, Parcel, ParcelState
from daybook.ledger.rows import Row

# The columns that are stored, and their types on PostgreSQL.
PARCEL = {
    "id": "int8",
    **dict.fromkeys(("calendar_id", "account_id"), "int8"),
    **dict.fromkeys(("method", "uid"), "varchar"),
    "sequence": "int4",
    "dtstamp": "timestamptz",
    **dict.fromkeys(("message_id", "envelope_from", "envelope_to"), "varchar"),
    **dict.fromkeys(("print", "state"), "varchar"),
    **dict.fromkeys(("uncertain", "resend"), "bool"),
    "tries": "int4",
    "claim": "int8",
    "frozen_at": "timestamptz",
}
CONTENTS = {"parcel_id": "int8", "head": "bytea", "body_id": "int8", "told": "jsonb"}
BODY = {"id": "int8", "data": "bytea"}
LOG_LINE = {
    **dict.fromkeys(("entry_id", "person_id"), "int8"),
    **dict.fromkeys(("address", "uid"), "varchar"),
    **dict.fromkeys(("calendar_id", "parcel_id", "account_id"), "int8"),
    "method": "varchar",
    "sequence": "int4",
    **dict.fromkeys(("state", "reason"), "varchar"),
    "server_reply": "text",
    "at": "timestamptz",
}
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
    for parcel, number in zip(parcels, rows.new_ids("ledger_parcel", len(parcels)), strict=True):
        parcel.pk = number
    shared = _shared(parcels)
    bodies = dict(zip(shared, rows.new_ids("ledger_body", len(shared)), strict=True))
    rows.write("ledger_parcel", PARCEL, [_parcel(parcel, at) for parcel in parcels])
    rows.write("ledger_body", BODY, [(number, body) for body, number in bodies.items()])
    rows.write("ledger_contents", CONTENTS, [_contents(parcel, bodies) for parcel in parcels])
    rows.write("ledger_logline", LOG_LINE, [_log_line(parcel, at) for parcel in parcels])
    marks = ", ".join(["%s"] * len(parcels))
    with connection.cursor() as cursor:
        cursor.execute(CALENDARS.format(marks=marks), [parcel.pk for parcel in parcels])


def _shared(parcels: Sequence[Parcel]) -> list[bytes]:
    """Return the bodies that more than one of `parcels` ends with, each once."""
    count = Counter(parcel.pieces[1] for parcel in parcels)
    return [body for body, times in count.items() if times > 1]


def _contents(parcel: Parcel, bodies: Mapping[bytes, int]) -> Row:
    """Return the row of a parcel's contents; a body of its own stays with its head."""
    head, body = parcel.pieces
    number = bodies.get(body)
    return parcel.pk, head if number else head + body, number, rows.json(parcel.told)


def _parcel(parcel: Parcel, at: object) -> Row:
    return (
        parcel.pk,
        parcel.calendar_id,
        parcel.account_id,
        parcel.method,
        parcel.uid,
        parcel.sequence,
        connection.ops.adapt_datetimefield_value(parcel.dtstamp),
        parcel.message_id,
        parcel.envelope_from,
        parcel.envelope_to,
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
