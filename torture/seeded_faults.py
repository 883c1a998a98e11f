"""Stories made up by chance alone find every fault that is seeded into the engine.

Each fault also has a story of its own, in `tests/sync/test_seeded_faults.py`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

import hypothesis
import pytest
import torture.installation
from django.db import IntegrityError
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from torture.figures import Figure

# Short ones: what a fault spoils takes a few steps, and of those there are more in the same time.
MOST_STORIES, STEPS = 500, 15
AT_ONCE = 20
# One number for two messages is one Message-ID, which the database refuses already.
FOUND = (AssertionError, IntegrityError)
# Found by one of the first stories.
EASY = ("old_bytes",)


def measured(short: bool) -> Iterator[Figure]:
    logging.getLogger().setLevel(logging.CRITICAL)
    torture.installation.tells_stories()
    from tests.sync.test_seeded_faults import FAULTS

    faults = [fault for _, fault in FAULTS if not short or fault.__name__ in EASY]
    found = {fault.__name__: stories_until_seen(fault) for fault in faults}
    took = ", ".join(f"{name} {stories or 'NOT FOUND'}" for name, stories in found.items())
    yield Figure(
        f"each of {len(faults)} faults seeded into the engine is found by one of at most "
        f"{MOST_STORIES} made-up stories",
        f"found {sum(map(bool, found.values()))}; by which story: {took}",
        all(found.values()),
    )


def stories_until_seen(fault: object, most: int = MOST_STORIES) -> int:
    """Return how many stories were made up until one ended badly; 0 if none did.

    The same stories each time, so what was found is found again.
    """
    from tests.sync.convergence import MANY, Diary

    hunt = settings(
        MANY,
        max_examples=AT_ONCE,
        stateful_step_count=STEPS,
        phases=[hypothesis.Phase.generate],
    )
    told, bad = 0, 0

    class Counted(Diary):
        def __init__(self) -> None:
            nonlocal told
            told += 1
            super().__init__()

        def teardown(self) -> None:
            nonlocal bad
            # Hypothesis tells a bad story again: the first time counts. What it breaks off by an
            # exception of its own ends neither well nor badly.
            well = not isinstance(sys.exc_info()[1], FOUND)
            try:
                super().teardown()
            except FOUND:
                well = False
                raise
            finally:
                bad = bad or (0 if well else told)

    for seed in range(most // AT_ONCE):
        with pytest.MonkeyPatch.context() as patch:
            fault(patch)  # type: ignore[operator]
            hypothesis.seed(seed)(Counted)
            try:
                run_state_machine_as_test(Counted, settings=hunt)
            except FOUND:
                return bad
    return 0
