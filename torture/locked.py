"""The database is locked for twenty seconds while fifty entries are being saved."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.api.build import new_entry
from tests.entries.build import a_type
from torture.figures import Figure
from torture.running import Answer, Api, running

from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.ledger.models import Calendar
from daybook.people import tokens
from torture import firm, installation

AT_ONCE = 10


def measured(short: bool) -> Iterator[Figure]:
    saves, seconds = (20, 1.0) if short else (50, 20.0)
    [ada], [ben] = firm.senders(1, 1), firm.guests(1)
    a_type()
    _, token = tokens.issue(ada, "torture")
    sent = new_entry(DiaryEntryType.objects.get(), ben)
    with running(installation.DATA, workers=0) as (port, _):
        api = Api("127.0.0.1", port, token)
        first, again = save_while_locked(api, sent, saves, seconds)
    entries = DiaryEntry.objects.count()
    complete = Calendar.objects.filter(address_key=ben.email_key).count()
    statuses = Counter(answer.status for answer in first)
    without_a_time = [a for a in first if a.status == 503 and "retry-after" not in a.headers]
    yield Figure(
        f"The database is locked for {seconds:.0f} s under {saves} saves: each is answered 201, or "
        "503 with Retry-After; nothing is half written, and asked again nothing is doubled",
        f"answers {dict(sorted(statuses.items()))}, {len(without_a_time)} without a time; then "
        f"{sum(a.status == 201 for a in again)} of {saves} saved, {entries} entries, {complete} "
        "calendars",
        set(statuses) <= {201, 503}
        and not without_a_time
        and {answer.status for answer in again} == {201}
        and entries == complete == saves,
    )


def save_while_locked(
    api: Api, sent: object, saves: int, seconds: float
) -> tuple[list[Answer], list[Answer]]:
    """Return the answers to the saves while another holds the lock, and to the same ones after."""

    def save(number: int) -> Answer:
        return api.call("POST", "/api/v1/entries", sent, key=f"save {number}")

    other = sqlite3.connect(installation.DATA / "daybook.sqlite3", isolation_level=None)
    with ThreadPoolExecutor(AT_ONCE) as people:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        asked = [people.submit(save, number) for number in range(saves)]
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        other.execute("ROLLBACK")
        first = [each.result() for each in asked]
        other.close()
        return first, list(people.map(save, range(saves)))
