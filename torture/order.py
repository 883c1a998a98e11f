"""Which measurements run beside which, so that all of them together take less than half an hour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")

TITLES = {"": "", "sqlite": "SQLite", "postgresql": "PostgreSQL"}
# They wait for leases to end and locks to open, and need little of a processor meanwhile; those
# that need more of it, or of the disk, come last, when the steady one is over.
PATIENT = (
    *("conversations", "wrong_machine", "recovery", "paused", "locked"),
    *("disk_full", "hosts"),
)
# They tell stories by a clock of their own: all that a slow machine does is make them take longer.
# So they run all the time, with what the others leave of the processors. Two at a time, because
# most of them use one processor only, and the other would have nothing to do in the end.
TIMELESS = ("seeded_faults", "stories", "restores", "edits", "emptied")
# What they find depends on how long something takes: nothing runs beside them but what gives way.
TIMED = ("pacing", "somebody_or_nobody")
# Shows what a machine bears that does nothing else: no busy ones run beside it.
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

    @property
    def gives_way(self) -> bool:
        """Return whether it takes only what others leave of the processors."""
        return self.name in TIMELESS


def run_all(runs: Sequence[Run], measure: Callable[[Run], Result], *, at_once: int) -> list[Result]:
    """Measure all: the patient and the timeless, two of each at a time, from the start.

    Beside them first the steady, then `at_once` of the others; the timed one after the other in the
    end, when only the timeless still run.
    """
    places = {name: place for place, name in enumerate((*LONGEST, *PATIENT))}
    ordered = sorted(runs, key=lambda run: places.get(run.name, len(places)))
    others = [run for run in ordered if run.name not in (*PATIENT, *TIMELESS, *STEADY, *TIMED)]
    with (
        ThreadPoolExecutor(2) as waiting,
        ThreadPoolExecutor(2) as giving_way,
        ThreadPoolExecutor(at_once) as busy,
    ):
        stories = [giving_way.submit(measure, run) for run in ordered if run.gives_way]
        together = [waiting.submit(measure, run) for run in ordered if run.name in PATIENT]
        found = [measure(run) for run in ordered if run.name in STEADY]
        together += [busy.submit(measure, run) for run in others]
        found += [each.result() for each in together]
        found += [measure(run) for run in ordered if run.name in TIMED]
        return found + [each.result() for each in stories]
