"""Stories made up of everything a firm, its mail servers and its machine may do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from torture.figures import Figure

SEED = 5545


def measured(short: bool) -> Iterator[Figure]:
    count, steps = (6, 50) if short else (2_000, 50)
    tellers = 1 if short else len(os.sched_getaffinity(0))
    running = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "torture.storyteller"),
                *map(str, (count // tellers, steps, SEED + number)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(tellers)
    ]
    ends = [process.communicate()[1] for process in running]
    failed = [
        words for process, words in zip(running, ends, strict=True) if process.returncode != 0
    ]
    for words in failed:
        sys.stderr.write(words)
    seeds = ", ".join(str(SEED + number) for number in range(tellers))
    yield Figure(
        f"{count:,} stories of up to {steps} steps (saving, editing, switching, moving house, "
        "failing, crashing, waiting): each ends with every calendar as the diary says",
        f"{tellers} storytellers, seeds {seeds}: {len(failed)} found a story that ends badly",
        not failed,
    )
