"""Run a command with `DAYBOOK_DATABASE_URL` naming a throw-away PostgreSQL.

    python tools/with_postgres.py -- pytest tests/ledger

The exit status is the command's. SIGINT and SIGTERM end the command first, then the database.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.servers.postgres import throw_away_postgres


def main(command: list[str]) -> int:
    if command[:1] == ["--"]:
        command = command[1:]
    if not command:
        sys.stderr.write("usage: with_postgres.py -- COMMAND [ARGUMENT...]\n")
        return 2
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    with throw_away_postgres() as url:
        sys.stderr.write(f"PostgreSQL for this run: {url}\n")
        child = subprocess.Popen(command, env={**os.environ, "DAYBOOK_DATABASE_URL": url})
        try:
            return child.wait()
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()


def _stop(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
