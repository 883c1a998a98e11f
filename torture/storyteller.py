"""Make up stories until one ends badly: `python -m torture.storyteller COUNT STEPS SEED`.

Run by `stories.py`, one for each lot, each with an installation of its own.
"""

from __future__ import annotations

import logging
import sys

import hypothesis
import torture.installation
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.sync.convergence import FEW, Diary


def main(count: int, steps: int, seed: int) -> None:
    """Tell `count` stories of up to `steps` steps; raises with the first that ends badly."""
    logging.getLogger().setLevel(logging.CRITICAL)
    torture.installation.tells_stories()
    how = settings(
        FEW,
        max_examples=count,
        stateful_step_count=steps,
        derandomize=False,
        phases=[Phase.generate],
    )
    hypothesis.seed(seed)(Diary)
    run_state_machine_as_test(Diary, settings=how)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
