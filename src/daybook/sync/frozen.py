"""Store what a claim has frozen, in SQL of our own: a few statements for any number of messages.

Django takes longer to prepare fifty rows than a database to store them, and this happens for every
message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
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
CONTENTS = {"parcel_id": "int8", "head": "bytea", "body_id": "int8", "own": "jsonb"}
BODY = {"id": "int8", "data": "bytea", "words": "jsonb"}
LOG_LINE = {
    **dict.fromkeys(("parcel_id", "entry_id", "person_id"), "int8"),
    **dict.fromkeys(("address", "uid"), "varchar"),
    **dict.fromkeys(("calendar_id", "account_id"), "int8"),
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


# The end of a message, and the words of what is told by it, as JSON; empty for a withdrawal.
Body = tuple[bytes, bytes]
# What of a snapshot is not told to everybody else alike.
OWN = ("recipient",)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is to be stored of one parcel, but for the ids it gets then."""

    parcel: Parcel
    row: Row
    log_line: Row
    head: bytes
    own: object
    body: Body | None


def freeze(parcels: Sequence[Parcel], now: datetime) -> list[Frozen]:
    """Prepare new `parcels` for `store`: before the lock is taken for which everybody waits.

    Their calendars are as loaded, and their `person_id` is whose they are now. What several have in
    common is kept once.
    """
    at = connection.ops.adapt_datetimefield_value(now)
    bodies = [_body(parcel) for parcel in parcels]
    count = Counter(bodies)
    return [
        _frozen(parcel, body if count[body] > 1 else None, at)
        for parcel, body in zip(parcels, bodies, strict=True)
    ]


def store(frozen: Sequence[Frozen]) -> None:
    """Insert the parcels with their contents, log them, and name each in its calendar.

    Called inside the transaction of the claim. The parcels get their ids.
    """
    ids = rows.new_ids("ledger_parcel", len(frozen))
    for one, number in zip(frozen, ids, strict=True):
        one.parcel.pk = number
    shared = {one.body for one in frozen if one.body is not None}
    bodies = dict(zip(shared, rows.new_ids("ledger_body", len(shared)), strict=True))
    numbered = list(zip(ids, frozen, strict=True))
    rows.write("ledger_parcel", PARCEL, [(number, *one.row) for number, one in numbered])
    rows.write("ledger_body", BODY, [(number, *_stored(body)) for body, number in bodies.items()])
    rows.write(
        "ledger_contents",
        CONTENTS,
        [
            (number, one.head, None if one.body is None else bodies[one.body], one.own)
            for number, one in numbered
        ],
    )
    rows.write("ledger_logline", LOG_LINE, [(number, *one.log_line) for number, one in numbered])
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(CALENDARS.format(marks=marks), ids)


def _body(parcel: Parcel) -> Body:
    """Return what a parcel may have in common with others: the end of its bytes, and its words."""
    _, data = parcel.pieces
    if parcel.told is None:
        return data, b""
    return data, orjson.dumps({k: v for k, v in parcel.told.items() if k not in OWN})


def _frozen(parcel: Parcel, shared: Body | None, at: object) -> Frozen:
    head, body = parcel.pieces
    own = parcel.told
    if shared is None:
        # Nobody else has it: it stays with its head.
        head += body
    elif own is not None:
        own = {name: own[name] for name in OWN}
    return Frozen(parcel, _row(parcel, at), _log_line(parcel, at), head, rows.json(own), shared)


def _stored(body: Body) -> Row:
    data, words = body
    return data, rows.json(orjson.Fragment(words)) if words else None


def _row(parcel: Parcel, at: object) -> Row:
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
        parcel.account_id,
        parcel.method,
        parcel.sequence,
        CalendarState.WAITING.value,
        "",
        "",
        at,
    )
