"""Hand many rows to a database at once, by statements written by hand.

Where it happens with every save or every message: Django takes longer to prepare such a statement
than a database to carry it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

Row = tuple[Any, ...]
# A statement with {rows} behind its VALUES, and the rows, given as the database takes them.
Insert = tuple[str, Sequence[Row]]
# Databases take a limited number of values in one statement (SQLite: 32,766).
AT_ONCE = 500
_INSERT = "INSERT INTO {table} ({columns}) VALUES {rows}"
_COPY = "COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)"


def insert(statement: str, rows: Sequence[Row]) -> list[Row]:
    """Insert `rows` by an `Insert`; return what its RETURNING asks for.

    Without rows nothing is asked of the database.
    """
    returned: list[Row] = []
    with connection.cursor() as cursor:
        for text, values in _parts(statement, rows):
            cursor.execute(text, values)
            if cursor.description is not None:
                returned += cursor.fetchall()
    return returned


def insert_all(*inserts: Insert) -> None:
    """Carry out `inserts` in their order: on PostgreSQL all on one way there and back.

    None of them returns anything.
    """
    parts = [part for statement, rows in inserts for part in _parts(statement, rows)]
    if connection.vendor == "postgresql":
        texts = ";".join(text for text, _ in parts)
        parts = [(texts, [value for _, values in parts for value in values])]
    with connection.cursor() as cursor:
        for text, values in parts:
            cursor.execute(text, values)


def _parts(statement: str, rows: Sequence[Row]) -> Iterator[tuple[str, list[Any]]]:
    """Yield the statement for AT_ONCE rows after the other, and its values."""
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        row = f"({', '.join(['%s'] * len(some[0]))})"
        values = [value for one in some for value in one]
        yield statement.format(rows=", ".join([row] * len(some))), values


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
