"""Store what a claim has frozen, in SQL of our own: a few statements for any number of messages.

Django takes longer to prepare fifty rows than a database to store them, and this happens for every
message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import connection

from daybook.ledger import rows
from daybook.ledger.models import CalendarState, Json, Parcel, ParcelState
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


# What of a snapshot is not told to everybody else alike.
OWN = ("recipient",)


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What several parcels have in common: the end of their bytes, and the words of what is told.

    No words for withdrawals.
    """

    data: bytes
    words: Json | None


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is to be stored of one parcel, but for the ids it gets then."""

    parcel: Parcel
    row: Row
    log_line: Row
    head: bytes
    own: object
    shared: Shared | None


def freeze(parcels: Sequence[Parcel], now: datetime) -> list[Frozen]:
    """Prepare new `parcels` for `store`: before the lock is taken for which everybody waits.

    Their calendars are as loaded, and their `person_id` is whose they are now. What several have in
    common is kept once.
    """
    # Most times are the same for many.
    stored = cache(connection.ops.adapt_datetimefield_value)
    return [
        Frozen(
            parcel,
            _row(parcel, stored(parcel.dtstamp), stored(now)),
            _log_line(parcel, stored(now)),
            *_contents(parcel, shared),
            shared,
        )
        for parcel, shared in zip(parcels, _shared(parcels), strict=True)
    ]


def store(frozen: Sequence[Frozen]) -> None:
    """Insert the parcels with their contents, log them, and name each in its calendar.

    Called inside the transaction of the claim. The parcels get their ids.
    """
    ids = rows.new_ids("ledger_parcel", len(frozen))
    for one, number in zip(frozen, ids, strict=True):
        one.parcel.pk = number
    shared = list(dict.fromkeys(one.shared for one in frozen if one.shared is not None))
    bodies: dict[Shared | None, int | None] = {None: None}
    bodies.update(zip(shared, rows.new_ids("ledger_body", len(shared)), strict=True))
    numbered = list(zip(ids, frozen, strict=True))
    rows.write("ledger_parcel", PARCEL, [(number, *one.row) for number, one in numbered])
    rows.write(
        "ledger_body", BODY, [(bodies[one], one.data, rows.json(one.words)) for one in shared]
    )
    rows.write(
        "ledger_contents",
        CONTENTS,
        [(number, one.head, bodies[one.shared], one.own) for number, one in numbered],
    )
    rows.write("ledger_logline", LOG_LINE, [(number, *one.log_line) for number, one in numbered])
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(CALENDARS.format(marks=marks), ids)


def _shared(parcels: Sequence[Parcel]) -> list[Shared | None]:
    """Return what each of `parcels` has in common with others of them."""
    known: dict[bytes, Shared] = {}
    found: list[Shared | None] = []
    for parcel in parcels:
        data, told = parcel.pieces[1], parcel.told
        words = told and {name: value for name, value in told.items() if name not in OWN}
        shared = known.setdefault(data, Shared(data, words))
        found.append(shared if shared.words == words else None)
    count = Counter(found)
    return [shared if count[shared] > 1 else None for shared in found]


def _contents(parcel: Parcel, shared: Shared | None) -> tuple[bytes, object]:
    """Return the bytes that are a parcel's own, and its own part of what is told."""
    head, body = parcel.pieces
    if shared is None:
        return head + body, rows.json(parcel.told)
    return head, rows.json(parcel.told and {name: parcel.told[name] for name in OWN})


def _row(parcel: Parcel, dtstamp: object, at: object) -> Row:
    return (
        parcel.calendar_id,
        parcel.account_id,
        parcel.method,
        parcel.uid,
        parcel.sequence,
        dtstamp,
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
