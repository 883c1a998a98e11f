"""What saving, deleting or downloading an entry would do, in the words the pages say it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.http import HttpResponse

from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, CalendarState
from daybook.people.models import Person
from daybook.web.access import PersonRequest


class EntryVerb(Protocol):
    """One of the verbs of `entries.changing` that need nothing but an entry."""

    def __call__(
        self, entry_id: int, *, by: Person | None, now: datetime, expected: int | None = None
    ) -> DiaryEntry: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One calendar of an entry, as its page shows it."""

    name: str
    address: str
    state: str
    label: str
    sentence: str
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether there is a file to download, and a sentence about it."""

    offered: bool
    sentence: str


def calendar_rows(entry: DiaryEntry, reader: Person, now: datetime) -> list[Row]:
    return [
        Row(c.address, c.address, c.state, CalendarState(c.state).label, c.reason, c.told_at)
        for c in Calendar.objects.filter(entry_id=entry.pk)
    ]


def download_offer(entry: DiaryEntry, reader: Person, now: datetime) -> Offer:
    return Offer(entry.type.synchronise, "")


def mailed_by_saving(entry: DiaryEntry, reader: Person, now: datetime) -> int:
    return 0


def told_by_deleting(entry: DiaryEntry, now: datetime) -> list[str]:
    return []


def download_answer(request: PersonRequest, entry: DiaryEntry, now: datetime) -> HttpResponse:
    return HttpResponse(status=404)
