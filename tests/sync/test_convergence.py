"""Whatever happens in whatever order: calendars end as the diary says, and no mail is wrong.

Longer hunts: `python -m tests.sync.long_run MINUTES`.
"""

from __future__ import annotations

import pytest
from hypothesis.stateful import run_state_machine_as_test
from tests.sync.convergence import FEW, Diary


@pytest.mark.django_db
def test_every_story_ends_with_every_calendar_as_the_diary_says() -> None:
    run_state_machine_as_test(Diary, settings=FEW)
