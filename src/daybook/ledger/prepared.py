"""Statements that PostgreSQL plans once for each connection, not each time they are carried out.

For the few whose planning takes longer than their work. By hand, because Django's cursors put the
values into a statement before it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, ProgrammingError, connections
from psycopg import Connection


@dataclass(frozen=True, eq=False)
class Prepared:
    """A statement that marks its values as %(name)s; `types` are PostgreSQL's, by these names."""

    name: str
    types: Mapping[str, str]
    text: str
    _known_to: WeakSet[Connection[Any]] = field(default_factory=WeakSet)

    def execute(self, values: Mapping[str, Any]) -> int:
        """Carry it out; return how many rows it changed or found."""
        database = connections[DEFAULT_DB_ALIAS]
        with database.cursor() as cursor:
            try:
                if database.connection not in self._known_to:
                    cursor.execute(self._prepare)
                    self._known_to.add(database.connection)
                cursor.execute(self._execute, values)
            except ProgrammingError:
                # A pooler of connections between us may have handed it to another one.
                cursor.execute(self.text, values)
            return int(cursor.rowcount)

    @property
    def _prepare(self) -> str:
        numbered = {name: f"${number}" for number, name in enumerate(self.types, start=1)}
        return f"PREPARE {self.name} ({', '.join(self.types.values())}) AS {self.text % numbered}"

    @property
    def _execute(self) -> str:
        return f"EXECUTE {self.name} ({', '.join(f'%({name})s' for name in self.types)})"
