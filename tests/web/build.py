"""The firm of the pages' tests: Ada, an administrator, and Ben are on the entry; Cleo never is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, TypeAlias

from django.test import Client

from daybook.calendaring.event import timed
from daybook.entries import changing, person_changes, types
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.entries.types import TypeChanges
from daybook.people.details import PersonChanges
from daybook.people.models import Person

if TYPE_CHECKING:
    # The test client's answers know the context they were drawn from.
    from django.test.client import _MonkeyPatchedWSGIResponse

    Page: TypeAlias = _MonkeyPatchedWSGIResponse

# Far enough ahead that nothing of it is over, and in summer, when London is not on UTC.
DAY = date(datetime.now(UTC).year + 1, 6, 15)
PASSWORD = "correct horse battery"
HOST = "127.0.0.1"

Fields = Mapping[str, str | Sequence[str | int] | int]


def a_person(
    forename: str,
    *,
    role: str = "member",
    email: str | None = None,
    syncs: bool = True,
    zone: str = "Europe/London",
    password: str | None = None,
) -> Person:
    """Return somebody of the firm who receives at name@firm.example (unless not `syncs`)."""
    name = forename.lower()
    return person_changes.save_person(
        None,
        PersonChanges(
            username=name,
            forename=forename,
            email=f"{name}@firm.example" if email is None else email,
            role=role,
            timezone=zone,
            email_syncing=syncs,
            diary_sync=syncs,
            password=password,
        ),
        by=None,
        now=datetime.now(UTC),
    )


def an_administrator(forename: str = "Ada") -> Person:
    """Return an administrator who also receives."""
    return a_person(forename, role="administrator")


def a_type(name: str = "Site visit", *, synchronise: bool = True) -> DiaryEntryType:
    """Return a new type."""
    changes = TypeChanges(name=name, colour="amber", synchronise=synchronise)
    return types.create_type(changes, by=None)


def an_entry(
    *people: Person,
    title: str = "Boiler survey",
    kind: DiaryEntryType | None = None,
    day: date = DAY,
    hour: int = 9,
    zone: str = "Europe/London",
    creator: Person | None = None,
) -> DiaryEntry:
    """Return an entry of one hour, made by `creator` or else the first of `people`."""
    start = datetime(day.year, day.month, day.day, hour)
    return changing.create(
        EntryChanges(
            type_id=(kind or DiaryEntryType.objects.first() or a_type()).pk,
            title=title,
            span=timed(start, start + timedelta(hours=1), zone),
            assigned=[person.pk for person in people],
        ),
        creator=creator or (people[0] if people else None),
        now=datetime.now(UTC),
    )


def browser(person: Person | None = None) -> Client:
    """Return a browser, with `person` signed in."""
    client = Client(SERVER_NAME=HOST)
    if person is not None:
        client.force_login(person)
    return client


def typed(kind: DiaryEntryType, *people: Person, **changes: object) -> dict[str, object]:
    """Return an entry's form as a person would fill it in."""
    return {
        "title": "Boiler survey",
        "type": kind.pk,
        "start_date": DAY.isoformat(),
        "start_time": "9:30",
        "end_time": "11",
        "timezone": "Europe/London",
        "people": [person.pk for person in people],
        **changes,
    }


def text_of(response: Page) -> str:
    """Return the words of a page as a person reads them, spaces collapsed."""
    reader = _Words()
    reader.feed(response.content.decode())
    return " ".join(" ".join(reader.words).split())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def mistakes(response: Page) -> dict[str, list[str]]:
    """Return what the page's form says is wrong, by field; "__all__" for the form itself."""
    form = response.context["form"]
    return {name: [str(sentence) for sentence in said] for name, said in form.errors.items()}
