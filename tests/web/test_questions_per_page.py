"""No page asks the database more because there is more in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.web.build import DAY
from tests.web.routes import Firm, as_a_demo, more_of_everything, pages, reader

LOOKED_AT = [row for row in pages() if 200 in (row.member, row.administrator)]
# These ask for what stands beside the table as well.
VIEWS = [f"?view={view}&date={DAY}" for view in ("day", "week", "month", "team", "agenda")]


@pytest.fixture
def firm(db: None) -> Iterator[Firm]:
    firm = Firm()
    with as_a_demo(firm):
        yield firm


def questions(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code < 400, path
    return len([query for query in seen if "session" not in query["sql"]])


def test_with_little_and_with_much_every_page_asks_the_same(firm: Firm) -> None:
    def of_all() -> dict[str, int]:
        clients = {who: firm.client(who) for who in ("member", "administrator")}
        counted = {}
        for row in LOOKED_AT:
            counted[row.pattern] = questions(clients[reader(row)], firm.path(row))
        client = clients["administrator"]
        return counted | {view: questions(client, f"/{view}") for view in VIEWS}

    more_of_everything(firm, times=1)
    little = of_all()
    more_of_everything(firm, times=4)
    much = of_all()

    assert {path: (little[path], much[path]) for path in much if much[path] > little[path]} == {}
    assert len(much) > 30
    assert max(much.values()) < 60
