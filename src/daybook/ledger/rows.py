"""Insert many rows by one statement written by hand, on SQLite and on PostgreSQL.

Where it happens with every save or every message: Django takes longer to prepare such a statement
than a database to carry it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

Row = tuple[Any, ...]
# Databases take a limited number of values in one statement (SQLite: 32,766).
AT_ONCE = 500


def insert(statement: str, rows: Sequence[Row]) -> list[Row]:
    """Insert `rows`, which are given as the database takes them; return what RETURNING asks for.

    `statement` has {rows} behind its VALUES. Without rows nothing is asked of the database.
    """
    returned: list[Row] = []
    with connection.cursor() as cursor:
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            row = f"({', '.join(['%s'] * len(some[0]))})"
            values = [value for one in some for value in one]
            cursor.execute(statement.format(rows=", ".join([row] * len(some))), values)
            if cursor.description is not None:
                returned += cursor.fetchall()
    return returned
