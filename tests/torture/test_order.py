"""In which order the long forms run."""

from __future__ import annotations

import threading

from torture.order import Run, run_all

NAMES = ("upgrades", "races", "soak", "hosts", "kills", "pacing", "edits", "stories")


def test_each_runs_once_the_steady_before_the_busy_and_the_timed_at_the_end() -> None:
    begun: list[str] = []

    def measure(run: Run) -> str:
        begun.append(run.name)
        return run.in_words

    found = run_all([Run(name) for name in NAMES], measure, at_once=2)

    assert sorted(found) == sorted(NAMES)
    assert begun.index("soak") < min(begun.index(name) for name in ("kills", "races"))
    assert begun[-1] == "pacing"


def test_what_tells_stories_runs_beside_the_steady_and_gives_way_to_it() -> None:
    both = threading.Barrier(2, timeout=10)

    # Neither ends before the other has begun.
    run_all([Run("stories"), Run("soak")], lambda _: both.wait(), at_once=2)

    assert Run("stories").gives_way
    assert not Run("soak").gives_way
