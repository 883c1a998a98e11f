"""The process that plans ahead: `python -m daybook.sync.planner HANDLE`, begun by `ahead.py`.

HANDLE is its end of a line to its worker. It gets `Asked` and answers with `Planned`, both pickled.
"""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress
from multiprocessing.connection import Connection

import django
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# Seconds without a question after which it ends: it takes as much memory as a worker.
LONGEST_IDLE = 300
# Pages of SQLite's log, a quarter of what others wait for: it has the time to copy them.
CHECKPOINT_AFTER = 2_000


def main(handle: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybook.settings")
    django.setup()
    # They need the settings.
    from daybook.sync import ahead, rounds

    connection_created.connect(_copy_soon)
    rounds.collect_seldom()
    line = Connection(handle)
    # Where the line ends, the worker has stopped or died.
    with suppress(EOFError, ConnectionError):
        line.send_bytes(ahead.READY)
        while line.poll(LONGEST_IDLE):
            asked = pickle.loads(line.recv_bytes())  # noqa: S301 - from our own worker
            line.send_bytes(pickle.dumps(ahead.plan(asked), pickle.HIGHEST_PROTOCOL))


def _copy_soon(connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.vendor == "sqlite":
        connection.connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_AFTER}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
