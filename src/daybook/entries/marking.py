"""From entries to their calendars: which rows of the ledger a change reaches, and marking them.

A row is kept for every assigned address, whether or not the type synchronises, so that turning a
switch on later finds it. What each row then needs is decided when a worker claims it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db.models import Q, QuerySet

from daybook.entries.models import DiaryEntry
from daybook.ledger import due, rows
from daybook.ledger.models import TOLD, Calendar, CalendarState
from daybook.ledger.rows import Insert
from daybook.people.models import Person

# Why a row waits for somebody who can send, whoever that is.
SENDER_REASONS = ("no_sender", "organiser_cannot_send")


def quiet_period() -> timedelta:
    """Return how long an edit waits for the next one before anything is mailed."""
    return timedelta(seconds=settings.DAYBOOK.quiet_seconds)


def new_uid(domain: str = "") -> str:
    """Return a UID nobody ever had (RFC 7986 section 5.3).

    `domain` is, by default, the host name browsers use, and otherwise one that names nothing: the
    UUID alone makes it unique.
    """
    host = domain or settings.DAYBOOK.public_host
    names_something = any(character.isalpha() for character in host) and "." in host
    return f"{uuid4()}@{host if names_something and len(host) <= 200 else 'daybook.invalid'}"


def addresses_of(people: Iterable[Person]) -> dict[str, str]:
    """Return the calendars of `people`: normalised address to typed one, each once."""
    found: dict[str, str] = {}
    for person in people:
        if person.email_key:
            found.setdefault(person.email_key, person.email)
    return found


def calendars(entry: DiaryEntry, people: Iterable[Person], *, now: datetime) -> Insert:
    """Return what makes sure that every address on the entry has its row; new ones are due."""
    return due.calendars_at(
        uid=entry.uid,
        entry_id=entry.pk,
        addresses=addresses_of(people),
        starts_at=entry.starts_at,
        now=now,
        quiet=quiet_period(),
    )


def keep(entry: DiaryEntry, people: Iterable[Person], *, now: datetime) -> None:
    """Make sure every address on the entry has its row."""
    rows.insert(*calendars(entry, people, now=now))


def follow(entry: DiaryEntry, people: Iterable[Person], *, now: datetime) -> None:
    """Mark everything that shows, or should show, the entry after guests could see a change.

    `people` are those now on it. Called in the transaction of the change, after it is written.
    """
    due.mark_due(
        due.calendars_of([entry.pk]), now=now, quiet=quiet_period(), starts_at=entry.starts_at
    )
    keep(entry, people, now=now)
    # After the calendars, as a claim locks them: in one order nobody waits in a circle.
    due.raise_sequence(entry.uid)


def unfinished(entries: QuerySet[DiaryEntry], now: datetime) -> QuerySet[Calendar]:
    """Return the calendars of `entries` that are not over: the entry is not, or what was told.

    A calendar whose last word arrived shows the entry's own end, so only one that was told
    something else, or still waits, can have a future the entry no longer has.
    """
    behind = TOLD & (Q(due_at__isnull=False) | ~Q(state=CalendarState.SENT))
    coming = Q(entry_id__in=entries.filter(ends_at__gt=now).values("pk"))
    # The first condition says nothing new of `coming`, but by it an index finds the rows.
    return due.calendars_of(entries.values("pk")).filter(coming | behind)


def switch(calendars: QuerySet[Calendar], *, effect: str, by: Person | None, now: datetime) -> int:
    """Let calendars follow a switch (`effect` "apply"), or leave them as they are ("leave").

    One UPDATE however many they are; live edits are carried before them.
    """
    if effect == "leave":
        return due.release(calendars, by_id=by.pk if by else None, now=now)
    return due.mark_due(calendars, now=now, quiet=quiet_period(), bulk=True)
