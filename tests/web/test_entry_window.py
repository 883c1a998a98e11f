"""The entry's page, which is also what the window over the diary shows, all without script."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

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

from daybook.calendaring.event import Way
from daybook.entries import changing
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.ledger.models import Calendar, CalendarState
from daybook.people.models import Person

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Page

pytestmark = pytest.mark.django_db
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def ada() -> Person:
    return an_administrator()


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


@pytest.fixture
def visit() -> DiaryEntryType:
    return a_type()


def page_of(reader: Person, entry: DiaryEntry) -> str:
    return browser(reader).get(f"/entries/{entry.pk}/").content.decode()


def refused(ada: Person, ben: Person, **mine: object) -> tuple[Page, DiaryEntry]:
    """Return the answer to Ada's save after Ben saved "Ben's" at eight."""
    entry = an_entry(ada, ben)
    theirs = typed(entry.type, ben, title="Ben's", start_time="8", end_time="9", revision=1)
    browser(ben).post(f"/entries/{entry.pk}/", theirs)
    mine = typed(entry.type, ada, ben, revision=1, **mine)
    return browser(ada).post(f"/entries/{entry.pk}/", mine), entry


def told(entry: DiaryEntry, person: Person, way: Way = Way.INVITATION) -> None:
    """Note that this person's calendar holds the entry."""
    row = Calendar.objects.get(entry_id=entry.pk, address_key=person.email_key)
    row.remembered = {
        "uid": entry.uid,
        "sequence": 0,
        "dtstamp": entry.created_at.isoformat(),
        "account": 1,
        "organiser": ["Ada", "ada@firm.example", "ada@firm.example"],
        "recipient": [person.pk, person.name, person.email, person.email_key],
        "way": way,
        "disclosure": "full",
        "people": sorted(each.pk for each in entry.assigned.all()),
        "title": entry.title,
        "location": "",
        "notes": "",
        "zone": entry.timezone,
        "start": [entry.start_wall.isoformat(), False],
        "end": [entry.end_wall.isoformat(), False],
        "all_day": False,
    }
    row.told_at, row.state, row.due_at, row.frozen = (
        datetime(2026, 6, 1, 9, 2, tzinfo=UTC),
        CalendarState.SENT,
        None,
        0,
    )
    row.save()


class TestTheFooter:
    """Save, Delete and Download, or the sentence that says why not."""

    def test_has_the_three_words(self, ada: Person) -> None:
        footer = page_of(ada, an_entry(ada)).split('class="footer"')[1]

        words = re.findall(r">([^<>]+)</(?:button|a)>", footer)
        assert words[:3] == ["Save", "Delete", "Download"]

    def test_saves_the_form_above_it(self, ada: Person) -> None:
        page = page_of(ada, an_entry(ada))

        assert '<button type="submit" class="main" id="save" form="entry-form">' in page
        assert 'id="entry-form"' in page

    def test_says_why_the_file_has_no_organiser(self, ada: Person, ben: Person) -> None:
        entry = an_entry(ada, ben)

        assert "no organiser because you created this entry" in page_of(ada, entry)
        assert "Answers to the file go to Ada." in page_of(ben, entry)

    def test_says_that_a_process_made_it(self, ada: Person) -> None:
        entry = an_entry(ada)
        DiaryEntry.objects.update(creator=None)

        assert "no organiser because no person made this entry" in page_of(ada, entry)


class TestTheCalendarLine:
    """To whom it was sent and when, and why not."""

    def test_names_those_who_have_it(self, ada: Person, ben: Person) -> None:
        entry = an_entry(ada, ben)
        told(entry, ben)

        words = text_of(browser(ada).get(f"/entries/{entry.pk}/"))

        assert "Sent to 1 of 2: Ben 1 Jun 10:02." in words

    def test_calls_the_reader_you(self, ada: Person, ben: Person) -> None:
        entry = an_entry(ada, ben)
        told(entry, ben)

        words = text_of(browser(ben).get(f"/entries/{entry.pk}/"))

        assert "Sent to 1 of 2: you 1 Jun 10:02." in words

    def test_never_claims_that_a_mailed_file_is_in_the_calendar(
        self, ada: Person, ben: Person
    ) -> None:
        entry = an_entry(ada, ben)
        told(entry, ada, Way.FILE)

        own = text_of(browser(ada).get(f"/entries/{entry.pk}/"))
        others = text_of(browser(ben).get(f"/entries/{entry.pk}/"))

        assert "you (mailed as a file)" in own
        assert "Mailed to you as a file to open." in own
        assert "Mailed to Ada as a file to open." in others

    def test_says_that_nobody_has_it(self, ada: Person) -> None:
        words = text_of(browser(ada).get(f"/entries/{an_entry(ada).pk}/"))

        assert "Sent to nobody." in words


class TestWhatWillBeSaid:
    """Cancelling and deleting say beforehand who is told."""

    def test_cancelling_names_whose_calendar_it_leaves(self, ada: Person, ben: Person) -> None:
        entry = an_entry(ada, ben)
        told(entry, ben)

        words = text_of(browser(ada).get(f"/entries/{entry.pk}/"))

        assert "Cancel the entry and tell 1 person" in words
        assert "Cancelling takes it out of the calendar of Ben." in words

    def test_deleting_names_them_too(self, ada: Person, ben: Person) -> None:
        entry = an_entry(ada, ben)
        told(entry, ben)

        words = text_of(browser(ada).get(f"/entries/{entry.pk}/delete/"))

        assert "these people are told to take it out of their calendars: Ben" in words
        assert "Delete and tell 1 person" in words

    @pytest.mark.usefixtures("visit")
    def test_without_script_a_sentence_says_when(self, ada: Person) -> None:
        new = text_of(browser(ada).get("/entries/new/"))
        there = text_of(browser(ada).get(f"/entries/{an_entry(ada).pk}/"))

        assert "synchronises is invited 15 seconds after the last change." in new
        assert "synchronises is told 15 seconds after the last change." in there


class TestTwoAtOnce:
    """Both versions side by side, and a choice."""

    def test_says_who_and_when(self, ada: Person, ben: Person) -> None:
        answer, _ = refused(ada, ben, title="Mine")

        assert answer.status_code == 409
        assert re.search(r"Not saved: Ben changed this entry at \d\d:\d\d", text_of(answer))

    def test_shows_only_what_differs_in_both_versions(self, ada: Person, ben: Person) -> None:
        answer, _ = refused(ada, ben, title="Mine")

        shown = {
            each.label: (each.mine, each.theirs) for each in answer.context["newer"].differences
        }
        assert shown == {
            "Title": ("Mine", "Ben's"),
            "From": ("09:30", "08:00"),
            "To": ("11:00", "09:00"),
            "People": ("Ada, Ben", "Ben"),
        }

    def test_days_and_types_read_as_words(self, ada: Person, ben: Person) -> None:
        a_type()
        viewing = a_type("Viewing")
        answer, _ = refused(
            ada, ben, type=viewing.pk, start_date=f"{DAY.year}-06-16", all_day="on", title="Ben's"
        )

        shown = {
            each.label: (each.mine, each.theirs) for each in answer.context["newer"].differences
        }
        assert shown["Type"] == ("Viewing", "Site visit")
        assert shown["Date"] == (f"16 June {DAY.year}", f"15 June {DAY.year}")
        assert shown["All day"] == ("Yes", "No")

    def test_same_words_by_both_are_said_to_be_the_same(self, ada: Person, ben: Person) -> None:
        entry = an_entry(ada, ben)
        same = typed(entry.type, ada, ben, title="Same", revision=1)
        browser(ben).post(f"/entries/{entry.pk}/", same)

        answer = browser(ada).post(f"/entries/{entry.pk}/", same)

        assert "Both versions say the same." in text_of(answer)

    def test_keeping_mine_saves_it(self, ada: Person, ben: Person) -> None:
        answer, entry = refused(ada, ben, title="Mine")
        assert (
            '<button type="submit" form="entry-form">Keep mine</button>' in answer.content.decode()
        )
        shown = answer.context["form"]["revision"].value()

        mine = typed(entry.type, ada, ben, title="Mine", revision=shown)
        browser(ada).post(f"/entries/{entry.pk}/", mine)

        entry.refresh_from_db()
        assert entry.title == "Mine"

    def test_taking_theirs_shows_it(self, ada: Person, ben: Person) -> None:
        answer, entry = refused(ada, ben, title="Mine")

        assert f'href="/entries/{entry.pk}/">Take theirs</a>' in answer.content.decode()
        assert "Ben&#x27;s" in page_of(ada, entry)

    def test_hostile_words_of_either_are_text(self, ada: Person, ben: Person) -> None:
        answer, entry = refused(ada, ben, title=HOSTILE, notes=HOSTILE)
        browser(ada).post(
            f"/entries/{entry.pk}/", typed(entry.type, ada, ben, title=HOSTILE, revision=2)
        )
        other_way = browser(ben).post(
            f"/entries/{entry.pk}/", typed(entry.type, ada, ben, title="Mine", revision=2)
        )

        for page in (answer, other_way):
            assert page.status_code == 409
            assert "<img src=x" not in page.content.decode()


def test_the_window_and_its_scripts_are_on_the_diary_and_allowed(ada: Person) -> None:
    answer = browser(ada).get("/")
    page = answer.content.decode()

    assert '<dialog class="window" id="entry-window"' in page
    assert 'type="module" src="/static/daybook/entry-window' in page
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"\s(?:style|on[a-z]+)=", page)


def test_no_page_of_an_entry_needs_inline_script_or_style(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    client = browser(ada)

    for path in ("new/", f"{entry.pk}/", f"{entry.pk}/delete/", f"{entry.pk}/why/{ben.pk}/"):
        page = client.get(f"/entries/{path}").content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)", page), path
        assert not re.search(r"\s(?:style|on[a-z]+)=", page), path


def test_people_on_it_come_first_and_in_their_order(ada: Person, ben: Person) -> None:
    a_person("Aaron")
    entry = an_entry(ben, ada)

    labels = re.findall(r"<span>(\w+)</span></label>", page_of(ada, entry).split("<legend>")[1])

    assert labels == ["Ben", "Ada", "Aaron"]


def test_few_people_need_no_box_to_find_them(ada: Person) -> None:
    entry = an_entry(ada)
    assert 'id="find_people"' not in page_of(ada, entry)

    for name in ("Dora", "Emil", "Fay", "Gus", "Hal", "Ida"):
        a_person(name)

    assert 'id="find_people"' in page_of(ada, entry)


def test_saving_costs_as_many_queries_for_many_people_as_for_few(
    ada: Person, visit: DiaryEntryType
) -> None:
    people = [a_person(name) for name in ("Dora", "Emil", "Fay", "Gus", "Hal")]
    client = browser(ada)

    def queries(*on_it: Person) -> int:
        with CaptureQueriesContext(connection) as seen:
            client.post("/entries/new/", typed(visit, *on_it))
        return len(seen)

    queries(ada)
    few = queries(ada, people[0])
    assert queries(ada, *people) == few


def test_what_was_cancelled_warns_of_no_clash(ada: Person, ben: Person) -> None:
    an_entry(ben, title="Review")
    entry = an_entry(ada, ben)
    changing.cancel(entry.pk, by=ada, now=entry.created_at)

    assert "Ben has Review" not in page_of(ada, entry)
