"""A statement is planned once for each connection, and carried out whatever became of that."""

from __future__ import annotations

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext
from tests.entries.build import a_person

from daybook.ledger.prepared import Prepared
from daybook.people.models import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rename() -> Prepared:
    """A statement that names everybody of one name anew; no connection knows it yet."""
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    text = "UPDATE people_person SET username = %(after)s WHERE username = %(before)s"
    return Prepared("rename", {"before": "text", "after": "text"}, text)


def verbs(asked: CaptureQueriesContext) -> list[str]:
    return [query["sql"].split()[0] for query in asked.captured_queries]


def test_it_is_planned_when_it_is_first_carried_out(rename: Prepared) -> None:
    a_person("Ada")

    with CaptureQueriesContext(connection) as asked:
        found = [rename.execute({"before": "ada", "after": after}) for after in ("lady", "x")]

    assert found == [1, 0]
    assert verbs(asked) == ["PREPARE", "EXECUTE", "EXECUTE"]
    assert Person.objects.get().username == "lady"


def test_and_again_by_another_connection(rename: Prepared) -> None:
    a_person("Ada")
    rename.execute({"before": "ada", "after": "lady"})
    connection.close()

    with CaptureQueriesContext(connection) as asked:
        assert rename.execute({"before": "lady", "after": "ada"}) == 1

    assert verbs(asked) == ["PREPARE", "EXECUTE"]


@pytest.mark.parametrize("known", [True, False])
def test_behind_a_pooler_that_mixes_connections_it_is_carried_out_unplanned(
    rename: Prepared, known: bool
) -> None:
    a_person("Ada")
    with connection.cursor() as cursor:
        if known:
            # Somebody else, to whom this connection was given before.
            cursor.execute(rename._prepare)
        else:
            rename.execute({"before": "", "after": ""})
            cursor.execute("DEALLOCATE ALL")

    assert rename.execute({"before": "ada", "after": "lady"}) == 1
    assert Person.objects.get().username == "lady"


def test_what_the_database_refuses_is_said_as_django_says_it(rename: Prepared) -> None:
    a_person("Ada")

    with pytest.raises(DataError):
        rename.execute({"before": "ada", "after": "a" * 1000})
