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
# Shows what a machine bears that does nothing else: only the patient ones run beside it.
STEADY = ("soak",)
# The longest begin, or the last of them would run alone in the end.
LONGEST = ("kills", "stories", "seeded_faults", "hostile_inputs", "races", "backups")


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement on one database: "sqlite", "postgresql", or "" where it does not matter."""

    name: str
    database: str = ""

    @property
    def in_words(self) -> str:
        return f"{self.name} on {TITLES[self.database]}" if self.database else self.name


def run_all(runs: Sequence[Run], measure: Callable[[Run], Result], *, at_once: int) -> list[Result]:
    """Measure all: the patient in turn, and beside them first the steady, then the others.

    `at_once` of the others run at a time; the timed ones are alone in the end.
    """
    places = {name: place for place, name in enumerate(LONGEST)}
    ordered = sorted(runs, key=lambda run: places.get(run.name, len(places)))
    others = [run for run in ordered if run.name not in (*PATIENT, *STEADY, *TIMED)]
    with ThreadPoolExecutor(1) as waiting, ThreadPoolExecutor(at_once) as busy:
        patient = [waiting.submit(measure, run) for run in ordered if run.name in PATIENT]
        steady = [measure(run) for run in ordered if run.name in STEADY]
        together = patient + [busy.submit(measure, run) for run in others]
    alone = [measure(run) for run in ordered if run.name in TIMED]
    return steady + [each.result() for each in together] + alone
