"""One line in the diary's bar becomes an entry, after it has been read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.web.build import (
    DAY,
    a_person,
    a_type,
    an_administrator,
    an_entry,
    browser,
    text_of,
)

from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.people.models import MailAccount, Person

if TYPE_CHECKING:
    from tests.web.build import Page

pytestmark = pytest.mark.django_db
PAGE = "/entries/quick/"
WHEN = f"{DAY} 14-15:30"


@pytest.fixture
def ada() -> Person:
    """Return an administrator who can send."""
    ada = an_administrator()
    MailAccount.objects.create(
        person=ada, host="127.0.0.1", port=25, security="none", from_address=ada.email
    )
    return ada


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


@pytest.fixture
def visit() -> DiaryEntryType:
    return a_type("Site visit")


def read(person: Person, line: str) -> Page:
    """Return the part of a page that a script shows below the field."""
    return browser(person).post(PAGE, {"line": line, "preview": "1"})


def test_a_line_is_read_back_without_being_saved(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    answer = read(ada, f"Boiler survey {WHEN} #site-visit @ben")

    assert f"Boiler survey {DAY:%A} 15 June {DAY.year}, 14:00 to 15:30, Site visit, Ben" in text_of(
        answer
    )
    assert "Enter saves it and sends to 1 person." in text_of(answer)
    assert not DiaryEntry.objects.exists()


def test_saved_it_is_the_entry_that_was_read(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    line = f"Boiler survey {WHEN} #site @ben @me at 12 High Street"

    answer = browser(ada).post(PAGE, {"line": line, "back": "/?view=week"})

    assert answer.headers["Location"] == "/?view=week"
    entry = DiaryEntry.objects.get()
    assert (entry.title, entry.location, entry.type) == ("Boiler survey", "12 High Street", visit)
    assert (entry.start_wall.hour, entry.end_wall.minute, entry.timezone) == (
        14,
        30,
        "Europe/London",
    )
    assert [person.pk for person in entry.assigned.order_by("assignments__position")] == [
        ben.pk,
        ada.pk,
    ]


def test_the_message_says_what_was_saved_and_whom_it_reaches(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    answer = browser(ada).post(PAGE, {"line": f"Boiler survey {WHEN} @ben"}, follow=True)

    (message,) = answer.context["messages"]
    assert "“Boiler survey” is in the diary:" in str(message)
    assert "14:00 to 15:30, Site visit, Ben. 1 calendar will be updated in" in str(message)
    assert message.extra_tags.endswith("/undo/1/")


def test_a_per_cent_sign_is_only_a_sign(ada: Person, visit: DiaryEntryType) -> None:
    line = f"Sell 50%s {WHEN} at 100% House"

    answer = browser(ada).post(PAGE, {"line": line}, follow=True)

    (message,) = answer.context["messages"]
    assert str(message).startswith("“Sell 50%s” is in the diary:")
    assert "at 100% House." in str(message)


def test_without_script_a_page_asks_before_saving(ada: Person, visit: DiaryEntryType) -> None:
    client = browser(ada)
    asked = client.post(PAGE, {"line": f"Demo {WHEN}", "read": "1", "back": "/?view=day"})

    assert asked.status_code == 200
    assert "14:00 to 15:30" in text_of(asked)
    assert not DiaryEntry.objects.exists()

    saved = client.post(PAGE, {"line": f"Demo {WHEN}", "back": asked.context["back"]})

    assert saved.headers["Location"] == "/?view=day"
    assert DiaryEntry.objects.count() == 1


def test_a_line_that_is_not_clear_offers_lines_that_are(ada: Person, visit: DiaryEntryType) -> None:
    a_person("Bea")
    a_person("Ben")

    answer = browser(ada).post(PAGE, {"line": f"Demo {WHEN} @be"})

    assert answer.status_code == 422
    assert "@be can be more than one person." in text_of(answer)
    assert f'data-line="Demo {WHEN} @ben"' in answer.content.decode()
    assert not DiaryEntry.objects.exists()


def test_a_time_the_clocks_skip_is_refused_with_the_reason(
    ada: Person, visit: DiaryEntryType
) -> None:
    answer = browser(ada).post(PAGE, {"line": "Demo 29/3/2026 1:30"})

    assert answer.status_code == 422
    assert "29 March has no 01:30 in Europe/London" in text_of(answer)
    assert not DiaryEntry.objects.exists()


def test_what_the_entry_itself_refuses_is_said_above_the_line(
    ada: Person, visit: DiaryEntryType
) -> None:
    answer = browser(ada).post(PAGE, {"line": f"{'long ' * 60} {WHEN}"})

    assert answer.status_code == 422
    assert "At most 200 characters fit here." in text_of(answer)


def test_the_type_is_the_one_used_last(ada: Person, visit: DiaryEntryType) -> None:
    call = a_type("Call")
    an_entry(ada, kind=visit)
    an_entry(ada, kind=call)

    assert "11:00, Call, Ada" in text_of(read(ada, f"Demo {DAY} 10:00"))


def test_who_made_no_entry_yet_names_the_type(ada: Person, visit: DiaryEntryType) -> None:
    a_type("Call")

    answer = read(ada, f"Demo {DAY} 10:00")

    assert "Say which type it is." in text_of(answer)
    assert "#site-visit" in answer.content.decode()


def test_it_is_read_back_by_the_readers_clock(ada: Person, visit: DiaryEntryType) -> None:
    Person.objects.filter(pk=ada.pk).update(clock="12")

    assert "2:00 pm to 3:30 pm" in text_of(read(ada, f"Demo {WHEN}"))


def test_who_has_something_else_then_is_said(ada: Person, visit: DiaryEntryType) -> None:
    an_entry(ada, title="Audit", hour=14)

    assert "Ada has Audit (14:00–15:00) then." in text_of(read(ada, f"Demo {WHEN}"))


def test_more_opens_the_form_filled_in(ada: Person, ben: Person, visit: DiaryEntryType) -> None:
    line = f"Boiler survey {WHEN} #site @ben at The Ivy"

    form = browser(ada).get("/entries/new/", {"line": line}).context["form"]

    assert form.initial == {
        "title": "Boiler survey",
        "type": visit.pk,
        "start_date": DAY,
        "start_time": "14:00",
        "end_time": "15:30",
        "end_date": None,
        "all_day": False,
        "timezone": "Europe/London",
        "people": [ben.pk],
        "location": "The Ivy",
    }


def test_more_keeps_a_line_that_is_not_clear_as_the_title(
    ada: Person, visit: DiaryEntryType
) -> None:
    form = browser(ada).get("/entries/new/", {"line": "Demo @nobody"}).context["form"]

    assert form.initial["title"] == "Demo @nobody"


def test_the_diary_has_the_field(ada: Person) -> None:
    assert 'id="quick-add"' in browser(ada).get("/").content.decode()


@pytest.mark.parametrize("line", ["", " ", "\x00", "x" * 10_000, "%00", '"' * 400, "<b>#@"])
def test_odd_lines_are_answered(ada: Person, visit: DiaryEntryType, line: str) -> None:
    assert browser(ada).post(PAGE, {"line": line}).status_code == 422
    assert not DiaryEntry.objects.exists()
