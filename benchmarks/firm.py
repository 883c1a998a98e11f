"""A firm with as many entries as a benchmark needs, written in few statements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

import benchmarks.installation  # noqa: F401 - the models below need it
from django.db import transaction

from daybook.entries.models import Assignment, DiaryEntry, DiaryEntryType
from daybook.ledger.models import Calendar, CalendarState, LogLine, UidCounter
from daybook.people.models import MailAccount, Person, Security

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
ON_EACH = 5
NOTES = "\n".join(
    f"{number}. Bring the plans for floor {number}; ring first. Grüße, Łukasz."
    for number in range(1, 26)
)


def a_person(username: str, *, syncs: bool = True) -> Person:
    """Return an unsaved person who receives at username@firm.example."""
    address = f"{username}@firm.example"
    return Person(
        username=username,
        forename="Zoë",
        surname=f"Bridge {username}",
        email=address,
        email_key=address,
        email_syncing=True,
        diary_sync=syncs,
        password="!",
    )


def people(count: int) -> list[Person]:
    """Return `count` saved people who receive."""
    return Person.objects.bulk_create(a_person(f"guest{number}") for number in range(count))


def organiser(username: str, port: int) -> MailAccount:
    """Return the account of a new person who sends through `port` of this machine."""
    person = a_person(username)
    person.save()
    return MailAccount.objects.create(
        person=person,
        host="127.0.0.1",
        port=port,
        security=Security.NONE,
        from_address=person.email,
    )


def a_type(name: str) -> DiaryEntryType:
    """Return a new type that synchronises."""
    return DiaryEntryType.objects.create(name=name, synchronise=True)


def entries(
    count: int,
    *,
    label: str,
    kind: DiaryEntryType,
    guests: list[Person],
    account: MailAccount | None = None,
    due_at: datetime | None = None,
    first_day: datetime = NOW,
) -> list[int]:
    """Make `count` entries of ON_EACH of `guests` each; return the ids of their calendars.

    They follow each other by the hour after `first_day`. `account` is the creator's. With
    `due_at` the calendars wait to be told from then on.
    """
    with transaction.atomic():
        rows = DiaryEntry.objects.bulk_create(
            [_entry(number, label, kind, account, first_day) for number in range(count)], 500
        )
        UidCounter.objects.bulk_create(
            [UidCounter(uid=row.uid, entry_id=row.pk) for row in rows], 500
        )
        in_turn = cycle(guests)
        on_them = [(row, list(islice(in_turn, ON_EACH))) for row in rows]
        Assignment.objects.bulk_create(
            [
                Assignment(entry=row, person=person, position=position)
                for row, some in on_them
                for position, person in enumerate(some)
            ],
            500,
        )
        calendars = Calendar.objects.bulk_create(
            [_calendar(row, person, account, due_at) for row, some in on_them for person in some],
            500,
        )
    return [calendar.pk for calendar in calendars]


def _entry(
    number: int,
    label: str,
    kind: DiaryEntryType,
    account: MailAccount | None,
    first_day: datetime,
) -> DiaryEntry:
    start = first_day + timedelta(hours=24 + number)
    wall = start.replace(tzinfo=None)  # the entries are in UTC's own zone in winter
    return DiaryEntry(
        uid=f"{label}-{number:08}-5f0c-4c8e-9a1e-3d1f0f9f7f11@daybook.example",
        type=kind,
        title=f"Site visit {number}, Café Łódź",
        notes=NOTES,
        location="1 High Street, London",
        timezone="Europe/London",
        start_wall=wall,
        end_wall=wall + timedelta(hours=1),
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        creator_id=account.person_id if account else None,
        created_at=NOW,
        changed_at=NOW,
    )


def _calendar(
    entry: DiaryEntry, person: Person, account: MailAccount | None, due_at: datetime | None
) -> Calendar:
    return Calendar(
        uid=entry.uid,
        entry_id=entry.pk,
        address_key=person.email_key,
        address=person.email,
        person_id=person.pk,
        starts_at=entry.starts_at,
        due_at=due_at,
        account_id=account.pk if account else None,
        mark=1,
        state=CalendarState.WAITING if due_at else CalendarState.NOT_SENT,
        state_at=NOW,
    )


def log_line(calendar: Calendar, **more: object) -> LogLine:
    """Return a line of the sync log for a calendar as it is, `more` of its columns given."""
    line = {
        "entry_id": calendar.entry_id,
        "person_id": calendar.person_id,
        "address": calendar.address,
        "uid": calendar.uid,
        "calendar_id": calendar.pk,
        "account_id": calendar.account_id,
        "state": calendar.state,
        "at": NOW,
    }
    return LogLine(**(line | more))
