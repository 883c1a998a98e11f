"""One message that cannot be written, and one that kills every worker, among a thousand."""

from __future__ import annotations

import time
from collections.abc import Iterator

from torture.figures import Figure
from torture.sink import Sink, sink

from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, CalendarState
from torture import firm, workers

LEASE = 1.0
DEADLY = "Deadly"


def measured(short: bool) -> Iterator[Figure]:
    count = 40 if short else 1_000
    with sink() as mail:
        yield cannot_be_written(mail, count)
    with sink() as mail:
        yield kills_workers(mail, count)


def cannot_be_written(mail: Sink, count: int) -> Figure:
    """Damage one entry so that no message can be made of it, and let one worker send."""
    entries = _entries(mail, count, "written")
    DiaryEntry.objects.filter(pk=entries[count // 2].pk).update(timezone="Nowhere/At_All")
    with workers.workers(1):
        deadline = time.monotonic() + 120
        while _left(entries) and time.monotonic() < deadline:
            time.sleep(0.05)
    [row] = Calendar.objects.filter(entry_id=entries[count // 2].pk)
    return _figure(
        f"One entry in {count:,} of which no message can be made",
        mail,
        row,
        count,
        row.reason,
    )


def kills_workers(mail: Sink, count: int) -> Figure:
    """Let one entry kill every worker that comes to write it, and start another each time."""
    entries = _entries(mail, count, "deadly")
    DiaryEntry.objects.filter(pk=entries[0].pk).update(title=DEADLY)
    deaths = 0
    deadline = time.monotonic() + 180
    running = workers.fork(workers.work_mortally, LEASE, DEADLY)
    while _left(entries) and time.monotonic() < deadline:
        time.sleep(0.05)
        if running.exitcode is not None:
            deaths += 1
            running = workers.fork(workers.work_mortally, LEASE, DEADLY)
    workers.kill(running)
    [row] = Calendar.objects.filter(entry_id=entries[0].pk)
    return _figure(
        f"One entry in {count:,} that kills every worker that comes to it",
        mail,
        row,
        count,
        f"{row.reason} after {deaths} deaths",
    )


def _entries(mail: Sink, count: int, label: str) -> list[DiaryEntry]:
    senders = firm.senders(2, mail.port, label=label)
    guests = firm.guests(10, label=f"{label}guest")
    return [
        firm.save(senders[0], [guests[number % 10]], title=f"Visit {number}")
        for number in range(count)
    ]


def _left(entries: list[DiaryEntry]) -> int:
    return Calendar.objects.filter(
        entry_id__in=[entry.pk for entry in entries], due_at__lte=firm.now()
    ).count()


def _figure(claim: str, mail: Sink, row: Calendar, count: int, found: str) -> Figure:
    told = {each.uid for each in mail.arrivals}
    shown = row.state == CalendarState.PROBLEM and row.due_at is not None
    return Figure(
        f"{claim}: all others are sent once, that one is shown with its reason and looked at again",
        f"{len(told):,} of {count - 1:,} others sent, {mail.copies()} twice; the one: {found}",
        len(told) == count - 1 and mail.copies() == 0 and shown,
    )
