"""Finding entries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries
from tests.entries.build import NOW, TODAY, a_person, a_type, an_entry, at

from daybook.entries import changing, reading
from daybook.entries.models import DiaryEntry
from daybook.people.faults import InvalidInput

pytestmark = pytest.mark.django_db


def titles(entries: object) -> list[str]:
    return [entry.title for entry in entries]  # type: ignore[attr-defined]


def test_every_member_sees_all_that_is_not_deleted() -> None:
    ada, cleo = a_person("Ada"), a_person("Cleo")
    an_entry(ada, title="Kept")
    changing.delete(an_entry(ada, title="Deleted").pk, by=ada, now=NOW)
    changing.cancel(an_entry(ada, title="Cancelled").pk, by=ada, now=NOW)

    assert titles(reading.visible_to(cleo)) == ["Kept", "Cancelled"]
    assert titles(reading.visible_to(None)) == ["Kept", "Cancelled"]


def test_somebody_who_left_sees_nothing() -> None:
    an_entry(a_person("Ada"))

    assert not reading.visible_to(a_person("Ben", active=False)).exists()


def test_a_time_finds_what_has_a_part_in_it() -> None:
    ada = a_person("Ada")
    for hour in (8, 9, 10, 11):
        an_entry(ada, title=f"at {hour}", span=at(hour))
    nine = datetime(2026, 11, 23, 9, tzinfo=UTC)

    found = reading.between(reading.visible_to(ada), nine, nine + timedelta(hours=2))

    assert titles(found) == ["at 9", "at 10"]


def test_person_type_and_words_narrow_the_list() -> None:
    ada, ben = a_person("Ada"), a_person("Ben")
    an_entry(ada, ben, title="Survey", location="Dock 4", notes="Bring the KEYS")
    an_entry(ada, title="Call", kind=a_type("Call"))
    everything = reading.visible_to(ada)

    assert titles(reading.narrowed(everything, person_id=ben.pk)) == ["Survey"]
    assert titles(reading.narrowed(everything, type_id=a_type("Call").pk)) == ["Call"]
    for words in ("surv", "dock", "keys", " SURVEY\x00 "):
        assert titles(reading.narrowed(everything, q=words)) == ["Survey"]
    assert titles(reading.narrowed(everything, q="%")) == []
    assert titles(reading.narrowed(everything, q="' OR 1=1--")) == []
    assert titles(reading.narrowed(everything, q="x" * 10_000)) == []
    assert titles(reading.narrowed(everything, person_id=2**63)) == []


def test_pages_neither_repeat_nor_skip_while_entries_come_and_go() -> None:
    ada = a_person("Ada")
    for number in range(5):
        # Three begin at the same moment: only the id tells them apart.
        an_entry(ada, title=str(number), span=at(9 if number < 3 else 10))
    first = reading.page(reading.visible_to(ada), limit=2)
    changing.delete(first.items[-1].pk, by=ada, now=NOW)
    an_entry(ada, title="before", span=at(8))

    second = reading.page(reading.visible_to(ada), limit=2, cursor=first.next)
    third = reading.page(reading.visible_to(ada), limit=2, cursor=second.next)

    assert [titles(page.items) for page in (first, second, third)] == [
        ["0", "1"],
        ["2", "3"],
        ["4"],
    ]
    assert third.next is None


@pytest.mark.parametrize("cursor", ["x", "é", "====", "MjAyNg", "A" * 500, "\x00", "bm93IDE"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        reading.page(DiaryEntry.objects.all(), limit=2, cursor=cursor)

    assert refusal.value.faults[0].field == "cursor"


@pytest.mark.parametrize("size", [1, 12])
def test_a_list_costs_two_queries_however_long(
    size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    team = [a_person(f"P{number}") for number in range(3)]
    for number in range(size):
        an_entry(*team, span=at(9, day=TODAY + timedelta(days=number)))

    with django_assert_num_queries(2):
        rows = [
            (entry.title, entry.type.name, str(entry.creator), reading.people_on(entry))
            for entry in reading.visible_to(team[0])
        ]

    assert len(rows) == size
    assert all(people == team for *_, people in rows)
