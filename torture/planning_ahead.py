"""Workers have the next batch planned beside, and they and those who plan are killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from torture.figures import Figure
from torture.kills import Story
from torture.sink import sink

from daybook.ledger.models import Parcel

ON_BOTH = True
# Small, so that one follows the other.
BATCH = 10
# A process that plans takes a second to begin: so many looks lead to one worker's death.
LOOKS = 24


class Planned(Story):
    """A firm whose workers live a little longer, and those who plan for them do not."""

    looks, planners_killed = LOOKS, 0

    def _kill_one(self, running: list[ForkServerProcess]) -> None:
        fate = self.random.randrange(self.looks)
        if fate == 0:
            super()._kill_one(running)
        elif fate in (1, 2):
            self._kill_a_planner([child for each in running for child in _children(each)])

    def _kill_a_planner(self, planners: list[int]) -> None:
        if planners:
            with suppress(ProcessLookupError):
                os.kill(self.random.choice(planners), signal.SIGKILL)
                self.planners_killed += 1


def measured(short: bool) -> Iterator[Figure]:
    with sink(seconds=0.001) as mail:
        story = Planned(mail, accounts=2 if short else 10, processes=2, connections=0, batch=BATCH)
        if short:
            story.looks = LOOKS // 3
        story.run(*((2, 250) if short else (10, 2_000)))
        for _ in range(5):
            if planned_ahead():
                break
            # A slow machine had no time to begin a process that plans.
            story.run(story.killed, story.pushed + 1_500)
        figure = story.figure("", most_copies=mail.cut)
        ahead = planned_ahead()
        yield Figure(
            f"The next batch of {BATCH} planned while one is carried, workers and those who plan "
            "killed at random: nothing lost, nothing out of order, at most one extra copy a "
            "connection that was cut",
            f"{ahead:,} batches planned ahead, {story.planners_killed:,} of those who plan killed; "
            + figure.measured,
            figure.holds and ahead > 0,
        )


def planned_ahead() -> int:
    """Return how many batches were frozen while the one before them was carried."""
    turns: dict[tuple[int, int], dict[datetime, list[Parcel]]] = {}
    for parcel in Parcel.objects.exclude(done_at=None).order_by("opened_at"):
        if parcel.opened_at:
            batches = turns.setdefault((parcel.account_id, parcel.claim), {})
            batches.setdefault(parcel.opened_at, []).append(parcel)
    return sum(
        min(parcel.frozen_at for parcel in later)
        < max(parcel.done_at for parcel in earlier if parcel.done_at)
        for batches in turns.values()
        for earlier, later in pairwise(batches.values())
    )


def _children(process: ForkServerProcess) -> list[int]:
    """Return the processes that any thread of `process` has begun."""
    found: list[int] = []
    for thread in Path("/proc").glob(f"{process.pid}/task/*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, thread.read_text(encoding="ascii").split())
    return found
