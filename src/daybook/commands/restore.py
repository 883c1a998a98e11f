"""`daybook restore FILE` puts a backup in place; `daybook quarantine` lets it send again."""

from __future__ import annotations

import argparse
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.commands import postgres
from daybook.commands.backup import check_sqlite, keep
from daybook.commands.database import (
    database_errors,
    prepare,
    refuse_newer,
    require,
    start_django,
)
from daybook.commands.talk import CommandError, answer

if TYPE_CHECKING:
    from daybook.sync.merging import Merged
    from daybook.sync.quarantine import Standing

# A worker says that it is there every ten seconds.
_SILENCE = timedelta(seconds=30)
_INTO_QUARANTINE = (
    "INSERT INTO public.sync_quarantine (id, restored_at) VALUES (1, now())"
    " ON CONFLICT DO NOTHING;\n"
)


def restore(arguments: argparse.Namespace) -> int:
    """Put the backup in place, in quarantine, and teach it what the sent journals know."""
    start_django()
    from django.db import connection

    file = arguments.file.absolute()
    if not file.is_file():
        raise CommandError(f"{file} is not there.")
    with database_errors():
        _check_target(force=arguments.force)
        if connection.vendor == "postgresql":
            _load_postgres(file)
            merged = _settle(arguments.journal)
        else:
            merged = _place_sqlite(file, arguments.journal)
        _describe(merged)
    return 0


def quarantine(arguments: argparse.Namespace) -> int:
    """Show what a restored diary is about to do; release it, if that is what was asked for."""
    start_django()
    require()
    from daybook.sync import orphans
    from daybook.sync import quarantine as quarantines

    now = datetime.now(UTC)
    with database_errors():
        standing = quarantines.standing()
        if standing is None:
            raise CommandError("There is no quarantine: nothing was restored.")
        if standing.row.newest_at is None:
            # Put in place by hand.
            _describe(_settle(arguments.journal, migrate=False))
            standing = quarantines.standing() or standing
        if arguments.take_back:
            taken = orphans.take_back(by=None, now=now)
            answer(f"{_calendars(taken)} will be told that the entry is gone.")
        if arguments.release:
            quarantines.release(by=None, now=now)
            answer("Released: what waits is sent from now on.")
        elif not arguments.take_back:
            _show(standing)
    return 0


def _check_target(*, force: bool) -> None:
    """Refuse a database that is used at this moment, or that has people in it."""
    from django.db import connection

    tables = connection.introspection.table_names()
    if "sync_workerbeat" in tables:
        from daybook.sync.models import WorkerBeat

        since = datetime.now(UTC) - _SILENCE
        if WorkerBeat.objects.filter(seen_at__gte=since).exists():
            raise CommandError("A worker is running (or was killed just now): stop Daybook first.")
    if "people_person" in tables and not force:
        from daybook.people.models import Person

        if Person.objects.exists():
            raise CommandError(
                "There is a diary here already; --force puts the backup in its place."
            )


def _place_sqlite(file: Path, journals: Sequence[Path]) -> Merged:
    """Make everything ready beside the database, then let it take its place in one step."""
    from django.db import connection

    database = Path(str(connection.settings_dict["NAME"]))
    ready = database.with_name(f"{database.name}.restoring")
    connection.close()
    _remove(ready)
    try:
        _copy(file, ready)
        connection.settings_dict["NAME"] = str(ready)
        merged = _settle(journals)
        # So that nothing of it is in a second file.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = DELETE")
        connection.close()
        _put_aside(database)
        keep(ready, database)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = str(database)
        _remove(ready)
    return merged


def _copy(file: Path, ready: Path) -> None:
    try:
        ready.touch(mode=0o600)
        shutil.copyfile(file, ready)
        with closing(sqlite3.connect(ready)) as copy:
            check_sqlite(copy)
            known = copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'people_person'")
            if known.fetchone() is None:
                raise CommandError(f"{file} is not a backup of a diary.")
    except sqlite3.Error as fault:
        raise CommandError(f"{file} is not a whole backup: {fault}") from None
    except OSError as fault:
        raise CommandError(f"{file} cannot be copied: {fault.strerror}") from None


def _put_aside(database: Path) -> None:
    """Keep what was there, with what is still in its second file; an empty one is removed."""
    if database.exists() and database.stat().st_size == 0:
        database.unlink()
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for suffix in ("-wal", "-shm", ""):
        each = database.with_name(database.name + suffix)
        if each.exists():
            each.rename(database.with_name(f"{database.name}.before-{stamp}{suffix}"))


def _remove(ready: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        ready.with_name(ready.name + suffix).unlink(missing_ok=True)


def _load_postgres(file: Path) -> None:
    """Load a dump instead of all tables that are there: all of it or nothing."""
    from django.db import connection

    listed = postgres.contents(file)
    if " people_person " not in listed:
        raise CommandError(f"{file} is not a backup of a diary.")
    refuse_newer(postgres.migrations(file))
    quoted = [connection.ops.quote_name(name) for name in connection.introspection.table_names()]
    connection.close()
    drop = f"DROP TABLE {', '.join(quoted)} CASCADE;\n" if quoted else ""
    # In the same transaction, so that no worker ever finds it without.
    shut = _INTO_QUARANTINE if " TABLE public sync_quarantine " in listed else ""
    postgres.load(file, before=drop, after=shut)


def _settle(journals: Sequence[Path], *, migrate: bool = True) -> Merged:
    from daybook.sync import journal
    from daybook.sync import quarantine as quarantines

    refuse_newer()
    if migrate:
        prepare()
    own = journal.folder_here()
    folders = [own, *journals] if own.is_dir() else list(journals)
    for folder in journals:
        if not journal.files(folder):
            raise CommandError(f"{folder} is not a sent journal.")
    return quarantines.begin(folders, datetime.now(UTC))


def _describe(merged: Merged) -> None:
    from daybook.sync import quarantine as quarantines

    standing = quarantines.standing()
    if standing is None or standing.row.newest_at is None:
        raise AssertionError("what was restored is in quarantine")
    row = standing.row
    answer(f"The backup is of {row.newest_at:%Y-%m-%d %H:%M:%S} UTC or a little later.")
    if row.journal_from is None:
        answer("The sent journal does not reach back to it: every version was lifted by 1000.")
    else:
        answer(f"{merged.messages:,} messages that left since then are known from the journal.")
    _show(standing)


def _show(standing: Standing) -> None:
    at = standing.newest_sent_at
    newest = f"newest sent at {at:%Y-%m-%d %H:%M:%S} UTC" if at else "nothing was ever sent"
    answer(f"In quarantine: {standing.pending:,} pending, {newest}. Nothing is sent.")
    if standing.orphans:
        answer(
            f"{_calendars(standing.orphans)} an entry that is not in the diary:"
            " `daybook quarantine --take-back` takes it out."
        )
    answer("`daybook quarantine --release` lets the diary send again.")


def _calendars(number: int) -> str:
    return f"{number:,} {'calendar shows' if number == 1 else 'calendars show'}"
