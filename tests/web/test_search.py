"""The page of the search: an agenda of what was found."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.build import DAY, a_person, a_type, an_administrator, an_entry, browser, text_of

from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.people.models import Person
from daybook.web.search_page import ON_A_PAGE

if TYPE_CHECKING:
    from tests.web.build import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Person:
    return an_administrator()


def asked(person: Person, q: str, **more: str) -> Page:
    return browser(person).get("/search/", {"q": q, **more})


def links(page: Page) -> list[int]:
    """Return the ids of the entries a page links to, in order."""
    return [int(pk) for pk in re.findall(r'<a href="/entries/(\d+)/"', page.content.decode())]


def test_what_is_coming_stands_above_what_is_over(ada: Person) -> None:
    over = an_entry(ada, day=DAY.replace(year=2020))
    coming = an_entry(ada, day=DAY)

    page = asked(ada, "boiler")

    assert links(page) == [coming.pk, over.pk]
    assert re.search(r"2 entries Coming .* Over .* 15 June 2020", text_of(page))


def test_what_was_looked_for_is_marked_wherever_it_was_found(ada: Person) -> None:
    entry = an_entry(ada, a_person("Benoît", email="benoit@firm.example"))
    changing.change(
        entry.pk,
        EntryChanges(notes=f"{'Bring the plans. ' * 20}Benoit has the keys."),
        by=ada,
        now=entry.created_at,
    )

    page = asked(ada, "BENOIT boil").content.decode()

    assert re.findall("<mark>(.*?)</mark>", page) == ["Boiler", "Benoît", "Benoit"]
    assert "… " in page


def test_each_result_says_its_day_type_people_and_state(ada: Person) -> None:
    an_entry(ada, kind=a_type("Call"))

    page = asked(ada, "boiler")

    name = f"Boiler survey, {DAY:%A} 15 June, 09:00 to 10:00, Call, Ada, waiting for 1 calendar"
    assert f'aria-label="{name}' in page.content.decode()


def test_many_are_found_page_by_page(ada: Person) -> None:
    made = [an_entry(ada, day=DAY + timedelta(days=n)).pk for n in range(ON_A_PAGE + 2)]
    first = asked(ada, "boiler")
    client = browser(ada)
    second = client.get(f"/search/?{first.context['next_page']}")

    assert links(first) + links(second) == made
    assert not second.context["next_page"]
    assert "q=boiler" in second.context["first_page"]


def test_an_address_that_was_cut_short_shows_the_first_page(ada: Person) -> None:
    entry = an_entry(ada)

    assert links(asked(ada, "boiler", after="coming.xyz")) == [entry.pk]


def test_nothing_found_says_what_to_try(ada: Person) -> None:
    an_entry(ada)

    assert "Nothing is found for “kettle”." in text_of(asked(ada, "kettle"))
    assert "Try fewer words" in text_of(asked(ada, "kettle"))


def test_without_a_question_it_says_how_to_ask(ada: Person) -> None:
    page = asked(ada, " ")

    assert "“surv ben” finds a survey with Ben" in text_of(page)
    assert "Nothing is found" not in text_of(page)


def test_a_deleted_entry_is_not_found(ada: Person) -> None:
    entry = an_entry(ada)
    changing.delete(entry.pk, by=ada, now=entry.created_at)

    assert links(asked(ada, "boiler")) == []


def test_every_page_has_the_field(ada: Person) -> None:
    for path in ("/", "/search/", "/settings/", "/sync-log/"):
        page = browser(ada).get(path).content.decode()
        assert page.count('id="search"') == 1, path


def test_a_search_asks_the_same_however_much_is_found(ada: Person) -> None:
    def questions() -> int:
        client = browser(ada)
        client.get("/search/")
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/search/?q=boiler").status_code == 200
        return len(seen)

    an_entry(ada)
    an_entry(ada, day=DAY.replace(year=2020))
    little = questions()
    for number in range(6):
        an_entry(ada, a_person(f"Person{number}"), day=DAY - timedelta(days=700 * number))

    assert questions() == little
    assert DiaryEntry.objects.count() == 8


@pytest.mark.parametrize("q", ["' OR 1=1--", "%00", "\x00", "x" * 10_000, "(a+)+$" * 50, "%"])
def test_odd_questions_are_answered_with_nothing(ada: Person, q: str) -> None:
    an_entry(a_person("Ben"), creator=ada)
    page = asked(ada, q)

    assert page.status_code == 200
    assert links(page) == []
