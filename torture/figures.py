"""What a figure is: one promise, what was measured of it, and whether it held."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`claim` is the promise in words, `measured` what was found, `seconds` how long it took."""

    claim: str
    measured: str
    holds: bool
    seconds: float = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Figure:
        return cls(**json.loads(line))

    def in_words(self) -> str:
        verdict = "holds" if self.holds else "DOES NOT HOLD"
        return f"{verdict}: {self.claim}\n    {self.measured} ({self.seconds:.0f} s)"


# Called with `short`: the form that runs with the tests, in about two seconds.
Measurement = Callable[[bool], Iterable[Figure]]


def timed(measure: Measurement, *, short: bool) -> Iterator[Figure]:
    """Yield the figures of one measurement, each with the seconds it took."""
    begun = time.monotonic()
    for figure in measure(short):
        yield Figure(figure.claim, figure.measured, figure.holds, time.monotonic() - begun)
        begun = time.monotonic()
