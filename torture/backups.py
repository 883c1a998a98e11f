"""Backups are made while everybody writes and sends, and restored into a world that went on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.sync.backup_cycles import an_office, cycle
from torture.figures import Figure

ON_BOTH = True


def measured(short: bool) -> Iterator[Figure]:
    number = 1 if short else 10
    with tempfile.TemporaryDirectory() as folder, an_office(Path(folder) / "data") as office:
        done = [cycle(office, Path(folder)) for _ in range(number)]
    since, after = sum(each.since for each in done), sum(each.after for each in done)
    orphans = sum(each.orphans for each in done)
    yield Figure(
        f"{number} times backed up while writing, killed, restored, released: the copy "
        "is whole, nothing leaves before the release, nothing known as sent goes again, every "
        "version is above all that was ever seen, every entry the diary lost is listed and taken "
        "back, and calendars end as the diary says",
        f"{since:,} messages left after the backups and {after:,} after the releases; {orphans:,} "
        "calendars with a lost entry",
        since >= 6 * number and orphans > 0,
    )
