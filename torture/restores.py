"""Stories with a backup in the middle: the diary goes back in time, and calendars do not."""

from __future__ import annotations

from collections.abc import Iterator

import torture.installation
from torture.figures import Figure


def measured(short: bool) -> Iterator[Figure]:
    torture.installation.tells_stories()
    from tests.sync.restoring import told_alone

    number = 3 if short else 200
    told = [told_alone(seed) for seed in range(number)]
    lost, orphans = sum(story.lost for story in told), sum(story.orphans for story in told)
    newer, after = sum(story.newer for story in told), sum(story.after for story in told)
    yield Figure(
        f"{number} stories in which the diary is set back to a backup, mail gets lost and workers "
        "die: nothing leaves before the release, nothing known as sent goes again, no version is "
        "too low, and every calendar ends as the diary says",
        f"{lost:,} messages were tried after the backups, {newer:,} calendars knew better and "
        f"{orphans:,} showed what the diary had lost; {after:,} messages after the releases",
        lost > number and newer > 0 and orphans > 0,
    )
