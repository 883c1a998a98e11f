"""A full month is on the screen within a second, on a machine a quarter as fast."""

from __future__ import annotations

import subprocess
import sys

from tests.journeys.conftest import ROOT


def test_a_month_of_five_hundred_entries_is_seen_within_a_second() -> None:
    """The one test with a stopwatch, because how soon a diary is seen is what people feel first.

    From asking for the page to the frame that shows its entries, server included, by a browser that
    kept nothing and whose processor is slowed four times. Whatever else this machine does can only
    make a frame later, so the best of ten counts.
    """
    command = [sys.executable, "-m", "benchmarks.first_frame", "--best"]

    seconds = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert float(seconds) < 1
