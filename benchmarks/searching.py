"""What a search costs in a diary of 100,000 entries, beside looking through their texts.

Both ask for the same and answer with the same number of entries: words that few entries have, a
word that all of them have, and a word of nobody. Everything the page needs is loaded by both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from benchmarks.firm import NOW, a_type, entries, people
from benchmarks.measure import Ratio, report, side_by_side
from django.db import connection
from django.db.models import Q

from daybook.entries import matching, reading
from daybook.entries.models import DiaryEntry
from daybook.entries.searching import search
from daybook.people.models import Person

ON_POSTGRES = connection.vendor == "postgresql"
ENTRIES, LIMIT = 100_000, 25
MIDDLE = NOW + timedelta(hours=ENTRIES // 2)
# What is typed, and how many times faster than LIKE we promise to be, on PostgreSQL and on SQLite.
# Of a word of all, LIKE takes the next 25 entries as they come; nothing can be found sooner.
QUESTIONS = {
    "word of few": ("774 cafe", 20, 2),
    "word of all": ("visit", 0.5, 0.3),
    "word of none": ("kettle", 25, 8),
}


def by_the_index(reader: Person, q: str) -> Callable[[], int]:
    """Return the search of the page."""

    def ask() -> int:
        search(reader, q, now=MIDDLE, limit=LIMIT)
        return 1

    return ask


def by_looking_through(reader: Person, q: str) -> Callable[[], int]:
    """Return the usual way: every word somewhere in a text, what is coming and what is over."""
    entries = reading.visible_to(reader)
    for word in q.split():
        entries = entries.filter(
            Q(title__icontains=word) | Q(location__icontains=word) | Q(notes__icontains=word)
        )

    def ask() -> int:
        coming = list(entries.filter(ends_at__gt=MIDDLE)[: LIMIT + 1])
        if len(coming) <= LIMIT:
            list(entries.filter(ends_at__lte=MIDDLE).order_by("-starts_at", "-pk")[: LIMIT + 1])
        return 1

    return ask


def measured() -> Iterator[Ratio]:
    database = "PostgreSQL" if ON_POSTGRES else "SQLite"
    guests = people(200)
    entries(ENTRIES, label="found", kind=a_type("Site visit"), guests=guests)
    for first in range(0, ENTRIES, 1000):
        some = DiaryEntry.objects.order_by("pk").prefetch_related("assignments")
        matching.index_all(
            (entry, [on.person_id for on in entry.assignments.all()])
            for entry in some[first : first + 1000]
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for name, (q, on_postgres, on_sqlite) in QUESTIONS.items():
        yield side_by_side(
            f"{database}: search of {ENTRIES:,}, a {name} / LIKE",
            by_the_index(guests[0], q),
            by_looking_through(guests[0], q),
            promise=on_postgres if ON_POSTGRES else on_sqlite,
            rounds=3,
        )


if __name__ == "__main__":
    report(measured())
