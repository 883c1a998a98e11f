"""Two ways of doing the same, in turns, in one process: only the ratio is a claim."""

from __future__ import annotations

import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """`ours` and `baseline` are operations a second, or of another `unit`.

    `promise` is the least `ratio` we stand by.
    """

    name: str
    ours: float
    baseline: float
    ratio: float
    promise: float
    unit: str = "/s"

    @property
    def kept(self) -> bool:
        return self.ratio >= self.promise


def side_by_side(
    name: str,
    ours: Callable[[], int],
    baseline: Callable[[], int],
    *,
    promise: float,
    rounds: int = 5,
    before: Callable[[], object] = lambda: None,
) -> Ratio:
    """Return the ratio of the median rates of both.

    `before` is called before each of them, and takes no time. Each callable does a bounded amount
    of work and returns how many operations that was. They alternate, so that whatever else the
    machine does meets both; one untimed call each comes first.
    """
    for work in (ours, baseline):
        before()
        work()
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for work, rate in zip((ours, baseline), rates, strict=True):
            before()
            rate.append(_rate(work))
    mine, theirs = map(statistics.median, rates)
    return Ratio(name, mine, theirs, mine / theirs, promise)


def report(ratios: Iterable[Ratio]) -> None:
    """Print one line for each as soon as it is known: for people, or with --json for programs."""
    for ratio in ratios:
        line = json.dumps(dataclasses.asdict(ratio)) if "--json" in sys.argv else in_words(ratio)
        print(line, flush=True)


def in_words(ratio: Ratio) -> str:
    """Return both rates, their ratio, the promise and whether it was kept."""
    verdict = "kept" if ratio.kept else "MISSED"
    return (
        f"{ratio.name:<70} {ratio.ours:>9,.0f}{ratio.unit} {ratio.baseline:>9,.0f}{ratio.unit}"
        f" {times(ratio.ratio):>7}x  promise {times(ratio.promise)}x {verdict}"
    )


def times(ratio: float) -> str:
    """Return a ratio with as many digits as mean something."""
    return f"{ratio:.3g}" if ratio >= 1 else f"{ratio:.2f}"


def _rate(work: Callable[[], int]) -> float:
    started = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - started)
