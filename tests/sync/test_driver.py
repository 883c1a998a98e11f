"""A transaction by SQLite's driver: whole or not at all, and with Django's errors."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from tests.entries.build import a_person

from daybook.ledger import driver
from daybook.people.models import Person

pytestmark = pytest.mark.django_db(transaction=True)

RENAME = "UPDATE people_person SET username = ?"


def name_on_disk() -> str:
    """Return what somebody finds who connects anew."""
    connection.close()
    return Person.objects.get().username


def test_what_was_written_is_there_for_everybody() -> None:
    a_person("Ada")

    with driver.transaction() as sqlite:
        sqlite.execute(RENAME, ["lady"])

    assert name_on_disk() == "lady"


def test_any_exception_undoes_it() -> None:
    a_person("Ada")

    with pytest.raises(ZeroDivisionError), driver.transaction() as sqlite:
        sqlite.execute(RENAME, ["lady"]).fetchall()[1 // 0]

    assert not connection.connection.in_transaction
    assert name_on_disk() == "ada"


def test_what_the_database_refuses_undoes_it_and_is_said_as_django_says_it() -> None:
    a_person("Ada")

    with pytest.raises(IntegrityError), driver.transaction() as sqlite:
        sqlite.executemany(RENAME, [["lady"], [None]])

    assert name_on_disk() == "ada"


def test_a_lock_that_is_not_to_be_had_is_an_operational_error() -> None:
    a_person("Ada")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 1")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"), driver.transaction():
            pass
    finally:
        other.close()

    with driver.transaction() as sqlite:
        sqlite.execute(RENAME, ["lady"])
    assert name_on_disk() == "lady"


def test_it_is_no_part_of_another_transaction() -> None:
    with (
        pytest.raises(RuntimeError, match="durable"),
        transaction.atomic(),
        driver.transaction(),
    ):
        pass
