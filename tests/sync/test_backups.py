"""A backup made while everybody works, restored into a world that went on.

More rounds: `python -m tests.sync.backup_cycles NUMBER`.
"""

from __future__ import annotations

from pathlib import Path

from tests.sync.backup_cycles import an_office, cycle


def test_a_restored_diary_sends_nothing_unasked_nothing_twice_and_takes_back_what_it_lost(
    tmp_path: Path,
) -> None:
    with an_office(tmp_path / "data") as office:
        seen = cycle(office, tmp_path)

    assert seen.since >= 6
    assert seen.orphans > 0
