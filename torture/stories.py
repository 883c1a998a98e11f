"""Stories made up of everything a firm, its mail servers and its machine may do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from torture.figures import Figure

SEED = 5545
# In lots, so that no processor has nothing to do in the end.
LOTS = 8


def measured(short: bool) -> Iterator[Figure]:
    count, lots, steps = (6, 1, 50) if short else (2_000, LOTS, 50)
    tellers = 1 if short else len(os.sched_getaffinity(0))
    seeds = [SEED + number for number in range(lots)]
    with ThreadPoolExecutor(tellers) as pool:
        ends = list(pool.map(lambda seed: told(count // lots, steps, seed), seeds))
    for words in filter(None, ends):
        sys.stderr.write(words)
    failed = [seed for seed, words in zip(seeds, ends, strict=True) if words]
    yield Figure(
        f"{count:,} stories of up to {steps} steps (saving, editing, switching, moving house, "
        "failing, crashing, waiting): each ends with every calendar as the diary says",
        f"{lots} lots, seeds {seeds[0]} to {seeds[-1]}: "
        + (f"a story of {failed} ends badly" if failed else "no story ends badly"),
        not failed,
    )


def told(count: int, steps: int, seed: int) -> str:
    """Tell so many stories in a process of their own; return what is to be said of a bad one."""
    command = [sys.executable, "-m", "torture.storyteller", *map(str, (count, steps, seed))]
    teller = subprocess.run(command, capture_output=True, text=True, check=False)
    return teller.stderr or f"ended with {teller.returncode}" if teller.returncode else ""
