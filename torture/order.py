"""Which measurements run beside which, so that all of them together take half an hour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")

TITLES = {"": "", "sqlite": "SQLite", "postgresql": "PostgreSQL"}
# They wait for leases to end and locks to open, and need little of a processor meanwhile.
PATIENT = ("conversations", "hosts", "recovery", "disk_full", "locked", "paused")
# What they find depends on how long something takes: nothing else runs beside them.
TIMED = ("pacing", "upgrades")
# The longest begin, or the last of them would run alone in the end.
LONGEST = ("soak", "kills", "stories", "seeded_faults", "hostile_inputs", "races", "backups")


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement on one database: "sqlite", "postgresql", or "" where it does not matter."""

    name: str
    database: str = ""

    @property
    def in_words(self) -> str:
        return f"{self.name} on {TITLES[self.database]}" if self.database else self.name


def run_all(runs: Sequence[Run], measure: Callable[[Run], Result], *, at_once: int) -> list[Result]:
    """Measure all: the patient ones in turn beside `at_once` others, then the timed ones alone."""
    places = {name: place for place, name in enumerate(LONGEST)}
    ordered = sorted(runs, key=lambda run: places.get(run.name, len(places)))
    with ThreadPoolExecutor(at_once) as busy, ThreadPoolExecutor(1) as waiting:
        together = [
            (waiting if run.name in PATIENT else busy).submit(measure, run)
            for run in ordered
            if run.name not in TIMED
        ]
    alone = [measure(run) for run in ordered if run.name in TIMED]
    return [each.result() for each in together] + alone
