"""Hand many rows to a database at once, by statements written by hand.

Where it happens with every save or every message: Django takes longer to prepare such a statement
than a database to carry it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

Row = tuple[Any, ...]
# Databases take a limited number of values in one statement (SQLite: 32,766).
AT_ONCE = 500
_INSERT = "INSERT INTO {table} ({columns}) VALUES {rows}"
_COPY = "COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)"


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


def inserting(table: str, columns: Iterable[str]) -> str:
    """Return the statement that `insert` takes for these columns."""
    return _INSERT.format(table=table, columns=", ".join(columns), rows="{rows}")


def copy(table: str, columns: Mapping[str, str], rows: Iterable[Row]) -> None:
    """Insert `rows` by PostgreSQL's COPY; `columns` maps their names to their types there.

    What is written in a statement is read by its parser, and bytes are twice as long there; this
    is not.
    """
    statement = _COPY.format(table=table, columns=", ".join(columns))
    # Django translates the errors of its own methods, and COPY is none of them.
    translated = connection.wrap_database_errors
    with translated, connection.cursor() as cursor, cursor.copy(statement) as lines:
        lines.set_types(list(columns.values()))
        for row in rows:
            lines.write_row(row)


def columns(rows: Sequence[Row]) -> list[list[Any]]:
    """Return the values of `rows` column by column, as `unnest` takes them on PostgreSQL."""
    return [list(values) for values in zip(*rows, strict=True)]
