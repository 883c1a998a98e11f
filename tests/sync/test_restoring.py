"""A diary that went back in time: nothing leaves unasked, nothing twice, nothing with an old number.

More stories: `python -m tests.sync.restoring NUMBER`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.sync import restoring

pytestmark = pytest.mark.django_db


def test_after_a_restore_every_calendar_ends_as_the_diary_says(tmp_path: Path) -> None:
    told = []
    for seed in range(12):
        with restoring.rolled_back():
            told.append(restoring.tell(seed, tmp_path / str(seed)))

    # Else the stories would show nothing.
    assert sum(story.lost for story in told) > 12
    assert sum(story.orphans for story in told) > 3
    assert sum(story.newer for story in told) > 3
