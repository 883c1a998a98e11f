"""Keys change again and again while every account sends with its password."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.sync.key_rotation import read_everywhere, rotate_while_sending
from tests.test_commands import an_installation
from torture.figures import Figure

ON_BOTH = True


def measured(short: bool) -> Iterator[Figure]:
    number = 20 if short else 1000
    with tempfile.TemporaryDirectory() as folder, an_installation(Path(folder) / "data") as one:
        seen = rotate_while_sending(one, number)
        readable = read_everywhere(one, Path(folder) / "backup")
    yield Figure(
        f"Keys are rotated while {number:,} accounts send: every password opens, and none can be "
        "read in the database, its log of changes, the journal or a backup",
        f"{seen.keys} keys put in front; {seen.sent:,} sent, {seen.held} could not open their "
        f"password; readable in {len(readable)} files",
        seen.sent == number and seen.held == 0 and seen.keys >= 2 and not readable,
    )
