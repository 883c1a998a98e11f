"""A full diary stays light and asks the database as little as an empty one."""

from __future__ import annotations

import gzip
import random
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.web.boards import Board
from tests.web.build import DAY, a_person, a_type, an_administrator, browser

from daybook.calendaring.event import timed
from daybook.entries.drafts import span_columns
from daybook.entries.models import Assignment, DiaryEntry, DiaryEntryType
from daybook.people.models import Person

pytestmark = pytest.mark.django_db
VIEWS = ("month", "week&person=everyone", "day", "agenda", "team", "team&span=week")
MOST = 45_000
LOADED = re.compile(r'<(?:link rel="stylesheet"|script[^>]*?)\s[^>]*?(?:href|src)="([^"]+)"')
IMPORTED = re.compile(r'(?:from|import)\s*\(?"(\.[^"]+)"')


def fill(people: list[Person], entries: int) -> None:
    """Spread entries over the month of DAY, each of two of the people."""
    dice = random.Random(7)
    there = DiaryEntryType.objects.count()
    kinds = [a_type(f"Kind {there + n}") for n in range(6)]
    made = []
    for number in range(entries):
        start = datetime(DAY.year, DAY.month, dice.randint(1, 28), dice.randint(8, 17))
        length = timedelta(hours=dice.choice((*[1] * 40, 2, 40)))
        span = timed(start, start + length, "Europe/London")
        made.append(
            DiaryEntry(
                uid=f"{kinds[0].pk}-{number}@firm.example",
                type=dice.choice(kinds),
                title=f"{dice.choice(('Boiler survey', 'Quarterly review', 'Call back'))} {number}",
                creator=people[0],
                created_at=datetime.now(UTC),
                changed_at=datetime.now(UTC),
                **span_columns(span),
            )
        )
    DiaryEntry.objects.bulk_create(made)
    Assignment.objects.bulk_create(
        Assignment(entry=entry, person=person, position=position)
        for entry in made
        for position, person in enumerate(dice.sample(people, 2))
    )


def more_people(number: int) -> list[Person]:
    return Person.objects.bulk_create(
        Person(username=f"p{n}", forename=f"Pat{n}", surname="Jones", password="!")
        for n in range(number)
    )


@pytest.fixture
def firm() -> list[Person]:
    """Thirty people, of whom the first looks."""
    return [an_administrator(), *more_people(29)]


def weight(client: Client, address: str) -> int:
    """Return the bytes of a page with all it loads, as they travel to a browser."""
    page = client.get(address, headers={"accept-encoding": "gzip"})
    todo = LOADED.findall(gzip.decompress(page.content).decode())
    sizes = {address: len(page.content)}
    while todo:
        name = todo.pop()
        if name in sizes:
            continue
        answer = client.get(name, headers={"accept-encoding": "gzip"})
        content = answer.getvalue()
        assert answer.status_code == 200, name
        sizes[name] = len(content)
        if answer.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        if name.endswith(".js"):
            todo += [urljoin(name, other) for other in IMPORTED.findall(content.decode())]
    assert len(sizes) > 8
    return sum(sizes.values())


def test_a_month_of_five_hundred_entries_is_light(firm: list[Person]) -> None:
    fill(firm, 500)

    client, address = browser(firm[0]), f"/?view=month&date={DAY}"

    assert len(Board(client.get(address)).chips) > 40
    assert weight(client, address) < MOST


def test_a_team_of_thirty_has_thirty_columns_and_is_light(firm: list[Person]) -> None:
    fill(firm, 500)

    client, address = browser(firm[0]), f"/?view=team&date={DAY}"

    assert len(client.get(address).context["columns"]) == 30
    assert weight(client, address) < MOST


def questions(client: Client, view: str) -> int:
    client.get(f"/?view={view}&date={DAY}")
    with CaptureQueriesContext(connection) as seen:
        client.get(f"/?view={view}&date={DAY}")
    return len(seen)


def test_five_hundred_entries_and_thirty_people_cost_as_many_queries_as_two_people() -> None:
    ada, ben = an_administrator(), a_person("Ben")
    fill([ada, ben], 60)
    client = browser(ada)
    few = {view: questions(client, view) for view in VIEWS}

    fill([ada, *more_people(28)], 500)

    assert {view: questions(client, view) for view in VIEWS} == few
    assert max(few.values()) <= 22
