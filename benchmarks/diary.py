"""What a page of the diary costs by how much there is before and after it: the same.

The month of a firm with five entries a day is asked for as a browser asks, with ever more years of
the same around it. Both sides are the same page; a ratio of 1 means that history costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

from benchmarks.firm import NOW, a_person, a_type
from benchmarks.measure import Ratio, report
from django.db import connection
from django.test import Client

from daybook.calendaring.event import timed
from daybook.entries.drafts import span_columns
from daybook.entries.models import Assignment, DiaryEntry, DiaryEntryType
from daybook.people.models import Person

ON_POSTGRES = connection.vendor == "postgresql"
A_DAY = 5
SIZES = (1_000, 10_000, 100_000, 1_000_000)
# The last page is at least half as fast as the first: flat, on a machine that does other things.
FLAT = 0.5
ROUNDS = 15
# SQLite works inside this process, so that its time alone says what a page costs.
clock = time.perf_counter if ON_POSTGRES else time.process_time
AT_ONCE = 10_000
uids = count()


def _fill(wanted: int, kind: DiaryEntryType, on_it: Person) -> None:
    """Add days around those there are until there are `wanted` entries; some last two days."""
    there = DiaryEntry.objects.count()
    while there < wanted:
        rows = [_entry(there + n, kind, on_it) for n in range(min(AT_ONCE, wanted - there))]
        made = DiaryEntry.objects.bulk_create(rows, 500)
        Assignment.objects.bulk_create(
            [Assignment(entry=row, person=on_it, position=0) for row in made], 2_000
        )
        there += len(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _entry(number: int, kind: DiaryEntryType, on_it: Person) -> DiaryEntry:
    # Day 0 is today's, day 1 tomorrow's, day 2 yesterday's, and so on.
    day, hour = divmod(number, A_DAY)
    away = (day + 1) // 2 * (1 if day % 2 else -1)
    start = NOW.replace(tzinfo=None, hour=8 + 2 * hour) + timedelta(days=away)
    length = timedelta(hours=49 if number % 50 == 0 else 1)
    return DiaryEntry(
        uid=f"history-{next(uids)}@daybook.example",
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
            if size > SIZES[0]:
                name = f"{database}: {view}, {size:,} entries / {SIZES[0]:,}"
                yield Ratio(name, rate, least, rate / least, FLAT)


if __name__ == "__main__":
    report(measured())
