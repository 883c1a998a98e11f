"""The people of an entry, locked for a change, and a type: in one statement, written by hand.

Every save asks for them, and Django takes longer to prepare the questions than a database to
answer them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from django.db import connection

from daybook.entries.models import DiaryEntryType
from daybook.ledger.rows import Row
from daybook.people.models import Person

# Columns are in the order of the models, as Django takes them.
TYPE = ("id", "name", "colour", "synchronise", "disclosure", "revision")
# What checks, calendars and reminders ask of people.
PERSON = (
    *("id", "username", "forename", "surname", "email", "email_key", "timezone"),
    *("is_active", "reminders_timed", "reminders_all_day"),
)
# Locked in one order, so that no two changes wait for each other.
PEOPLE = "SELECT {columns} FROM people_person WHERE id IN ({ids}) ORDER BY id {lock}"
WITH_TYPE = """
WITH person AS ({people})
SELECT {columns}, person.*
FROM entries_diaryentrytype AS kind LEFT JOIN person ON TRUE WHERE kind.id = %s
"""


def lock_people(ids: Collection[int]) -> dict[int, Person]:
    """Return these people by id, locked until the transaction ends.

    They have the columns PERSON; whoever asks for another fetches it.
    """
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_people(ids), list(ids))
        return _by_id(cursor.fetchall())


def lock_people_and_find_type(
    ids: Collection[int], type_id: int
) -> tuple[dict[int, Person], DiaryEntryType | None]:
    """Return these people as `lock_people` does, and the type, if there is such a one."""
    columns = ", ".join(f"kind.{column}" for column in TYPE)
    with connection.cursor() as cursor:
        statement = WITH_TYPE.format(columns=columns, people=_people(ids))
        cursor.execute(statement, [*ids, type_id])
        found = cursor.fetchall()
    if not found:
        return lock_people(ids), None
    people = (row[len(TYPE) :] for row in found)
    # Where there are no people, the type comes with an empty one.
    return _by_id(row for row in people if row[0] is not None), _type(found[0][: len(TYPE)])


def _people(ids: Collection[int]) -> str:
    return PEOPLE.format(
        columns=", ".join(PERSON),
        ids=", ".join(["%s"] * len(ids)) or "NULL",
        lock="FOR NO KEY UPDATE" if connection.features.has_select_for_no_key_update else "",
    )


def _by_id(found: Iterable[Row]) -> dict[int, Person]:
    return {row[0]: _person(row) for row in found}


def _person(row: Row) -> Person:
    *plain, is_active, timed, all_day = row
    values = [*plain, bool(is_active), json.loads(timed), json.loads(all_day)]
    return Person.from_db(connection.alias, PERSON, values)


def _type(row: Row) -> DiaryEntryType:
    number, name, colour, synchronise, *rest = row
    values = [number, name, colour, bool(synchronise), *rest]
    return DiaryEntryType.from_db(connection.alias, TYPE, values)
