"""Databases of released versions, brought up to this one, and what is in them before and after."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from tests.test_commands import Installation

HERE = Path(__file__).parent
RELEASES = sorted(path for path in HERE.iterdir() if re.match(r"\d", path.name))
# Django's own lists of what there is, which a version may well add to.
LISTS = ("django_migrations", "django_content_type", "auth_permission")
# What is somewhere else since.
MOVED = {
    ("ledger_parcel", "data"): "SELECT head FROM ledger_contents ORDER BY parcel_id",
    ("ledger_parcel", "told"): "SELECT own FROM ledger_contents ORDER BY parcel_id",
    ("ledger_calendar", "told"): "SELECT remembered FROM ledger_calendar ORDER BY id",
}

# The tables that grow with the diary, and what is different in each copy of their rows.
COPIED = {
    "entries_diaryentry": (("id",), ("uid",)),
    "entries_assignment": (("id", "entry_id"), ()),
    "ledger_uidcounter": (("entry_id",), ("uid",)),
    "ledger_calendar": (("id", "entry_id", "parcel_id"), ("uid",)),
    "ledger_parcel": (("id", "calendar_id"), ("uid", "message_id")),
    "ledger_logline": (("id", "entry_id", "calendar_id", "parcel_id"), ("uid",)),
}
APART = 1000
# A message is a few thousand octets; that many copies of it would fill the disk of a test.
OF_A_MESSAGE = 500


@dataclass
class Database:
    """The database of an installation, asked without Django."""

    url: str
    path: Path

    @classmethod
    def of(cls, installation: Installation) -> Database:
        url = installation.environment.get("DAYBOOK_DATABASE_URL", "")
        return cls(url, installation.data / "daybook.sqlite3")

    def load(self, release: Path) -> None:
        """Fill it, empty as it is, with what a released version made."""
        if self.url:
            with psycopg.connect(self.url) as connection:
                connection.execute((release / "postgresql.sql").read_bytes())
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.executescript((release / "sqlite.sql").read_text())

    def ask(self, sql: str) -> Iterator[tuple[Any, ...]]:
        if self.url:
            with psycopg.connect(self.url, autocommit=True) as connection:
                yield from connection.execute(sql.encode())
            return
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            yield from connection.execute(sql)

    def change(self, *statements: str) -> None:
        if self.url:
            with psycopg.connect(self.url) as connection:
                for sql in statements:
                    connection.execute(sql.encode())
            return
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            for sql in statements:
                connection.execute(sql)
            connection.commit()

    def columns(self) -> dict[str, list[str]]:
        """Return the columns of every table but Django's lists."""
        sql = (
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public'"
            if self.url
            else "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
            " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        )
        found: dict[str, list[str]] = {}
        for table, column in self.ask(sql):
            if table not in LISTS:
                found.setdefault(table, []).append(column)
        return {table: sorted(columns) for table, columns in sorted(found.items())}

    def content(self, columns: dict[str, list[str]]) -> dict[str, tuple[int, str]]:
        """Return by column of each table how many values it has, and a digest of them in order."""
        here = self.columns()
        found = {}
        for table, names in columns.items():
            order = "id" if "id" in names else names[0] if "uid" not in names else "uid"
            for name in names:
                sql = f'SELECT "{name}" FROM {table} ORDER BY "{order}"'
                if name not in here.get(table, ()):
                    sql = MOVED[table, name]
                found[f"{table}.{name}"] = _digest(self.ask(sql))
        return found

    def grow(self, entries: int) -> None:
        """Copy every entry with all that belongs to it until there are that many."""
        [(there,)] = self.ask("SELECT count(*) FROM entries_diaryentry")
        copies = -(-entries // there) - 1
        columns = self.columns()
        self.change(
            f"UPDATE ledger_parcel SET data = substr(data, 1, {OF_A_MESSAGE})",
            *(
                _copying(table, columns[table], copies, shifted, marked)
                for table, (shifted, marked) in COPIED.items()
            ),
        )


def _copying(
    table: str, columns: Sequence[str], copies: int, shifted: Sequence[str], marked: Sequence[str]
) -> str:
    values = []
    for name in columns:
        if name in shifted:
            values.append(f'"{name}" + {APART} * copy.number')
        elif name in marked:
            values.append(f"""replace("{name}", '@', '.' || copy.number || '@')""")
        else:
            values.append(f'"{name}"')
    names = ", ".join(f'"{name}"' for name in columns)
    return (
        f"WITH RECURSIVE copy(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM copy"
        f" WHERE number < {copies})"
        f" INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table}, copy"
    )


def _digest(rows: Iterator[tuple[Any, ...]]) -> tuple[int, str]:
    digest, number = hashlib.sha256(), 0
    for (value,) in rows:
        plain = bytes(value) if isinstance(value, memoryview) else value
        digest.update(repr(plain).encode() + b"\n")
        number += 1
    return number, digest.hexdigest()


@dataclass(frozen=True)
class Upgrade:
    """What a release had, what is there now, how long it took, and what the doctor says then.

    `queued` calendars are due afterwards; the doctor is asked of small ones only.
    """

    before: dict[str, tuple[int, str]]
    after: dict[str, tuple[int, str]]
    seconds: float
    queued: int
    doctor: str


def upgrade(installation: Installation, release: Path, *, entries: int = 0) -> Upgrade:
    """Bring the database of `release`, with at least `entries`, up to this version."""
    database = Database.of(installation)
    database.load(release)
    if entries:
        database.grow(entries)
    columns = database.columns()
    before = database.content(columns)
    began = time.monotonic()
    migrated = installation.start("migrate").wait(600)
    seconds = time.monotonic() - began
    assert migrated == 0
    after = database.content(columns)
    [(queued,)] = database.ask("SELECT count(*) FROM ledger_calendar WHERE due_at IS NOT NULL")
    doctor = "" if entries else installation.run("doctor").stdout
    return Upgrade(before, after, seconds, queued, doctor)
