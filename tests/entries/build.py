"""The sample firm of the tests: people, types and entries, made by the product's own verbs.

Ada and Ben are on the entry; Cleo never is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from daybook.calendaring import address
from daybook.calendaring.event import Span, timed
from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.ledger.models import Calendar, CalendarState, UidCounter
from daybook.people.models import MailAccount, Person, Role, Security

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
ZONE = "Europe/London"


def a_person(
    forename: str = "Ada",
    *,
    email: str | None = None,
    syncs: bool = True,
    role: str = Role.MEMBER,
    sends: bool = False,
    active: bool = True,
    timezone: str = ZONE,
) -> Person:
    """Return a saved person who receives (`syncs`) at name@firm.example; `sends` has an account."""
    username = forename.lower()
    typed = f"{username}@firm.example" if email is None else email
    person = Person.objects.create(
        username=username,
        forename=forename,
        surname="Firm",
        email=typed,
        email_key=address.normalise(typed) if typed else "",
        timezone=timezone,
        role=role,
        email_syncing=syncs or sends,
        diary_sync=syncs,
        is_active=active,
        password="!",
    )
    if sends:
        an_account(person)
    return person


def an_administrator(forename: str = "Root") -> Person:
    """Return an administrator who receives nothing."""
    return a_person(forename, role=Role.ADMINISTRATOR, syncs=False)


def an_account(person: Person | None) -> MailAccount:
    """Return a saved account on this machine that needs no password."""
    return MailAccount.objects.create(
        person=person,
        host="127.0.0.1",
        port=2525,
        security=Security.NONE,
        from_address=person.email if person else "diary@firm.example",
    )


def a_type(name: str = "Site visit", *, synchronise: bool = True, **more: object) -> DiaryEntryType:
    """Return the type of that name, made if there is none."""
    kind, _ = DiaryEntryType.objects.get_or_create(
        name=name, defaults={"synchronise": synchronise, **more}
    )
    return kind


def at(hour: int, *, day: date = TODAY, hours: int = 1, zone: str = ZONE) -> Span:
    """Return a span that starts on the hour of `day`."""
    start = datetime(day.year, day.month, day.day, hour)
    return timed(start, start + timedelta(hours=hours), zone)


def an_entry(
    *people: Person,
    title: str = "Demo",
    creator: Person | None = None,
    kind: DiaryEntryType | None = None,
    span: Span | None = None,
    now: datetime = NOW,
    notes: str = "",
    location: str = "",
) -> DiaryEntry:
    """Return an entry with `people` on it, made by `creator` (by default the first of them)."""
    return changing.create(
        EntryChanges(
            type_id=(kind or a_type()).pk,
            title=title,
            notes=notes,
            location=location,
            span=span or at(10),
            assigned=[person.pk for person in people],
        ),
        creator=creator or (people[0] if people else None),
        now=now,
    )


def calendars(entry: DiaryEntry) -> dict[str, Calendar]:
    """Return the entry's rows of the ledger under its present UID, by address."""
    rows = Calendar.objects.filter(entry_id=entry.pk, uid=entry.uid)
    return {row.address_key: row for row in rows.order_by("pk")}


def told(*entries: DiaryEntry, organiser: Person | None = None, now: datetime = NOW) -> None:
    """Make it so that every calendar of `entries` was told and nothing waits.

    The snapshot is a stand-in; what the entries' verbs look at is only whether there is one.
    """
    ids = [entry.pk for entry in entries]
    Calendar.objects.filter(entry_id__in=ids).update(
        remembered={"stand": "in"},
        told_at=now,
        frozen=0,
        due_at=None,
        due_by=None,
        state=CalendarState.SENT,
        state_at=now,
    )
    counters = UidCounter.objects.filter(entry_id__in=ids)
    counters.update(frozen=0, last_dtstamp=now)
    if organiser is not None:
        account = MailAccount.objects.filter(person=organiser).first()
        counters.update(
            organiser_id=organiser.pk,
            organiser_address=organiser.email,
            organiser_key=organiser.email_key,
            account_id=account.pk if account else None,
        )


def due_addresses(entries: Sequence[DiaryEntry] | DiaryEntry) -> set[str]:
    """Return the addresses of the calendars of `entries` that wait to be looked at."""
    several = [entries] if isinstance(entries, DiaryEntry) else entries
    rows = Calendar.objects.filter(entry_id__in=[e.pk for e in several], due_at__isnull=False)
    return set(rows.values_list("address_key", flat=True))
