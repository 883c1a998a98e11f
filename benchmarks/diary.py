"""What a page of the diary costs by how much there is before and after it: the same.

The month of a firm with five entries a day is asked for as a browser asks, with ever more years of
the same around it. Both sides are the same page; a ratio of 1 means that history costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from benchmarks.firm import NOW, a_person, a_type
from benchmarks.measure import Ratio, report
from django.db import connection, transaction
from django.test import Client

from daybook.calendaring.event import timed
from daybook.entries.drafts import span_columns
from daybook.entries.models import Assignment, DiaryEntry, DiaryEntryType
from daybook.people.models import Person

ON_POSTGRES = connection.vendor == "postgresql"
A_DAY = 5
FEWEST = 1_000
SIZES = (FEWEST, 10_000, 100_000, 1_000_000)
# The last page is at least half as fast as the first: flat, on a machine that does other things.
FLAT = 0.5
ROUNDS = 15
# SQLite works inside this process, so that its time alone says what a page costs.
clock = time.perf_counter if ON_POSTGRES else time.process_time


def _fill(wanted: int, kind: DiaryEntryType, on_it: Person) -> None:
    """Repeat the first days ever further before and after them until there are `wanted` entries."""
    there = DiaryEntry.objects.count()
    if not there:
        made = DiaryEntry.objects.bulk_create(_entry(n, kind, on_it) for n in range(FEWEST))
        Assignment.objects.bulk_create(
            Assignment(entry=entry, person=on_it, position=0) for entry in made
        )
    with transaction.atomic(), connection.cursor() as cursor:
        for copy in range(max(1, there // FEWEST), wanted // FEWEST):
            away = (copy + 1) // 2 * (1 if copy % 2 else -1)
            for statement in _repeat(copy, away * FEWEST // A_DAY):
                cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _repeat(copy: int, days: int) -> list[str]:
    """Return what writes the first entries again, `days` later."""
    names = [
        field.column
        for field in DiaryEntry._meta.concrete_fields
        if field.column and not field.primary_key
    ]
    values = ", ".join(_repeated(name, copy, days) for name in names)
    entries = f"""
        INSERT INTO entries_diaryentry ({", ".join(names)})
        SELECT {values} FROM entries_diaryentry WHERE id <= {FEWEST}"""
    assignments = f"""
        INSERT INTO entries_assignment (entry_id, person_id, position)
        SELECT copied.id, first.creator_id, 0
        FROM entries_diaryentry first
        JOIN entries_diaryentry copied ON copied.uid = '{copy}-' || first.uid
        WHERE first.id <= {FEWEST}"""
    return [entries, assignments]


def _repeated(name: str, copy: int, days: int) -> str:
    if name == "uid":
        return f"'{copy}-' || uid"
    if name in ("starts_at", "ends_at", "long_since"):
        return (
            f"{name} + interval '{days} days'"
            if ON_POSTGRES
            else f"datetime({name}, '{days} days')"
        )
    if name in ("start_wall", "end_wall"):
        if ON_POSTGRES:
            shape = """'YYYY-MM-DD"T"HH24:MI:SS'"""
            return f"to_char({name}::timestamp + interval '{days} days', {shape})"
        return f"strftime('%Y-%m-%dT%H:%M:%S', {name}, '{days} days')"
    return name


def _entry(number: int, kind: DiaryEntryType, on_it: Person) -> DiaryEntry:
    # Day 0 is today's, day 1 tomorrow's, day 2 yesterday's, and so on.
    day, hour = divmod(number, A_DAY)
    away = (day + 1) // 2 * (1 if day % 2 else -1)
    start = NOW.replace(tzinfo=None, hour=8 + 2 * hour) + timedelta(days=away)
    length = timedelta(hours=49 if number % 50 == 0 else 1)
    return DiaryEntry(
        uid=f"first-{number}@daybook.example",
        type=kind,
        title=f"Site visit {number}",
        created_at=NOW,
        changed_at=NOW,
        creator=on_it,
        **span_columns(timed(start, start + length, "Europe/London")),
    )


def _pages_a_second(client: Client, address: str) -> float:
    """Return the best of some rounds: the sides are minutes apart and share no noise."""
    client.get(address)
    seconds = []
    for _ in range(ROUNDS):
        started = clock()
        answer = client.get(address)
        seconds.append(clock() - started)
        assert answer.status_code == 200
    return 1 / min(seconds)


def measured() -> Iterator[Ratio]:
    database = "PostgreSQL" if ON_POSTGRES else "SQLite"
    reader = a_person("reader")
    reader.save()
    kind = a_type("Site visit")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(reader)
    views = {
        "month": f"/?view=month&date={NOW:%Y-%m-%d}",
        "my week": f"/?view=week&date={NOW:%Y-%m-%d}",
        "month of one type": f"/?view=month&date={NOW:%Y-%m-%d}&type={kind.pk}",
    }
    first: dict[str, float] = {}
    for size in SIZES:
        _fill(size, kind, reader)
        for view, address in views.items():
            rate = _pages_a_second(client, address)
            least = first.setdefault(view, rate)
            if size > FEWEST:
                name = f"{database}: {view}, {size:,} entries / {FEWEST:,}"
                yield Ratio(name, rate, least, rate / least, FLAT)


if __name__ == "__main__":
    report(measured())
