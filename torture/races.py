"""Several workers claim the same work at the same time."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from torture.figures import Figure

from daybook.ledger.models import Calendar
from torture import firm, workers

ON_BOTH = True
FAIR_SHARE = 0.1
ON_EACH = 10


def measured(short: bool) -> Iterator[Figure]:
    claims, accounts = (240, 24) if short else (10_000, 200)
    sending = firm.senders(accounts, 1)
    guests = firm.guests(ON_EACH)
    for count in (2, 4):
        for number in range(claims // ON_EACH):
            firm.save(sending[number % accounts], guests)
        by_worker, keys = claim_all(count)
        yield figure(count, claims, by_worker, keys, short=short)


def claim_all(count: int) -> tuple[Counter[str], Counter[str]]:
    """Let `count` workers do all that is due; return how many mails each carried, and each mail."""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book"
        book.touch()
        # All are ready before there is anything to do: one that starts later finds little left.
        due = Calendar.objects.filter(due_at__isnull=False)
        held = due.update(due_at=firm.now() + timedelta(hours=1))
        running = [
            workers.fork(workers.claim_into, str(book), f"worker{number}")
            for number in range(count)
        ]
        time.sleep(1)
        due.update(due_at=firm.now())
        deadline = time.monotonic() + 300
        while due.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        for each in running:
            each.terminate()
            each.join()
        lines = [line.split() for line in book.read_text().splitlines()]
    assert held, "there was nothing to claim"
    return Counter(name for name, _ in lines), Counter(key for _, key in lines)


def figure(
    count: int, claims: int, by_worker: Counter[str], keys: Counter[str], *, short: bool
) -> Figure:
    double = sum(times - 1 for times in keys.values())
    least = min((by_worker[f"worker{number}"] for number in range(count)), default=0)
    shares = "/".join(f"{by_worker[f'worker{number}']:,}" for number in range(count))
    return Figure(
        f"{claims:,} claims by {count} workers at once: none twice, none left, each worker at "
        "least a tenth",
        f"{len(keys):,} carried, {double} twice, {firm.waiting()} left; shares {shares}",
        double == 0
        and len(keys) == claims
        and not firm.waiting()
        # A few batches may all fall to one; many may not, or there was no race.
        and (short or least >= FAIR_SHARE * claims),
    )
