"""An entry is made, changed, called off, deleted and brought back on its page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone as clocks
from tests.web.build import (
    DAY,
    a_person,
    a_type,
    an_administrator,
    an_entry,
    browser,
    mistakes,
    text_of,
    typed,
)

from daybook.calendaring.event import Moment, Span
from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.ledger.models import Calendar
from daybook.people.models import MailAccount, Person

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Page

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


def posted(person: Person, data: dict[str, object], path: str = "/entries/new/") -> Page:
    return browser(person).post(path, data)


def test_saving_a_new_entry_owes_everybody_on_it_an_invitation(
    ada: Person, ben: Person, visit: DiaryEntryType
) -> None:
    a_person("Cleo")

    answer = posted(ada, typed(visit, ada, ben))

    entry = DiaryEntry.objects.get()
    assert answer.headers["Location"] == f"/entries/{entry.pk}/"
    assert entry.creator == ada
    due = Calendar.objects.filter(entry_id=entry.pk, due_at__isnull=False)
    assert {row.address for row in due} == {"ada@firm.example", "ben@firm.example"}


def test_times_are_taken_as_people_type_them(ada: Person, visit: DiaryEntryType) -> None:
    posted(ada, typed(visit, ada, start_time="9.30", end_time="9:30pm"))

    entry = DiaryEntry.objects.get()
    assert f"{entry.start_wall:%H:%M}–{entry.end_wall:%H:%M}" == "09:30–21:30"


def test_whole_days_end_after_the_last_one(ada: Person, visit: DiaryEntryType) -> None:
    last = DAY + timedelta(days=2)

    posted(
        ada, typed(visit, ada, all_day="on", start_time="", end_time="", end_date=last.isoformat())
    )

    entry = DiaryEntry.objects.get()
    assert entry.all_day
    assert entry.end_wall.date() == last + timedelta(days=1)


def test_the_form_shows_whole_days_as_they_were_typed(ada: Person, visit: DiaryEntryType) -> None:
    last = DAY + timedelta(days=2)
    posted(
        ada, typed(visit, ada, all_day="on", start_time="", end_time="", end_date=last.isoformat())
    )

    form = browser(ada).get(f"/entries/{DiaryEntry.objects.get().pk}/").context["form"]

    assert form["end_date"].value() == last
    assert form["start_time"].value() == ""


@pytest.mark.parametrize(
    ("field", "wrong", "sentence"),
    [
        ("title", "  ", "Enter a title."),
        ("title", "x" * 201, "At most 200 characters"),
        ("title", "Lunch\r\nATTENDEE:mailto:evil@firm.example", "one line"),
        ("type", "", "Choose a type."),
        ("type", "999", "Choose a type."),
        ("start_date", "", "Enter the day it starts."),
        ("start_date", "30 February", "Enter a valid date."),
        ("start_date", "1912-06-15", "Choose a year from 1970 to 2200."),
        ("end_date", "2912-06-15", "Choose a year from 1970 to 2200."),
        ("start_time", "half nine", "Type a time such as 9:30, 930 or 21:30."),
        ("start_time", "", "Enter when it starts, or tick All day."),
        ("end_time", "", "Enter when it ends, or tick All day."),
        ("end_time", "9:00", "The end, 09:00, is not after the start, 09:30."),
        ("end_date", "2020-01-01", "The last day, 1 January 2020, is before the first."),
        ("timezone", "", "Enter a time zone, as in Europe/London."),
        ("timezone", "../etc/passwd", "not a time zone"),
        ("people", ["999"], "Choose people who are in the diary."),
        ("notes", "x" * 20_001, "At most 20,000 characters"),
        ("location", "x" * 251, "At most 250 characters"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_saved(
    ada: Person, visit: DiaryEntryType, field: str, wrong: object, sentence: str
) -> None:
    answer = posted(ada, typed(visit, ada, **{field: wrong}))

    assert answer.status_code == 422
    assert any(sentence in said for said in mistakes(answer)[field])
    assert f'href="#id_{field}' in answer.content.decode()
    assert not DiaryEntry.objects.exists()


def test_what_was_typed_is_kept_beside_the_mistake(ada: Person, visit: DiaryEntryType) -> None:
    answer = posted(ada, typed(visit, ada, title="Roof", start_time="half nine"))

    page = answer.content.decode()
    assert 'value="Roof"' in page
    assert 'value="half nine"' in page
    assert 'aria-invalid="true"' in page


def test_a_time_the_clocks_skip_is_refused_with_the_reason(
    ada: Person, visit: DiaryEntryType
) -> None:
    data = typed(visit, ada, start_date="2027-03-28", start_time="1:30", end_time="3:00")

    assert "28 March has no 01:30" in mistakes(posted(ada, data))["start_time"][0]


def test_an_unchanged_second_hour_of_autumn_stays_the_second(ada: Person) -> None:
    entry = an_entry(ada)
    second = DiaryEntry.objects.filter(pk=entry.pk)
    second.update(
        start_wall=entry.start_wall.replace(month=10, day=31, hour=1),
        end_wall=entry.end_wall.replace(month=10, day=31, hour=3),
        start_second=True,
    )
    entry.refresh_from_db()
    day = entry.start_wall.date()
    data = typed(entry.type, ada, start_date=day.isoformat(), start_time="1:00", end_time="3:00")

    posted(ada, data | {"title": "Later"}, f"/entries/{entry.pk}/")

    entry.refresh_from_db()
    assert (entry.title, entry.start_second) == ("Later", True)


def test_seconds_the_form_does_not_show_stay_until_the_time_is_changed(ada: Person) -> None:
    entry = an_entry(ada)
    start = Moment(datetime.combine(DAY, time(9, 30, 15)), "Europe/London")
    span = Span(start, replace(start, wall=start.wall + timedelta(hours=1)))
    entry = changing.change(entry.pk, EntryChanges(span=span), by=ada, now=clocks.now())

    for typed_start, expected in (("9:30", time(9, 30, 15)), ("9:45", time(9, 45))):
        fields = {"start_time": typed_start, "end_time": "10:30", "revision": entry.revision}
        posted(ada, typed(entry.type, ada) | fields, entry.get_absolute_url())
        entry.refresh_from_db()
        assert (entry.start_wall.time(), entry.end_wall.time()) == (expected, time(10, 30, 15))


def test_reassigning_tells_both_who_leaves_and_who_comes(ada: Person, ben: Person) -> None:
    entry = an_entry(ada)
    Calendar.objects.update(due_at=None)

    posted(ada, typed(entry.type, ben), f"/entries/{entry.pk}/")

    due = Calendar.objects.filter(entry_id=entry.pk, due_at__isnull=False)
    assert {row.address for row in due} == {"ada@firm.example", "ben@firm.example"}


def test_people_keep_the_order_they_were_named_in(ada: Person, ben: Person) -> None:
    entry = an_entry(ben, ada)

    form = browser(ada).get(f"/entries/{entry.pk}/").context["form"]

    assert [label for _, label in form.fields["people"].choices][:2] == ["Ben", "Ada"]


def test_two_people_at_once_the_second_sees_what_the_first_saved(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    mine = typed(entry.type, ada, ben, title="Mine", revision=entry.revision)
    posted(ben, typed(entry.type, ada, ben, title="Ben's", revision=1), f"/entries/{entry.pk}/")

    answer = posted(ada, mine, f"/entries/{entry.pk}/")

    assert answer.status_code == 409
    words = text_of(answer)
    assert "Not saved: Ben changed this entry" in words
    assert "Ben's" in words
    assert 'value="Mine"' in answer.content.decode()
    entry.refresh_from_db()
    assert entry.title == "Ben's"


def test_saving_again_after_looking_replaces_the_other_version(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    posted(ben, typed(entry.type, ada, ben, title="Ben's", revision=1), f"/entries/{entry.pk}/")
    mine = typed(entry.type, ada, ben, title="Mine", revision=1)
    refused = posted(ada, mine, f"/entries/{entry.pk}/")
    shown = refused.context["form"]["revision"].value()

    posted(ada, mine | {"revision": shown}, f"/entries/{entry.pk}/")

    entry.refresh_from_db()
    assert entry.title == "Mine"


def test_who_is_not_on_it_may_look_and_not_change(ada: Person, ben: Person) -> None:
    entry = an_entry(ada)
    client = browser(ben)

    words = text_of(client.get(f"/entries/{entry.pk}/"))
    answer = client.post(f"/entries/{entry.pk}/", typed(entry.type, ben, title="Mine now"))

    assert "You may look at this entry" in words
    assert "Save" not in words
    assert answer.status_code == 403
    entry.refresh_from_db()
    assert entry.title == "Boiler survey"


@pytest.mark.parametrize("verb", ["complete", "cancel", "restore", "delete"])
def test_who_may_only_look_cannot_do_anything_else_either(
    ada: Person, ben: Person, verb: str
) -> None:
    entry = an_entry(ada)

    assert browser(ben).post(f"/entries/{entry.pk}/{verb}/").status_code == 403


@pytest.mark.parametrize(
    ("verb", "state"), [("complete", "completed"), ("cancel", "cancelled"), ("restore", "open")]
)
def test_what_became_of_it_is_a_button(ada: Person, verb: str, state: str) -> None:
    entry = an_entry(ada)
    if verb == "restore":
        changing.cancel(entry.pk, by=ada, now=entry.created_at)

    browser(ada).post(f"/entries/{entry.pk}/{verb}/")

    entry.refresh_from_db()
    assert entry.state == state


def test_a_button_pressed_on_an_old_page_asks_again(ada: Person) -> None:
    entry = an_entry(ada)

    answer = browser(ada).post(f"/entries/{entry.pk}/cancel/", {"revision": 7}, follow=True)

    assert "Somebody changed this entry meanwhile" in text_of(answer)
    entry.refresh_from_db()
    assert entry.state == "open"


def test_deleting_asks_first_and_offers_undo(ada: Person) -> None:
    entry = an_entry(ada)
    client = browser(ada)

    asked = text_of(client.get(f"/entries/{entry.pk}/delete/"))
    after = text_of(client.post(f"/entries/{entry.pk}/delete/", follow=True))
    client.post(f"/entries/{entry.pk}/restore/")

    assert "Delete “Boiler survey”?" in asked
    assert "Undo: restore it" in after
    entry.refresh_from_db()
    assert entry.deleted_at is None


def test_an_entry_that_never_was_is_not_found(ada: Person) -> None:
    client = browser(ada)

    for path in ("1/", "1/delete/", "1/calendar.ics", "99999999999999999999/"):
        assert client.get(f"/entries/{path}").status_code == 404


def test_the_page_says_of_each_person_where_the_calendar_stands(ada: Person) -> None:
    tom = a_person("Tom", syncs=False)

    rows = browser(ada).get(f"/entries/{an_entry(ada, tom).pk}/").context["rows"]

    assert [row.name for row in rows] == ["Ada", "Tom"]
    assert rows[1].state == "not_sent"
    assert rows[1].sentence == "Diary synchronisation is off for this person."


def test_members_see_no_address_but_their_own(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)

    page = browser(ben).get(f"/entries/{entry.pk}/").content.decode()

    assert "ben@firm.example" in page
    assert "ada@firm.example" not in page


def test_an_entry_with_many_people_costs_as_many_queries_as_with_few(ada: Person) -> None:
    client = browser(ada)

    def queries(entry: DiaryEntry) -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/entries/{entry.pk}/")
        return len(seen)

    few = queries(an_entry(ada, a_person("Ben")))
    many = an_entry(ada, *(a_person(name) for name in ("Dora", "Emil", "Fay", "Gus", "Hal")))

    assert queries(many) == few


class TestDownload:
    """The Download of mission and RFC 5545: who, when, and what it is called."""

    def test_is_a_button_in_the_footer(self, ada: Person) -> None:
        page = browser(ada).get(f"/entries/{an_entry(ada).pk}/").content.decode()

        footer = page[page.index('class="footer"') :]
        assert ">Download</a>" in footer

    def test_gives_a_calendar_file(self, ada: Person, ben: Person) -> None:
        answer = browser(ben).get(f"/entries/{an_entry(ada, ben).pk}/calendar.ics")

        assert answer.headers["Content-Type"].startswith("text/calendar")
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.content.startswith(b"BEGIN:VCALENDAR")
        assert answer.content.count(b"\nATTENDEE") == 2

    def test_is_for_whoever_may_see_the_entry(self, ada: Person) -> None:
        cleo = a_person("Cleo", syncs=False)

        assert browser(cleo).get(f"/entries/{an_entry(ada).pk}/calendar.ics").status_code == 200

    def test_of_a_type_that_stays_is_a_sentence_instead(self, ada: Person) -> None:
        entry = an_entry(ada, kind=a_type("Call", synchronise=False))
        client = browser(ada)

        page = client.get(f"/entries/{entry.pk}/")
        answer = client.get(f"/entries/{entry.pk}/calendar.ics")

        assert ">Download</a>" not in page.content.decode()
        assert "entries of this type stay in the diary" in text_of(page)
        assert answer.status_code == 404
        assert "entries of this type stay in the diary" in text_of(answer)

    def test_of_a_deleted_entry_is_not_found(self, ada: Person) -> None:
        entry = an_entry(ada)
        changing.delete(entry.pk, by=ada, now=entry.created_at)

        assert browser(ada).get(f"/entries/{entry.pk}/calendar.ics").status_code == 404


class TestSaveButton:
    """Saving is the one moment that mails people: the button says whom."""

    @pytest.fixture(autouse=True)
    def ada_can_send(self, ada: Person) -> None:
        MailAccount.objects.create(
            person=ada, host="127.0.0.1", port=25, security="none", from_address=ada.email
        )

    @pytest.mark.usefixtures("visit")
    def test_says_how_many_people_are_mailed(self, ada: Person, ben: Person) -> None:
        entry = an_entry(ada, ben)

        assert "Save and send to 1 person" in text_of(browser(ada).get(f"/entries/{entry.pk}/"))

    def test_says_nothing_of_sending_when_nothing_leaves(self, ada: Person, ben: Person) -> None:
        entry = an_entry(ada, ben, kind=a_type("Call", synchronise=False))

        words = text_of(browser(ada).get(f"/entries/{entry.pk}/"))
        assert "Save and send" not in words

    def test_follows_what_is_typed_and_saves_nothing(
        self, ada: Person, ben: Person, visit: DiaryEntryType
    ) -> None:
        data = typed(visit, ada, ben, a_person("Tom", syncs=False), preview="1")

        answer = posted(ada, data)

        assert text_of(answer) == "Save and send to 1 person"
        assert not DiaryEntry.objects.exists()
