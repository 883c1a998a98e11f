"""Times of day are said by the clock of whoever reads."""

from __future__ import annotations

from datetime import time

import pytest

from daybook.calendaring.time_of_day import read_time
from daybook.web.clock import reading, say


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (time(0, 5), "12:05 am"),
        (time(9, 30), "9:30 am"),
        (time(12), "12:00 pm"),
        (time(23, 59), "11:59 pm"),
    ],
)
def test_a_time_is_said_by_the_clock_of_whoever_reads(at: time, shown: str) -> None:
    assert say(at) == f"{at:%H:%M}"
    with reading("12"):
        assert say(at) == shown
        assert read_time(shown) == at
