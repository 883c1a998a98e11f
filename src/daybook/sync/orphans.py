"""Entries that stand in somebody's calendar and are not in the diary: made after the backup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from daybook.calendaring.event import Span
from daybook.ledger import due
from daybook.ledger import told as snapshots
from daybook.ledger.models import TOLD, Calendar
from daybook.people import audit
from daybook.people.models import Person
from daybook.sync.remembering import NO_ENTRY

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Orphan:
    """One entry in one calendar: when it is, whose calendar, and who organises it."""

    address: str
    organiser: str
    span: Span
    told_at: datetime | None


def left() -> QuerySet[Calendar]:
    """Return the calendars that show an orphan and that nobody decided about."""
    found = Calendar.objects.filter(TOLD, entry_id=NO_ENTRY, released_at__isnull=False)
    return found.order_by("starts_at", "pk")


def shown() -> Sequence[Orphan]:
    """Return the first MOST_SHOWN of them, the soonest first."""
    calendars = list(left()[:MOST_SHOWN])
    snapshots.fetch(calendars)
    return [_orphan(calendar) for calendar in calendars]


@transaction.atomic
def take_back(*, by: Person | None, now: datetime) -> int:
    """Let every orphan be taken out of its calendar, by mail; return how many.

    They go when the quarantine is released. What is over is left alone.
    """
    number = due.mark_due(left().order_by(), now=now, quiet=timedelta(0))
    if number:
        audit.record(by, "orphans_taken_back", "database", number=number)
    return number


def _orphan(calendar: Calendar) -> Orphan:
    told = snapshots.from_json(calendar.told)
    if told is None:
        raise AssertionError("an orphan shows something")
    return Orphan(
        calendar.address, told.organiser_address, told.holding.facts.span, calendar.told_at
    )
