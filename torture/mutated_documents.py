"""Calendar texts, mails and bodies of the API, changed at random, are read or refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from torture.figures import Figure

OF_EACH_KIND = 10_000
AT_ONCE = 500
# A batch whose process does not come back is one that had to be killed.
LONGEST_BATCH = 300

READER = """
import sys
from torture import installation
from tests.hostility.mutations import complaints
wrong, longest = complaints(range(int(sys.argv[1]), int(sys.argv[2])))
print(*wrong, longest, sep="\\n")
"""


def measured(short: bool) -> Iterator[Figure]:
    count = 40 if short else OF_EACH_KIND
    waiting = [(seed, min(seed + AT_ONCE, count)) for seed in range(0, count, AT_ONCE)]
    hands = 1 if short else len(os.sched_getaffinity(0))
    wrong: list[str] = []
    killed, longest = 0, 0.0
    while waiting:
        batches, waiting = waiting[:hands], waiting[hands:]
        for process in [_read(*batch) for batch in batches]:
            said = _wait_for(process)
            if said is None:
                killed += 1
                continue
            *found, seconds = said
            wrong, longest = wrong + found, max(longest, float(seconds))
    for each in wrong[:20]:
        sys.stderr.write(f"{each}\n")
    yield Figure(
        f"{3 * count:,} changed documents: none is a fault, none takes 2 s, no reader dies",
        f"{len(wrong)} went wrong, {killed} readers died, the longest took {longest * 1000:.0f} ms",
        not wrong and not killed,
    )


def _read(first: int, last: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", READER, str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _wait_for(process: subprocess.Popen[str]) -> list[str] | None:
    """Return what a reader said, None if it died or did not come back."""
    try:
        said, _ = process.communicate(timeout=LONGEST_BATCH)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    return said.splitlines() if process.returncode == 0 else None
