"""A restored database sends nothing until somebody has looked at it and releases it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import F, Max, Model

from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, LogLine, Parcel, UidCounter
from daybook.people import audit
from daybook.people.models import AuditLine, LinkMail, MailTest, Person
from daybook.sync import journal, merging, orphans, reminding
from daybook.sync.models import Quarantine, WorkerBeat

# How far versions are lifted where no journal says what was given out since the backup.
LIFT = 1000
# Every row that is written with the time, and where.
STAMPS: Sequence[tuple[type[Model], str]] = (
    (WorkerBeat, "seen_at"),
    (Parcel, "frozen_at"),
    (Parcel, "opened_at"),
    (LogLine, "at"),
    (AuditLine, "at"),
    (DiaryEntry, "changed_at"),
)


class NotRead(Exception):  # noqa: N818 - an answer to the person, not a breakdown
    """The sent journal has not been read yet, so releasing would send things twice."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody who releases should know.

    `pending` calendars are looked at as soon as it is released; `newest_sent_at` is when the last
    message left, as far as database and journal know; `orphans` calendars show entries the diary
    does not have.
    """

    row: Quarantine
    pending: int
    newest_sent_at: datetime | None
    orphans: int


def is_on() -> bool:
    """Return whether this database was restored and not released since."""
    return Quarantine.objects.exists()


def standing() -> Standing | None:
    """Return what stands, None if there is no quarantine."""
    row = Quarantine.objects.first()
    if row is None:
        return None
    return Standing(
        row=row,
        pending=Calendar.objects.filter(due_at__isnull=False).count(),
        newest_sent_at=Calendar.objects.aggregate(at=Max("told_at"))["at"],
        orphans=orphans.left().count(),
    )


def newest_stamp() -> datetime | None:
    """Return the newest time anything in this database was written with."""
    found = [
        model._default_manager.aggregate(newest=Max(column))["newest"] for model, column in STAMPS
    ]
    return max((at for at in found if at is not None), default=None)


@transaction.atomic
def begin(folders: Sequence[Path], now: datetime) -> merging.Merged:
    """Put this database, just restored, into quarantine, and teach it what `folders` know.

    If the journals do not reach back to when the backup was made, every version is lifted by
    LIFT besides. Called once after a restore.
    """
    newest = newest_stamp()
    since = journal.begins_at(folders)
    complete = newest is None or (since is not None and since <= newest)
    Quarantine.objects.update_or_create(
        pk=1,
        defaults={
            "restored_at": now,
            "newest_at": newest or now,
            "journal_from": since if complete else None,
        },
    )
    WorkerBeat.objects.all().delete()
    merged = merging.merge(folders, now)
    if not complete:
        UidCounter.objects.update(sequence=F("sequence") + LIFT)
    audit.record(None, "restored", "database", newest=newest.isoformat() if newest else None)
    return merged


@transaction.atomic
def release(*, by: Person | None, now: datetime) -> bool:
    """End the quarantine; False if there is none. Raises NotRead.

    What waits is then looked at as ever: what is over is dropped, what is in step is left alone.
    Test messages and links asked for before the restore are not mailed any more. Reminders due
    before it may have been mailed: they are on the pages. Those of the time since are given.
    """
    row = Quarantine.objects.select_for_update().first()
    if row is None:
        return False
    if row.newest_at is None:
        raise NotRead
    MailTest.objects.filter(done_at__isnull=True, asked_at__lt=row.restored_at).delete()
    LinkMail.objects.filter(next_at__isnull=False, asked_at__lt=row.restored_at).delete()
    reminding.give_up_waiting(row.restored_at, now)
    row.delete()
    audit.record(by, "quarantine_released", "database", at=now.isoformat())
    return True
