"""Hand many rows to a database at once, by statements written by hand.

Where it happens with every save or every message: Django takes longer to prepare such a statement
than a database to carry it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import connection
from psycopg.types.json import Jsonb

Row = tuple[Any, ...]
# A statement with {rows} behind its VALUES, and the rows, given as the database takes them.
Insert = tuple[str, Sequence[Row]]
# Databases take a limited number of values in one statement (SQLite: 32,766).
AT_ONCE = 500
_INSERT = "INSERT INTO {table} ({columns}) VALUES {rows}"
_COPY = "COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)"
_NEXT_IDS = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
_LAST_ID = "SELECT seq FROM sqlite_sequence WHERE name = %s"


@contextmanager
def one_moment() -> Iterator[None]:
    """Read, on SQLite, without a lock and yet all of one moment; nothing is written inside."""
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            yield
            return
        # By hand: Django's transactions take the lock when they begin.
        cursor.execute("BEGIN")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def select(query: str, keys: Sequence[Any]) -> list[Row]:
    """Return what `query`, with {marks} for its keys, finds; without keys nothing is asked."""
    found: list[Row] = []
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(query.format(marks=", ".join(["%s"] * len(keys))), keys)
            found = cursor.fetchall()
    return found


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


def write(table: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    """Insert any number of `rows` and be told nothing; `columns` maps names to PostgreSQL's types.

    Without rows nothing is asked of the database.
    """
    if not rows:
        return
    if connection.vendor == "postgresql":
        _copy(table, columns, rows)
        return
    with connection.cursor() as cursor:
        row = f"({', '.join(['%s'] * len(columns))})"
        cursor.executemany(inserting(table, columns).format(rows=row), rows)


def _copy(table: str, columns: Mapping[str, str], rows: Iterable[Row]) -> None:
    """Insert `rows` by PostgreSQL's COPY.

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


def new_ids(table: str, count: int) -> list[int]:
    """Return the ids that `count` new rows of `table` are to have, for whoever writes them.

    Called inside a transaction. On SQLite nobody else inserts while that lasts.
    """
    if count == 0:
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_NEXT_IDS, [table, count])
            return [number for (number,) in cursor.fetchall()]
        cursor.execute(_LAST_ID, [table])
        last = cursor.fetchone()
    first = 1 if last is None else last[0] + 1
    return list(range(first, first + count))


def json(value: object) -> object:
    """Return a JSON value as the database takes it, None for SQL's NULL."""
    if value is None:
        return None
    if connection.vendor == "postgresql":
        return Jsonb(value, dumps=orjson.dumps)
    return orjson.dumps(value).decode()


def columns(rows: Sequence[Row]) -> list[list[Any]]:
    """Return the values of `rows` column by column, as `unnest` takes them on PostgreSQL."""
    return [list(values) for values in zip(*rows, strict=True)]
