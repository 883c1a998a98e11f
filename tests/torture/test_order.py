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


def test_the_timed_wait_for_all_but_what_gives_way_to_them() -> None:
    ended: list[str] = []
    timed = threading.Event()

    def measure(run: Run) -> None:
        if run.name == "pacing":
            assert sorted(ended) == ["hosts", "kills", "soak"]
            timed.set()
        elif run.name == "stories":
            assert timed.wait(timeout=10)
        ended.append(run.name)

    run_all(
        [Run(name) for name in ("stories", "hosts", "kills", "soak", "pacing")], measure, at_once=2
    )

    assert ended[-2:] == ["pacing", "stories"]


def test_what_tells_stories_runs_two_at_a_time_beside_the_steady_and_gives_way_to_it() -> None:
    together = threading.Barrier(3, timeout=10)

    # None ends before the others have begun.
    runs = [Run("stories"), Run("edits"), Run("soak")]
    run_all(runs, lambda _: together.wait(), at_once=2)

    assert all(run.gives_way for run in runs[:2])
    assert not runs[2].gives_way
