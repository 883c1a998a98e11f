"""SQLite by its driver, for what happens once with every mail.

Django takes as long to begin and end a transaction and to hand on a few statements as SQLite takes
to carry them out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections
from django.db import transaction as djangos


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    """Yield the driver's connection, with the write lock; statements mark values with `?`.

    What was written is on disk at the end, and undone by any exception. Raises what Django would
    raise, and RuntimeError inside another transaction.
    """
    # Looked up once: `django.db.connection` does so for each of its attributes.
    database = connections[DEFAULT_DB_ALIAS]
    if database.in_atomic_block:
        # Refuses, but for the one that a test keeps around itself.
        with djangos.atomic(durable=True), database.wrap_database_errors:
            yield database.connection
        return
    database.ensure_connection()
    driver: sqlite3.Connection = database.connection
    with database.wrap_database_errors:
        driver.execute("BEGIN IMMEDIATE")
        try:
            yield driver
            driver.execute("COMMIT")
        except BaseException:
            driver.rollback()
            raise
