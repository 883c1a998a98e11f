"""Handing the entries of an organiser who cannot send to somebody who can.

A calendar obeys only the organiser it knows (RFC 5546 section 3.2.5), so an entry cannot change
hands under its UID: the old one is withdrawn, and the entry begins again under a new UID.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from daybook.calendaring.event import State
from daybook.entries import marking, reading
from daybook.entries.models import DiaryEntry
from daybook.ledger import due, rows
from daybook.ledger.models import UidCounter
from daybook.people import accounts, audit
from daybook.people.faults import NotAllowed
from daybook.people.models import Person


def hand_over(person: Person, *, by: Person | None, now: datetime) -> int:
    """Give every coming entry organised by `person` a new UID; return how many.

    Calendars that were told lose the old UID, by the old account if that still sends, and are
    invited by the new organiser. A person who can send keeps the entries organised under the
    address of today. `by` None is the command line. Raises NotAllowed.
    """
    if by is not None and not (by.is_administrator and by.is_active):
        raise NotAllowed(gettext("Only an administrator may hand over somebody's entries."))
    with transaction.atomic():
        entries = list(_organised_by(person, now).select_for_update(of=("self",)))
        for entry in entries:
            _begin_again(entry, by=by, now=now)
        if entries:
            audit.record(by, "entries_handed_over", person.name, entries=len(entries))
    return len(entries)


def count(person: Person, *, now: datetime) -> int:
    """Return how many entries `hand_over` would give a new organiser."""
    return _organised_by(person, now).count()


def _organised_by(person: Person, now: datetime) -> QuerySet[DiaryEntry]:
    counters = UidCounter.objects.filter(organiser_id=person.pk)
    if _sends(person):
        counters = counters.exclude(organiser_key=person.email_key)
    coming = DiaryEntry.objects.filter(
        uid__in=counters.values("uid"), deleted_at=None, ends_at__gt=now
    ).exclude(state=State.CANCELLED)
    return reading.with_people(coming).order_by("pk")


def _sends(person: Person) -> bool:
    account = accounts.of(person)
    held = account is not None and bool(account.held_reason)
    return person.is_active and accounts.can_send(person) and not held


def _begin_again(entry: DiaryEntry, *, by: Person | None, now: datetime) -> None:
    due.mark_due(due.calendars_of([entry.pk]), now=now, quiet=marking.quiet_period(), bulk=True)
    entry.uid = marking.new_uid()
    entry.revision += 1
    entry.changed_at, entry.changed_by = now, by
    entry.save(update_fields=["uid", "revision", "changed_at", "changed_by"])
    rows.insert(*due.new_counter(entry.uid, entry.pk))
    marking.keep(entry, reading.people_on(entry), now=now)
