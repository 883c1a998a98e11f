"""Write down a database as a released version makes it, for the tests of upgrades.

    python -m tests.upgrades.write_release 0.1.0 REVISION

takes the source of REVISION out of git, lets it fill a diary (`firm_of_then.py`), and writes
`tests/upgrades/0.1.0/sqlite.sql` and `postgresql.sql`. Done once for each release, and committed.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests.servers.postgres import throw_away_postgres

HERE = Path(__file__).parent


def main(version: str, revision: str) -> None:
    folder = HERE / version
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        source, data = Path(temporary) / "source", Path(temporary) / "data"
        take_out(revision, source)
        fill(source, {"DAYBOOK_DATA": str(data)})
        (folder / "sqlite.sql").write_text(dumped(data / "daybook.sqlite3"))
        with throw_away_postgres() as url:
            fill(source, {"DAYBOOK_DATA": str(data), "DAYBOOK_DATABASE_URL": url})
            (folder / "postgresql.sql").write_text(dumped_by_postgres(url))


def take_out(revision: str, source: Path) -> None:
    """Put the files of `revision` into `source`."""
    source.mkdir()
    archive = subprocess.run(["git", "archive", revision], check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", source], input=archive.stdout, check=True)


def fill(source: Path, environment: dict[str, str]) -> None:
    """Run `firm_of_then.py` with the code in `source` instead of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    path = os.pathsep.join(map(str, (source / "src", source)))
    subprocess.run(
        [sys.executable, HERE / "firm_of_then.py"],
        env={**kept, **environment, "PYTHONPATH": path},
        cwd=source,
        check=True,
    )


def dumped(database: Path) -> str:
    """Return a SQLite database as statements."""
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def dumped_by_postgres(url: str) -> str:
    """Return a PostgreSQL database as statements that any version of it reads."""
    command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", f"--dbname={url}"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # Settings and commands only the newest versions know.
    lines = [line for line in text.splitlines() if not line.startswith(("\\", "--", "SET "))]
    return "\n".join(line for line in lines if line) + "\n"


if __name__ == "__main__":
    main(*sys.argv[1:])
