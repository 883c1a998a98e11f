"""`daybook worker`: the process that sends what is due."""

from __future__ import annotations

import argparse
from datetime import timedelta

from daybook.commands.database import require, start_django
from daybook.commands.lifeline import hold_on_to


def worker(arguments: argparse.Namespace) -> int:
    """Work until asked to stop by SIGTERM or SIGINT."""
    start_django()
    require()
    from daybook.api import kept
    from daybook.sync.rounds import run_forever

    hold_on_to(arguments.lifeline)
    run_forever({"kept answers": (timedelta(hours=1), kept.purge)})
    return 0
