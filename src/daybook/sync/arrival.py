"""Write down that mails arrived, in SQL of our own.

It happens once for every mail, and Django takes longer to build these four statements than the
mail takes to be written and sent. SQLite is handed one row at a time by its driver, which costs it
next to nothing; PostgreSQL, which plans each statement anew, all rows of a statement as arrays.
Everything that happens less often is in `outcomes.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

from daybook.ledger import driver
from daybook.ledger.models import CalendarState, Parcel, ParcelState
from daybook.ledger.rows import Row, columns
from daybook.sync import lease as leases
from daybook.sync.lease import Lease

Arrived = tuple[Parcel, str]
# The rows of each of the three statements.
Changes = tuple[list[Row], list[Row], list[Row]]

KEEP_LEASE = """
UPDATE people_mailaccount SET leased_until = %s, failures = 0, last_sent_at = %s
WHERE id = %s AND lease = %s
"""
STILL_OURS = "SELECT 1 FROM people_mailaccount WHERE id = %s AND lease = %s"
CLOSE_PARCEL = """
UPDATE ledger_parcel SET state = %s, uncertain = %s, tries = %s, resend = %s, done_at = %s
WHERE id = %s
"""
# Whatever was marked since the parcel was claimed stays due.
REST_CALENDAR = """
UPDATE ledger_calendar SET
    due_at = CASE WHEN mark = %s THEN NULL ELSE due_at END,
    due_by = CASE WHEN mark = %s THEN NULL ELSE due_by END,
    told_by = %s, remembered = NULL, doubts = '[]', told_at = %s, refused_print = '',
    state = %s, reason = '', state_at = %s
WHERE id = %s
"""
LOG = """
UPDATE ledger_logline SET state = %s, reason = '', server_reply = %s, at = %s
WHERE parcel_id = %s
"""
# The same three for any number of rows; in each the columns are those of one row above.
CLOSE_PARCELS = """
UPDATE ledger_parcel SET
    state = line.state, uncertain = line.uncertain, tries = line.tries, resend = line.resend,
    done_at = line.at
FROM unnest(%s::text[], %s::bool[], %s::int[], %s::bool[], %s::timestamptz[], %s::bigint[])
    AS line (state, uncertain, tries, resend, at, id)
WHERE ledger_parcel.id = line.id
"""
REST_CALENDARS = """
UPDATE ledger_calendar SET
    due_at = CASE WHEN mark = line.due_mark THEN NULL ELSE due_at END,
    due_by = CASE WHEN mark = line.due_by_mark THEN NULL ELSE due_by END,
    told_by = line.told_by, remembered = NULL, doubts = '[]', told_at = line.told_at,
    refused_print = '', state = line.state, reason = '', state_at = line.at
FROM unnest(
    %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[], %s::timestamptz[],
    %s::bigint[]
) AS line (due_mark, due_by_mark, told_by, told_at, state, at, id)
WHERE ledger_calendar.id = line.id
"""
LOG_ALL = """
UPDATE ledger_logline SET
    state = line.state, reason = '', server_reply = line.reply, at = line.at
FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::bigint[])
    AS line (state, reply, at, parcel_id)
WHERE ledger_logline.parcel_id = line.parcel_id
"""

# Behind each of them on PostgreSQL, where whether the lease is ours is not known before.
IF_OURS = "AND EXISTS (SELECT FROM people_mailaccount WHERE id = %s AND lease = %s)"

ONE_BY_ONE = (CLOSE_PARCEL, REST_CALENDAR, LOG)
AS_ARRAYS = (CLOSE_PARCELS, REST_CALENDARS, LOG_ALL)
# As the driver of SQLite takes them.
FOR_SQLITE = {text: text.replace("%s", "?") for text in (KEEP_LEASE, STILL_OURS, *ONE_BY_ONE)}


def write(arrived: Sequence[Arrived], lease: Lease, now: datetime, *, prolong: bool) -> bool:
    """Close the parcels and tell their calendars; False, and nothing written, if the lease is lost.

    `arrived` are parcels with what the server said, each with its calendar as it was when it was
    claimed. A transaction by itself, on disk when this returns. `prolong` also the lease, and let
    its account know that it has sent.
    """
    # Looked up once: `django.db.connection` does so for each of its attributes.
    database = connections[DEFAULT_DB_ALIAS]
    stored = database.ops.adapt_datetimefield_value
    at, ours = stored(now), (lease.account_id, lease.number)
    changes: Changes = (
        [_closed(parcel, at) for parcel, _ in arrived],
        [_at_rest(parcel, at) for parcel, _ in arrived],
        [_said(parcel, reply, at) for parcel, reply in arrived],
    )
    if database.vendor == "postgresql":
        return _tell_postgresql((stored(now + leases.LENGTH), at, *ours), changes)
    with driver.transaction() as sqlite:
        if prolong:
            found = sqlite.execute(FOR_SQLITE[KEEP_LEASE], (stored(now + leases.LENGTH), at, *ours))
            held = found.rowcount == 1
        else:
            # Nobody takes it from us before this transaction ends.
            held = sqlite.execute(FOR_SQLITE[STILL_OURS], ours).fetchone() is not None
        if held:
            for statement, rows in zip(ONE_BY_ONE, changes, strict=True):
                sqlite.executemany(FOR_SQLITE[statement], rows)
        return held


def _tell_postgresql(keep: Row, changes: Changes) -> bool:
    with connection.cursor() as cursor:
        # All on one way there and back, which takes longer than the work: that is a transaction.
        cursor.execute(*_together(changes, keep))
        return bool(cursor.rowcount)  # that of the first statement


def _together(changes: Changes, keep: Row) -> tuple[str, list[Any]]:
    """Return the four statements as one, and its values; a single row is planned sooner as one."""
    single = len(changes[0]) == 1
    statements, values = [KEEP_LEASE], list(keep)
    for statement, lines in zip(ONE_BY_ONE if single else AS_ARRAYS, changes, strict=True):
        statements.append(statement + IF_OURS)
        values += [*(lines[0] if single else columns(lines)), *keep[-2:]]
    return ";".join(statements), values


def _closed(parcel: Parcel, at: object) -> Row:
    sent = ParcelState.SENT.value
    return sent, parcel.uncertain, parcel.tries + 1, False, at, parcel.pk


def _at_rest(parcel: Parcel, at: object) -> Row:
    mark = parcel.calendar.mark
    told_by = None if parcel.told is None else parcel.pk
    return mark, mark, told_by, at, _state_after(parcel), at, parcel.calendar_id


def _said(parcel: Parcel, reply: str, at: object) -> Row:
    return _state_after(parcel), reply, at, parcel.pk


def _state_after(parcel: Parcel) -> str:
    state = CalendarState.WITHDRAWN if parcel.told is None else CalendarState.SENT
    return state.value
