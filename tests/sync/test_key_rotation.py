"""Keys change while mail goes out, and no password is ever written down.

With more accounts: `python -m tests.sync.key_rotation NUMBER`.
"""

from __future__ import annotations

from pathlib import Path

from tests.sync.key_rotation import read_everywhere, rotate_while_sending
from tests.test_commands import an_installation


def test_keys_change_while_everybody_sends_and_no_password_can_be_read(tmp_path: Path) -> None:
    with an_installation(tmp_path / "data") as installation:
        seen = rotate_while_sending(installation, 40)

        assert (seen.sent, seen.held) == (40, 0)
        assert seen.keys >= 2
        assert read_everywhere(installation, tmp_path / "backup") == []
