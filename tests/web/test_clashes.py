"""Who has something else then is said, while typing and after saving, and is never refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.build import (
    DAY,
    a_person,
    a_type,
    an_administrator,
    an_entry,
    browser,
    text_of,
    typed,
)

from daybook.entries import changing
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.people.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Person:
    return an_administrator()


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


@pytest.fixture
def visit() -> DiaryEntryType:
    return a_type()


def said(reader: Person, data: dict[str, object], path: str = "/entries/new/") -> str:
    """Return what the form says while somebody types."""
    return text_of(browser(reader).post(path, data | {"preview": "1"}))


def test_a_clash_is_said_while_typing_and_saves_nothing(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    an_entry(ben, title="Review", hour=10)

    assert "Ben has Review (10:00–11:00) then." in said(ada, typed(visit, ada, ben))
    assert DiaryEntry.objects.count() == 1


def test_a_clash_is_said_after_saving_too_and_the_entry_is_saved(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    an_entry(ben, title="Review", hour=10)

    page = browser(ada).post("/entries/new/", typed(visit, ada, ben), follow=True)

    assert "Ben has Review (10:00–11:00) then." in text_of(page)
    assert DiaryEntry.objects.filter(title="Boiler survey").exists()


def test_the_page_of_a_coming_entry_says_its_clashes(ada: Person, ben: Person) -> None:
    an_entry(ben, title="Review", hour=9)
    entry = an_entry(ada, ben)

    page = text_of(browser(ada).get(f"/entries/{entry.pk}/"))

    assert "Ben has Review (09:00–10:00) then." in page


def test_an_entry_does_not_clash_with_itself(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)

    assert "then." not in said(ada, typed(entry.type, ada, ben), f"/entries/{entry.pk}/")


def test_what_ends_as_it_begins_is_no_clash(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    an_entry(ben, title="Before", hour=9)
    an_entry(ben, title="After", hour=12)

    words = said(ada, typed(visit, ada, ben, start_time="10", end_time="12"))

    assert "then." not in words


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_what_was_called_off_takes_nobodys_time(
    ada: Person, ben: Person, visit: DiaryEntryType, verb: str
) -> None:
    gone = an_entry(ben, title="Review", hour=10)
    getattr(changing, verb)(gone.pk, by=ben, now=gone.created_at)

    assert "then." not in said(ada, typed(visit, ada, ben))


def test_only_who_is_ticked_can_clash(ada: Person, ben: Person, visit: DiaryEntryType) -> None:
    an_entry(a_person("Cleo"), title="Review", hour=10)

    assert "then." not in said(ada, typed(visit, ada, ben))


def test_the_other_entry_is_said_in_the_readers_time(ben: Person, visit: DiaryEntryType) -> None:
    kim = a_person("Kim", zone="Asia/Tokyo")
    an_entry(ben, title="Review", hour=10)

    assert "Ben has Review (18:00–19:00) then." in said(kim, typed(visit, kim, ben))


def test_a_clash_on_a_later_day_names_the_day(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    later = DAY + timedelta(days=1)
    an_entry(ben, title="Review", day=later, hour=10)

    words = said(ada, typed(visit, ada, ben, end_date=later.isoformat()))

    assert f"Ben has Review ({later:%A} {later.day} June, 10:00–11:00) then." in words


def test_whole_days_clash_with_what_is_in_them(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    leave = typed(visit, ben, title="Leave", all_day="on", start_time="", end_time="")
    browser(ben).post("/entries/new/", leave)

    assert "Ben has Leave (all day) then." in said(ada, typed(visit, ada, ben))


def test_a_mistake_beside_it_says_no_clash_and_breaks_nothing(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    an_entry(ben, title="Review", hour=10)

    assert said(ada, typed(visit, ada, ben, start_time="half nine")) == "Save"


def test_a_hostile_title_is_text_in_the_sentence(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    an_entry(ben, title="<img src=x onerror=alert(1)>", hour=10)
    data = typed(visit, ada, ben)

    while_typing = browser(ada).post("/entries/new/", data | {"preview": "1"})
    saved = browser(ada).post("/entries/new/", data, follow=True)

    for page in (while_typing, saved):
        assert "&lt;img src=x" in page.content.decode()
        assert "<img src=x" not in page.content.decode()


def test_many_clashes_are_a_few_sentences_and_as_many_queries_as_one(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    client = browser(ada)
    data = typed(visit, ada, ben, preview="1")

    def asking() -> tuple[int, str]:
        with CaptureQueriesContext(connection) as seen:
            words = text_of(client.post("/entries/new/", data))
        return len(seen), words

    an_entry(ben, title="Review 0", hour=10)
    few, _ = asking()
    for number in range(1, 9):
        an_entry(ben, title=f"Review {number}", hour=10)
    many, words = asking()

    assert many == few
    assert words.count("then.") == 5
    assert "And others have something else, too." in words
