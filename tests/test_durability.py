"""What the built-in database promises of every commit, as an installation opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler, OperationalError

from daybook import configuration


@pytest.fixture
def sqlite(tmp_path: Path) -> dict[str, Any]:
    """Return how an installation without a database address opens its database."""
    return configuration.database(configuration.read({"DAYBOOK_DATA": str(tmp_path)}))


def test_what_is_committed_survives_a_power_cut(db: None, sqlite: dict[str, Any]) -> None:
    connection = ConnectionHandler({"default": sqlite})["default"]

    with connection.cursor() as cursor:
        # FULL: the write-ahead log is on the disk before a commit returns.
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_transaction_takes_the_lock_before_it_reads(db: None, sqlite: dict[str, Any]) -> None:
    impatient = sqlite | {"OPTIONS": sqlite["OPTIONS"] | {"timeout": 0}}
    connections = ConnectionHandler({"default": sqlite, "other": impatient})

    begin(connections["default"])
    with pytest.raises(OperationalError, match="locked"):
        begin(connections["other"])
    connections.close_all()


def begin(connection: BaseDatabaseWrapper) -> None:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
