"""Several workers claim the same work at the same time."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from torture.figures import Figure

from daybook.ledger.models import Calendar
from torture import firm, workers

ON_BOTH = True
FAIR_SHARE = 0.1
ON_EACH = 10
# One in which a worker hardly took part was no race, and does not count; there are this many. Each
# worker takes eight accounts at a time, so that there are few turns, and chance has its part.
RUNS = 6


def measured(short: bool) -> Iterator[Figure]:
    claims, accounts = (240, 24) if short else (10_000, 200)
    sending = firm.senders(accounts, 1)
    guests = firm.guests(ON_EACH)
    for count in (2, 4):
        for runs_left in reversed(range(1 if short else RUNS)):
            for number in range(claims // ON_EACH):
                firm.save(sending[number % accounts], guests)
            race = Race(claims, *claim_all(count), waiting=firm.waiting())
            if race.took_part(count) >= FAIR_SHARE or race.went_wrong or not runs_left:
                break
        yield figure(count, race, short=short)


@dataclass(frozen=True)
class Race:
    """How many mails each worker carried, how often each mail was, and how many were left."""

    claims: int
    by_worker: Counter[str]
    keys: Counter[str]
    waiting: int

    @property
    def double(self) -> int:
        return sum(times - 1 for times in self.keys.values())

    @property
    def went_wrong(self) -> bool:
        return self.double > 0 or len(self.keys) != self.claims or self.waiting > 0

    def took_part(self, count: int) -> float:
        """Return the part of the mails that the least of `count` workers carried."""
        return min(self.by_worker[f"worker{number}"] for number in range(count)) / self.claims


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
        deadline = time.monotonic() + 300
        while len(_lines(book)) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        # They have looked once more, and found nothing.
        time.sleep(1)
        due.update(due_at=firm.now())
        while due.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        for each in running:
            each.terminate()
            each.join()
        carried = [line for line in _lines(book) if len(line) > 1]
    assert held, "there was nothing to claim"
    return Counter(name for name, _ in carried), Counter(key for _, key in carried)


def _lines(book: Path) -> list[list[str]]:
    return [line.split() for line in book.read_text().splitlines()]


def figure(count: int, race: Race, *, short: bool) -> Figure:
    shares = "/".join(f"{race.by_worker[f'worker{number}']:,}" for number in range(count))
    return Figure(
        f"{race.claims:,} claims by {count} workers at once: none twice, none left, each worker at "
        "least a tenth, or the run does not count",
        f"{len(race.keys):,} carried, {race.double} twice, {race.waiting} left; shares {shares}",
        # A few batches may all fall to one; many may not, or there was no race.
        not race.went_wrong and (short or race.took_part(count) >= FAIR_SHARE),
    )
