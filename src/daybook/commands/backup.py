"""`daybook backup FILE`: a copy of the database while Daybook runs, looked over before it is kept.

The keys are not in it, nor is anybody's session: whoever finds a backup can neither open a mail
password nor go on where somebody had signed in.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from daybook.commands import postgres
from daybook.commands.database import database_errors, require, start_django
from daybook.commands.talk import CommandError, answer

# Who restores signs in again.
SESSIONS = ("django_session", "usersessions_usersession")


def backup(arguments: argparse.Namespace) -> int:
    """Write the backup and say how large it is; nothing is left behind if anything fails."""
    start_django()
    require()
    from django.db import connection

    from daybook.people import audit

    path = arguments.file.absolute()
    with database_errors(), _new_file(path) as unfinished:
        if connection.vendor == "postgresql":
            postgres.dump(unfinished, without=SESSIONS)
        else:
            copy_sqlite(Path(str(connection.settings_dict["NAME"])), unfinished)
        size = unfinished.stat().st_size
    with database_errors():
        audit.record(None, "backup_made", path.name, size=size)
    answer(f"{path}: {size:,} bytes, looked over. Keep the folder keys elsewhere.")
    return 0


def copy_sqlite(database: Path, target: Path) -> None:
    """Copy `database` as it is at one moment, while others write to it. Raises CommandError.

    The copy is in quarantine already, however it is put in place. `target` exists and is empty.
    """
    with (
        closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=10)) as source,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        # In one step: readers of a WAL do not keep writers waiting.
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("PRAGMA synchronous = FULL")
        for table in SESSIONS:
            copy.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
        copy.execute(
            "INSERT OR REPLACE INTO sync_quarantine (id, restored_at) VALUES (1, ?)",
            [f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"],
        )
        # What was deleted is still in the pages that are free.
        copy.execute("VACUUM")
        check_sqlite(copy)


def check_sqlite(database: sqlite3.Connection) -> None:
    """Raise CommandError unless `database` is whole."""
    [(found,), *_] = database.execute("PRAGMA integrity_check")
    broken = database.execute("PRAGMA foreign_key_check").fetchone()
    if found != "ok" or broken is not None:
        raise CommandError(f"The database is damaged: {found if broken is None else broken}")


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """Give an empty file that only its owner can read; what is in it is then called `path`."""
    if path.exists():
        raise CommandError(f"{path} exists; give another name.")
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            yield unfinished
            keep(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as fault:
        raise CommandError(f"{path} cannot be written: {fault.strerror}") from None
    except sqlite3.Error as fault:
        raise CommandError(f"{path} was not written: {fault}") from None


def keep(unfinished: Path, path: Path) -> None:
    """Give a whole file its name, on the disk."""
    for each in (unfinished, path.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if each is unfinished:
            unfinished.rename(path)
