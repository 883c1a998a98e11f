"""An installation that lives on: `python -m tests.sync.living_worker live|uids`.

Run by `backup_cycles.py`, with the settings of the installation in its environment:

    live   save and send, one entry after the other, until it is killed
    uids   answer the UIDs of the diary's entries
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import django


def main(command: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "daybook.settings"
    django.setup()
    match command:
        case "live":
            live()
        case "uids":
            print(*uids())  # noqa: T201 - the answer


def live() -> None:
    from tests.sync.crashing_worker import save, send_all

    from daybook.sync import journal

    journal.here().begin(datetime.now(UTC))
    while True:
        save()
        send_all(lambda _: None)


def uids() -> list[str]:
    from daybook.entries.models import DiaryEntry

    return list(DiaryEntry.objects.values_list("uid", flat=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
