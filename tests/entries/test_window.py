"""What is going on in some days is found without looking at all that ever was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.build import a_person, a_type, an_entry

from daybook.calendaring.event import Span, all_day, timed
from daybook.entries import changing, reading
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.people.models import Person

pytestmark = pytest.mark.django_db
LONDON = "Europe/London"
NOON = datetime(2027, 3, 10, 12)
SINCE, UNTIL = NOON.replace(tzinfo=UTC), (NOON + timedelta(hours=8)).replace(tzinfo=UTC)


@pytest.fixture
def ada() -> Person:
    a_type()
    return a_person("Ada")


def entry(ada: Person, span: Span) -> DiaryEntry:
    kind = DiaryEntryType.objects.earliest("pk")
    changes = EntryChanges(type_id=kind.pk, title="Visit", span=span, assigned=[ada.pk])
    return changing.create(changes, creator=ada, now=datetime.now(UTC))


def lasting(ada: Person, before: timedelta, length: timedelta) -> DiaryEntry:
    start = NOON - before
    return entry(ada, timed(start, start + length, LONDON))


def found(ada: Person, **only: list[int]) -> list[DiaryEntry]:
    return reading.window(ada, SINCE, UNTIL, **only)


@pytest.mark.parametrize(
    ("before", "length", "is_in"),
    [
        (timedelta(0), timedelta(hours=1), True),
        (timedelta(hours=1), timedelta(hours=1), False),
        (timedelta(hours=1), timedelta(hours=1, minutes=1), True),
        (timedelta(hours=-8), timedelta(hours=1), False),
        (timedelta(hours=23, minutes=59), timedelta(hours=24), True),
        (timedelta(hours=24), timedelta(hours=24), False),
        (timedelta(hours=25), timedelta(hours=25, minutes=1), True),
        (timedelta(days=300), timedelta(days=301), True),
        (timedelta(days=365), timedelta(days=366), True),
        (timedelta(days=300), timedelta(days=299), False),
    ],
)
def test_an_entry_is_found_if_a_part_of_it_is_in_the_time(
    ada: Person, before: timedelta, length: timedelta, is_in: bool
) -> None:
    made = lasting(ada, before, length)

    assert found(ada) == ([made] if is_in else [])


def test_an_entry_that_is_stretched_is_found_and_one_made_short_is_not(ada: Person) -> None:
    made = lasting(ada, timedelta(days=20), timedelta(hours=1))
    long = EntryChanges(span=all_day(date(2027, 2, 18), date(2027, 3, 20), LONDON))
    changing.change(made.pk, long, by=ada, now=datetime.now(UTC))
    assert found(ada) == [made]

    short = EntryChanges(span=all_day(date(2027, 2, 18), date(2027, 2, 20), LONDON))
    changing.change(made.pk, short, by=ada, now=datetime.now(UTC))
    assert found(ada) == []


def test_only_the_people_and_types_asked_for_are_found(ada: Person) -> None:
    ben, call = a_person("Ben"), a_type("Call")
    day = NOON.date()
    hers = an_entry(ada, kind=call, day=day, hour=13)
    his = an_entry(ben, kind=call, day=day, hour=13)
    visit = an_entry(ben, kind=DiaryEntryType.objects.earliest("pk"), day=day, hour=13)

    assert set(found(ada)) == {hers, his, visit}
    assert found(ada, people=[ada.pk, 2**63]) == [hers]
    assert set(found(ada, people=[ada.pk, ben.pk], types=[call.pk])) == {hers, his}
    assert found(ada, people=[2**63]) == []


def test_the_search_is_bounded_on_both_sides_by_an_index(ada: Person) -> None:
    with CaptureQueriesContext(connection) as seen:
        found(ada, people=[ada.pk], types=[1])

    short, long = (plan(query["sql"]) for query in seen if "long_since" in query["sql"])
    if connection.vendor == "postgresql":
        assert "Index Cond: ((starts_at >= " in short, short
        assert "Index Cond: ((long_since >= " in long, long
    else:
        assert "entry_starts (starts_at>? AND starts_at<?)" in short
        assert "entry_long (long_since>? AND long_since<?)" in long


def plan(sql: str) -> str:
    """Return how the database goes about it, were there too much to read it all."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
