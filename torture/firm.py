"""A firm with much to do, made and changed by the product's own verbs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import torture.installation  # noqa: F401 - the models below need it
from tests.entries.build import a_person, a_type, at
from torture.sink import Sink

from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar
from daybook.people.models import Person


def now() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


def senders(count: int, port: int, *, label: str = "sender") -> list[Person]:
    """Return `count` people who send through `port` of this machine and receive nothing."""
    found = []
    for number in range(count):
        person = a_person(f"{label}{number}", syncs=False, sends=True)
        person.mail_account.port = port
        person.mail_account.save()
        found.append(person)
    return found


def guests(count: int, *, label: str = "guest") -> list[Person]:
    """Return `count` people who receive."""
    return [a_person(f"{label}{number}") for number in range(count)]


def save(
    creator: Person,
    on_it: Sequence[Person],
    *,
    title: str = "Visit 0",
    at_time: datetime | None = None,
    in_days: int = 100,
) -> DiaryEntry:
    """Return a new entry of a type that synchronises, made at `at_time` (default: now).

    It takes place `in_days` after today, whatever `at_time` says.
    """
    return changing.create(
        EntryChanges(
            type_id=a_type().pk,
            title=title,
            location="Leeds",
            notes="Bring the plans.",
            span=at(10, day=(now() + timedelta(days=in_days)).date()),
            assigned=[person.pk for person in on_it],
        ),
        creator=creator,
        now=at_time or now(),
    )


def reword(entry: DiaryEntry, title: str, *, by: Person, at_time: datetime | None = None) -> None:
    """Give an entry another title."""
    changing.change(entry.pk, EntryChanges(title=title), by=by, now=at_time or now())


def waiting() -> int:
    """Return how many calendars still have something to do."""
    return Calendar.objects.filter(due_at__isnull=False).count()


def wrong_calendars(sink: Sink, entries: Sequence[tuple[DiaryEntry, Person]] = ()) -> list[str]:
    """Return what calendars show otherwise than the diary: of `entries`, by default of all."""
    found = []
    rows = DiaryEntry.objects.prefetch_related("assignments__person")
    if entries:
        rows = rows.filter(pk__in=[entry.pk for entry, _ in entries])
    for entry in rows:
        gone = entry.deleted_at is not None or entry.state == "cancelled"
        for assignment in entry.assignments.all():
            held = sink.mailboxes[assignment.person.email_key].holds.get(entry.uid)
            shown = (held.title, held.start, held.end) if held else None
            wanted = None if gone else (entry.title, entry.starts_at, entry.ends_at)
            if shown != wanted:
                found.append(f"{assignment.person.email_key}: {shown} instead of {wanted}")
    return found
