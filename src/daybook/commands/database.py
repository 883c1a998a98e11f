"""The database as commands find it: not there, empty, of an older version, or ready."""

from __future__ import annotations

import argparse
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from daybook.commands.talk import CommandError, remark

# Any number; every installation in one PostgreSQL server has a database of its own.
_MIGRATING = 0x0DA1B00C


def start_django() -> None:
    """Read the settings. Raises ConfigurationError, or CommandError for an unusable folder."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybook.settings")
    try:
        django.setup()
        # What serves the files of the pages wants it to be there, also when it is empty.
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise CommandError(f"The data folder cannot be used: {fault}") from None


def migrate(_: argparse.Namespace) -> int:
    """Bring the database up to this version, whatever it was before."""
    start_django()
    prepare()
    remark("The database is ready.")
    return 0


def prepare() -> None:
    """Make the tables, or change them to this version's; of several at once, one does it."""
    with database_errors(), _alone():
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)


def require() -> None:
    """Prepare an empty database; one of another version is a CommandError."""
    with database_errors():
        missing, is_empty = _missing()
    if is_empty:
        prepare()
    elif missing:
        raise CommandError("The database is of an older version: run `daybook migrate` first.")


def missing_migrations() -> list[str]:
    """Return the names of the migrations that were never run here."""
    return _missing()[0]


def refuse_newer(applied: Iterable[tuple[str, str]] | None = None) -> None:
    """Raise CommandError if a newer version than this one made, or changed, the database.

    `applied`: the migrations (app, name) of another one than that which is in place.
    """
    loader = MigrationExecutor(connection).loader
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("daybook.")}
    unknown = set(loader.applied_migrations if applied is None else applied) - set(
        loader.graph.nodes
    )
    if any(label in ours for label, _ in unknown):
        raise CommandError("This is of a newer version of Daybook: update the program first.")


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn what the database refuses into a CommandError of one line."""
    try:
        yield
    except DatabaseError as fault:
        line = " ".join(str(fault).split())
        raise CommandError(f"The database cannot be used: {line}") from None


def _missing() -> tuple[list[str], bool]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    names = [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
    return names, not executor.loader.applied_migrations


@contextmanager
def _alone() -> Iterator[None]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATING])
        return
    with (settings.DAYBOOK.data / "migrating.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
