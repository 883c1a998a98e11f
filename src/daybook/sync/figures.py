"""What each process counts, and the sum over all of them, through the database.

A process counts in memory and writes its counts, all in one row of its own, every few seconds. So
there is no folder that processes have to share, and hosts add up too. A process that ended is
added to one row for all that ended; of one that was killed, what it had not written is lost.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from daybook.couriers.courier import Accepted, AccountTrouble, Outcome, Refused, TryLater
from daybook.sync.models import ProcessFigures

# Of everything that takes time, in seconds: up to and including each.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600)
BEYOND = "+Inf"
_LABELS = (*map(str, BOUNDS), BEYOND)
SUM = "sum"
ENDED = "ended"
# A row is left alone for long before it is added to the ended ones, and never written to again.
_LEFT_AFTER = timedelta(minutes=30)
_ENDED_AFTER = timedelta(hours=1)

OUTCOMES: dict[type[object], str] = {
    Accepted: "accepted",
    TryLater: "later",
    Refused: "refused",
    AccountTrouble: "account_trouble",
}


class Figures:
    """The counts of one process; any thread may count. A key is "name" or "name|label"."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, float] = {}
        self._row = uuid4().hex
        self._written_at: datetime | None = None
        self._stored: dict[str, float] = {}
        self._changed = False

    def count(self, key: str, by: float = 1) -> None:
        """Add `by` to a count."""
        self._add((key, by))

    def observe(self, name: str, seconds: float, *, times: int = 1) -> None:
        """Count `times` things that took `seconds` each."""
        self._add(*_timed(name, seconds, times))

    def carried(self, outcomes: Iterator[tuple[int, Outcome]]) -> Iterator[tuple[int, Outcome]]:
        """Pass on what became of each mail, and count it and how long it took to be known."""
        began = time.monotonic()
        for key, outcome in outcomes:
            took = time.monotonic() - began
            self._add((f"mails|{OUTCOMES[type(outcome)]}", 1), *_timed("send", took, 1))
            yield key, outcome
            began = time.monotonic()

    @contextmanager
    def composing(self) -> Iterator[list[object]]:
        """Count the messages put into the list inside, each with its share of the time."""
        composed: list[object] = []
        began = time.monotonic()
        yield composed
        if composed:
            self.observe("compose", (time.monotonic() - began) / len(composed), times=len(composed))

    def write(self, now: datetime) -> None:
        """Store the counts of this process, if they changed; at most one statement."""
        counts = self._to_write(now)
        if counts is not None:
            ProcessFigures.objects.bulk_create(
                [ProcessFigures(process=self._row, counts=counts, written_at=now)],
                update_conflicts=True,
                unique_fields=["process"],
                update_fields=["counts", "written_at"],
            )

    def _add(self, *counts: tuple[str, float]) -> None:
        with self._lock:
            for key, by in counts:
                self._counts[key] = self._counts.get(key, 0) + by
            self._changed = True

    def _to_write(self, now: datetime) -> dict[str, float] | None:
        with self._lock:
            if not self._changed:
                return None
            if self._written_at is not None and now - self._written_at > _LEFT_AFTER:
                self._row = uuid4().hex
                for key, value in self._stored.items():
                    self._counts[key] -= value
            self._changed, self._written_at = False, now
            self._stored = dict(self._counts)
            return self._stored


def _timed(name: str, seconds: float, times: int) -> Iterator[tuple[str, float]]:
    """Yield the counts of `times` things that took `seconds` each."""
    yield f"{name}|{_LABELS[bisect_left(BOUNDS, seconds)]}", times
    yield f"{name}|{SUM}", seconds * times


HERE = Figures()


def total() -> dict[str, float]:
    """Return the sum over all processes there are and were."""
    return _sum(ProcessFigures.objects.values_list("counts", flat=True))


@transaction.atomic
def fold(now: datetime) -> None:
    """Add the rows nobody writes to any more to the one of all that ended."""
    rows = ProcessFigures.objects.select_for_update().order_by("process")
    ended = list(rows.filter(written_at__lt=now - _ENDED_AFTER).exclude(process=ENDED))
    if ended:
        past = [*rows.filter(process=ENDED), *ended]
        counts = _sum(row.counts for row in past)
        ProcessFigures.objects.filter(process__in=[row.process for row in past]).delete()
        ProcessFigures.objects.create(process=ENDED, counts=counts, written_at=now)


def _sum(several: Iterable[Mapping[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for counts in several:
        for key, value in counts.items():
            found[key] = found.get(key, 0) + value
    return found
