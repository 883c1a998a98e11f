"""Write down that mails arrived, in SQL of our own.

It happens once for every mail, and Django takes longer to build these statements than the mail
takes to be written and sent. SQLite is handed one after the other by its driver, which costs it
next to nothing; PostgreSQL, to which the way is long, all that changes as one statement.
Everything that happens less often is in `outcomes.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

from daybook.ledger import driver
from daybook.ledger.models import CalendarState, Parcel, ParcelState
from daybook.ledger.prepared import Prepared
from daybook.sync import lease as leases
from daybook.sync.lease import Lease

Arrived = tuple[Parcel, str]
# The values of a statement, by their names in it.
Values = dict[str, Any]

KEEP_LEASE = """
UPDATE people_mailaccount SET leased_until = :until, failures = 0, last_sent_at = :at
WHERE id = :account AND lease = :lease
"""
STILL_OURS = "SELECT 1 FROM people_mailaccount WHERE id = :account AND lease = :lease"
CLOSE_PARCEL = """
UPDATE ledger_parcel SET
    state = :closed, uncertain = :uncertain, tries = :tries, resend = FALSE, done_at = :at
WHERE id = :parcel
"""
# Whatever was marked since the parcel was claimed stays due.
REST_CALENDAR = """
UPDATE ledger_calendar SET
    due_at = CASE WHEN mark = :mark THEN NULL ELSE due_at END,
    due_by = CASE WHEN mark = :mark THEN NULL ELSE due_by END,
    told_by = :told_by, remembered = NULL, doubts = '[]', told_at = :at, refused_print = '',
    state = :state, reason = '', state_at = :at
WHERE id = :calendar
"""
LOG = """
UPDATE ledger_logline SET state = :state, reason = '', server_reply = :reply, at = :at
WHERE parcel_id = :parcel
"""

# The same for PostgreSQL. Whether the lease is ours is not known before: without it there are no
# lines.
TELL = """
WITH ours AS (
    UPDATE people_mailaccount SET leased_until = %(until)s, failures = 0, last_sent_at = %(at)s
    WHERE id = %(account)s AND lease = %(lease)s
    RETURNING id
), line AS (
    SELECT line.* FROM ours, {lines}
), parcel AS (
    UPDATE ledger_parcel SET
        state = %(closed)s, uncertain = line.uncertain, tries = line.tries, resend = FALSE,
        done_at = %(at)s
    FROM line WHERE ledger_parcel.id = line.parcel
), calendar AS (
    UPDATE ledger_calendar SET
        due_at = CASE WHEN ledger_calendar.mark = line.mark THEN NULL ELSE due_at END,
        due_by = CASE WHEN ledger_calendar.mark = line.mark THEN NULL ELSE due_by END,
        told_by = line.told_by, remembered = NULL, doubts = '[]', told_at = %(at)s,
        refused_print = '', state = line.state, reason = '', state_at = %(at)s
    FROM line WHERE ledger_calendar.id = line.calendar
), log AS (
    UPDATE ledger_logline SET
        state = line.state, reason = '', server_reply = line.reply, at = %(at)s
    FROM line WHERE ledger_logline.parcel_id = line.parcel
)
SELECT id FROM ours
"""
OF_ALL = {
    "until": "timestamptz",
    "at": "timestamptz",
    "account": "bigint",
    "lease": "bigint",
    "closed": "text",
}
OF_A_LINE = {
    "parcel": "bigint",
    "uncertain": "boolean",
    "tries": "integer",
    "mark": "bigint",
    "told_by": "bigint",
    "state": "text",
    "calendar": "bigint",
    "reply": "text",
}
ONE_LINE = ", ".join(f"%({name})s::{type_} AS {name}" for name, type_ in OF_A_LINE.items())
OF_MANY = {name: f"{type_}[]" for name, type_ in OF_A_LINE.items()}
MANY_LINES = ", ".join(f"%({name})s::{type_}" for name, type_ in OF_MANY.items())
# Planned with a single row in mind, it never reads a whole table.
TELL_ONE = Prepared(
    "tell_one", {**OF_ALL, **OF_A_LINE}, TELL.format(lines=f"(SELECT {ONE_LINE}) AS line")
)
# Planned anew each time: a plan for many that was made while a table was small reads all of it,
# also when it has grown.
TELL_MANY = TELL.format(lines=f"unnest({MANY_LINES}) AS line ({', '.join(OF_A_LINE)})")


def write(arrived: Sequence[Arrived], lease: Lease, now: datetime, *, prolong: bool) -> bool:
    """Close the parcels and tell their calendars; False, and nothing written, if the lease is lost.

    `arrived` are parcels with what the server said, each with its calendar as it was when it was
    claimed. A transaction by itself, on disk when this returns. `prolong` also the lease, and let
    its account know that it has sent; on PostgreSQL that is always done.
    """
    # Looked up once: `django.db.connection` does so for each of its attributes.
    database = connections[DEFAULT_DB_ALIAS]
    stored = database.ops.adapt_datetimefield_value
    ours: Values = {
        "account": lease.account_id,
        "lease": lease.number,
        "at": stored(now),
        "closed": ParcelState.SENT.value,
    }
    lines = [_line(parcel, reply) for parcel, reply in arrived]
    if prolong or database.vendor == "postgresql":
        ours["until"] = stored(now + leases.LENGTH)
    if database.vendor == "postgresql":
        return _tell_postgresql(ours, lines)
    return _tell_sqlite(ours, lines)


def _tell_sqlite(ours: Values, lines: Sequence[Values]) -> bool:
    with driver.transaction() as sqlite:
        if "until" in ours:
            held = sqlite.execute(KEEP_LEASE, ours).rowcount == 1
        else:
            # Nobody takes it from us before this transaction ends.
            held = sqlite.execute(STILL_OURS, ours).fetchone() is not None
        if held:
            rows = [{**ours, **line} for line in lines]
            for statement in (CLOSE_PARCEL, REST_CALENDAR, LOG):
                sqlite.executemany(statement, rows)
        return held


def _tell_postgresql(ours: Values, lines: Sequence[Values]) -> bool:
    if len(lines) == 1:
        return bool(TELL_ONE.execute({**ours, **lines[0]}))
    columns = {name: [line[name] for line in lines] for name in OF_A_LINE}
    with connection.cursor() as cursor:
        cursor.execute(TELL_MANY, {**ours, **columns})
        return bool(cursor.rowcount)


def _line(parcel: Parcel, reply: str) -> Values:
    state = CalendarState.WITHDRAWN if parcel.told is None else CalendarState.SENT
    return {
        "parcel": parcel.pk,
        "uncertain": parcel.uncertain,
        "tries": parcel.tries + 1,
        "mark": parcel.calendar.mark,
        "told_by": None if parcel.told is None else parcel.pk,
        "state": state.value,
        "calendar": parcel.calendar_id,
        "reply": reply,
    }
