"""What an edit costs: saving an entry, and turning a type's switch for everything in the diary.

Both beside the obvious way of doing it with Django, into the same database. A save ends in one
commit that is on disk; the switch is one UPDATE however many calendars there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count

from benchmarks.firm import NOTES, NOW, ON_EACH, a_type, entries, log_line, people
from benchmarks.measure import Ratio, report, side_by_side
from django.db import connection, transaction

from daybook.calendaring.event import timed
from daybook.entries import changing, types
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import Assignment, DiaryEntry, DiaryEntryType
from daybook.entries.types import TypeChanges
from daybook.ledger.models import Calendar
from daybook.people.models import Person

ON_POSTGRES = connection.vendor == "postgresql"
SAVES = 20
CALENDARS, SOME = 100_000, 500
START = (NOW + timedelta(days=30)).replace(tzinfo=None)
SPAN = timed(START, START + timedelta(hours=1), "Europe/London")


def by_the_verb(kind: DiaryEntryType, on_it: list[Person]) -> Callable[[], int]:
    """Return a maker of entries as the pages and the API make them, checks included."""
    changes = EntryChanges(
        type_id=kind.pk,
        title="Site visit",
        notes=NOTES,
        location="1 High Street, London",
        span=SPAN,
        assigned=[person.pk for person in on_it],
    )

    def save() -> int:
        for _ in range(SAVES):
            changing.create(changes, creator=on_it[0], now=NOW)
        return SAVES

    return save


def by_saves(kind: DiaryEntryType, on_it: list[Person]) -> Callable[[], int]:
    """Return a maker of entries that saves object after object: 16 saves, each committed."""
    numbers = count()

    def save() -> int:
        for _ in range(SAVES):
            _save_each(f"saved-{next(numbers)}", kind, on_it)
        return SAVES

    return save


def _save_each(uid: str, kind: DiaryEntryType, on_it: list[Person]) -> None:
    entry = DiaryEntry(
        uid=uid,
        type=kind,
        title="Site visit",
        notes=NOTES,
        location="1 High Street, London",
        timezone=SPAN.zone,
        start_wall=SPAN.start.wall,
        end_wall=SPAN.end.wall,
        starts_at=NOW + timedelta(days=30),
        ends_at=NOW + timedelta(days=30, hours=1),
        creator=on_it[0],
        created_at=NOW,
        changed_at=NOW,
    )
    entry.save()
    for position, person in enumerate(on_it):
        Assignment(entry=entry, person=person, position=position).save()
        calendar = Calendar(
            uid=uid,
            entry_id=entry.pk,
            person_id=person.pk,
            address=person.email,
            address_key=person.email_key,
            starts_at=entry.starts_at,
            due_at=NOW,
        )
        calendar.save()
        log_line(calendar, state="waiting").save()


def at_rest(kind: DiaryEntryType) -> Callable[[], None]:
    """Return what puts all calendars of a type to rest, as a worker leaves them."""

    def rest() -> None:
        calendars = Calendar.objects.filter(entry_id__in=DiaryEntry.objects.filter(type=kind))
        calendars.update(due_at=None, due_by=None, bulk=False)
        if ON_POSTGRES:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ledger_calendar")  # which it does by itself in time

    return rest


def by_the_switch(kind: DiaryEntryType) -> Callable[[], int]:
    """Return one turn of the switch, after which CALENDARS calendars are due."""

    def turn() -> int:
        kind.refresh_from_db()
        types.change_type(kind.pk, TypeChanges(synchronise=not kind.synchronise), by=None, now=NOW)
        return CALENDARS

    return turn


def row_by_row(kind: DiaryEntryType) -> Callable[[], int]:
    """Return the loop over entries and their calendars, kindly in one transaction, for SOME.

    As in a save, each calendar is saved and gets a line in a queue for whoever tells it.
    """

    def turn() -> int:
        done = 0
        with transaction.atomic():
            for entry in DiaryEntry.objects.filter(type=kind).order_by("pk")[: SOME // ON_EACH]:
                for calendar in Calendar.objects.filter(entry_id=entry.pk):
                    calendar.due_at = NOW
                    calendar.mark += 1
                    calendar.save()
                    log_line(calendar, state="waiting").save()
                    done += 1
        return done

    return turn


def measured() -> Iterator[Ratio]:
    database = "PostgreSQL" if ON_POSTGRES else "SQLite"
    guests = people(200)
    kind = a_type("Site visit")
    yield side_by_side(
        f"{database}: entry for five, one transaction / 16 saves",
        by_the_verb(kind, guests[:ON_EACH]),
        by_saves(kind, guests[:ON_EACH]),
        promise=3,
    )
    much_used = a_type("Much used")
    calendars = entries(CALENDARS // ON_EACH, label="flip", kind=much_used, guests=guests)
    yield side_by_side(
        f"{database}: switch over {CALENDARS:,} calendars / row by row",
        by_the_switch(much_used),
        row_by_row(much_used),
        promise=60 if ON_POSTGRES else 100,
        rounds=3,
        before=at_rest(much_used),
    )
    assert Calendar.objects.filter(pk__in=calendars[:SOME], due_at__isnull=False).count() == SOME


if __name__ == "__main__":
    report(measured())
