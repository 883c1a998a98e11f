"""Marking calendars due: the one way anything that happens in the diary reaches a calendar.

Every verb here is called inside the transaction of the change it follows from, and renders
nothing: what is due is planned when a worker claims it, so ten edits are one message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least

from daybook.ledger import rows
from daybook.ledger.models import Calendar, CalendarState, UidCounter
from daybook.ledger.rows import Insert, Row

# However many edits follow each other, the first of them is mailed after this long.
LONGEST_QUIET = timedelta(seconds=120)


COUNTERS = """
INSERT INTO ledger_uidcounter (uid, entry_id, sequence, organiser_address, organiser_key)
VALUES {rows}
"""
# A row that exists is left alone.
CALENDARS = """
INSERT INTO ledger_calendar (
    uid, address_key, recurrence_id, entry_id, address, state_at, due_at, due_by, bulk, starts_at,
    mark, doubts, refused_print, state, reason
) VALUES {rows} ON CONFLICT DO NOTHING
"""
# The last five columns of a row that is new.
_UNTOLD = (1, "[]", "", CalendarState.WAITING.value, "")


def new_counter(uid: str, entry_id: int) -> Insert:
    """Return what begins the counter of a new UID at SEQUENCE 0."""
    return COUNTERS, [(uid, entry_id, 0, "", "")]


def calendars_at(
    *,
    uid: str,
    entry_id: int,
    addresses: Mapping[str, str],
    starts_at: datetime,
    now: datetime,
    quiet: timedelta,
) -> Insert:
    """Return what makes sure of a row for every address, due after the quiet period if it is new.

    `addresses` maps the normalised address to the typed one. Rows that exist are left alone.
    """
    starts, times = _moment(starts_at), _times(now, quiet)
    return CALENDARS, [
        (uid, key, "", entry_id, address, *times, False, starts, *_UNTOLD)
        for key, address in addresses.items()
    ]


def keep_address(
    *,
    key: str,
    address: str,
    entries: Iterable[tuple[str, int, datetime]],
    now: datetime,
    quiet: timedelta,
) -> None:
    """Make sure the address has a row for each of `entries`, due as bulk if it is new.

    `key` is `address` normalised; an entry is its UID, its id and when it starts.
    """
    times = _times(now, quiet)
    rows.insert(
        CALENDARS,
        [
            (uid, key, "", entry_id, address, *times, True, _moment(starts_at), *_UNTOLD)
            for uid, entry_id, starts_at in entries
        ],
    )


def _times(now: datetime, quiet: timedelta) -> Row:
    return _moment(now), _moment(now + quiet), _moment(now + max(quiet, LONGEST_QUIET))


def _moment(at: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(at)


def mark_due(
    calendars: QuerySet[Calendar],
    *,
    now: datetime,
    quiet: timedelta,
    bulk: bool = False,
    starts_at: datetime | None = None,
) -> int:
    """Mark `calendars` due in one UPDATE and return how many.

    Each mark restarts the quiet period, at most LONGEST_QUIET after the first that still waits.
    `bulk` lets live edits go first; a live mark makes a bulk row live. A mark undoes a release.
    `starts_at` is given when the entry moved.
    """
    latest = Coalesce(F("due_by"), Value(now + max(quiet, LONGEST_QUIET)))
    changes: dict[str, object] = {
        "due_at": Least(Value(now + quiet), latest),
        "due_by": latest,
        "mark": F("mark") + 1,
        "released_at": None,
        "released_by": None,
    }
    # A row that already waits for a live edit stays live.
    changes["bulk"] = (
        Case(When(due_at__isnull=True, then=Value(True)), default=F("bulk")) if bulk else False
    )
    if starts_at is not None:
        changes["starts_at"] = starts_at
    return calendars.update(**changes)


def release(calendars: QuerySet[Calendar], *, by_id: int | None, now: datetime) -> int:
    """Leave `calendars` as they are, whatever the plan says, until they are marked due again.

    Those that were never told are left so too: a switch turned on may leave them out.
    """
    return calendars.update(
        due_at=None,
        due_by=None,
        released_at=now,
        released_by=by_id,
        mark=F("mark") + 1,
    )


def raise_sequence(uid: str) -> None:
    """Count a guest-visible edit of `uid` (RFC 5546 section 2.1.4).

    The number rises only if its present value has left the house: edits nobody was told of
    share one version.
    """
    UidCounter.objects.filter(uid=uid, frozen=F("sequence")).update(sequence=F("sequence") + 1)


def calendars_of(entry_ids: Iterable[int] | QuerySet[Any]) -> QuerySet[Calendar]:
    """Return every calendar ever kept for these entries, under any UID they had.

    `entry_ids` may be a query of ids: then the answer stays one statement.
    """
    return Calendar.objects.filter(entry_id__in=entry_ids)
