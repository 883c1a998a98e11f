"""An upgrade from every released version loses nothing and mails nobody.

With many entries: `python -m torture upgrades`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.test_commands import an_installation
from tests.upgrades.upgrading import RELEASES, upgrade


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: str(path.name))
def test_an_upgrade_keeps_everything_and_leaves_nothing_to_send(
    release: Path, tmp_path: Path
) -> None:
    with an_installation(tmp_path / "data") as installation:
        done = upgrade(installation, release)

    assert done.before["entries_diaryentry.id"][0] > 10
    assert done.before["ledger_parcel.data"][0] > 20
    assert done.after == done.before
    assert done.queued == 0
    assert "drift: every calendar is in step" in done.doctor
