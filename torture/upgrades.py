"""A large diary of each released version is brought up to this one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.test_commands import an_installation
from tests.upgrades.upgrading import RELEASES, upgrade
from torture.figures import Figure

ON_BOTH = True
LONGEST = 60  # seconds


def measured(short: bool) -> Iterator[Figure]:
    entries = 200 if short else 100_000
    for release in RELEASES:
        with tempfile.TemporaryDirectory() as folder, an_installation(Path(folder)) as one:
            done = upgrade(one, release, entries=entries)
        same = done.before == done.after
        yield Figure(
            f"From {release.name} with {entries:,} entries: within {LONGEST} s every value of "
            "every table is what it was, and nothing is queued",
            f"{done.before['ledger_calendar.id'][0]:,} calendars in {done.seconds:.0f} s; contents "
            f"{'equal' if same else 'DIFFER'}; {done.queued} queued",
            same and done.queued == 0 and (short or done.seconds < LONGEST),
        )
