"""Before a type's switch moves, the page shows exactly what leaves, and counts what is sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.web.build import a_person, a_type, an_administrator, an_entry, browser, text_of

from daybook.calendaring.component import CalendarObject
from daybook.calendaring.event import Disclosure
from daybook.calendaring.ical_reader import read
from daybook.entries import types
from daybook.entries.models import COLOURS, DiaryEntryType
from daybook.entries.types import TypeChanges
from daybook.ledger.models import Calendar
from daybook.people.models import MailAccount, Person
from daybook.sync.sample import Sample, samples

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
NEW = "/settings/diary-entry-types/new/"
LABEL = "Allow this diary type to synchronise with external calendars"


@pytest.fixture
def ada() -> Person:
    return an_administrator()


def address(kind: DiaryEntryType) -> str:
    return f"/settings/diary-entry-types/{kind.pk}/"


def by_disclosure(person: Person, name: str = "Site visit") -> dict[Disclosure, Sample]:
    return {sample.disclosure: sample for sample in samples(name, person, NOW)}


def one_told(ada: Person) -> DiaryEntryType:
    """Return a type that stays in the diary, with one entry for Ada and Ben."""
    MailAccount.objects.create(
        person=ada, host="127.0.0.1", port=25, security="none", from_address=ada.email
    )
    kind = a_type("Call", synchronise=False)
    an_entry(ada, a_person("Ben"), kind=kind)
    return kind


# What leaves ---------------------------------------------------------------------------------


def test_the_sample_is_a_calendar_text_any_calendar_reads(ada: Person) -> None:
    for sample in samples("Site visit", ada, NOW):
        read_back = read(sample.calendar.replace("\n", "\r\n").encode() + b"\r\n")
        assert isinstance(read_back, CalendarObject)
        assert "METHOD:REQUEST" in sample.calendar
        assert "ada@firm.example" in sample.calendar


def test_everything_has_place_and_notes(ada: Person) -> None:
    sample = by_disclosure(ada)[Disclosure.FULL]

    for said in (sample.text, sample.calendar):
        assert "Mill House" in said
        assert "The key is with the neighbour." in said
        assert "Robin Sample" in said
        assert "Kim Example" in said
    assert sample.subject.startswith("Invitation: Site visit with Mrs Miller")
    assert sample.sender == "Ada <ada@firm.example>"


def test_title_leaves_place_and_notes_at_home(ada: Person) -> None:
    sample = by_disclosure(ada)[Disclosure.TITLE]

    assert "Site visit with Mrs Miller" in sample.text
    assert "Kim Example" in sample.calendar
    for said in (sample.text, sample.calendar):
        assert "Mill House" not in said
        assert "neighbour" not in said


def test_busy_says_only_that_the_time_is_taken(ada: Person) -> None:
    sample = by_disclosure(ada)[Disclosure.BUSY]

    assert "Busy" in sample.subject
    for said in (sample.subject, sample.text, sample.calendar):
        for secret in ("Miller", "Mill House", "neighbour", "Kim"):
            assert secret not in said


@pytest.mark.parametrize("name", ["", "x" * 80, "<script>alert(1)</script>", "a\\;,:“”\u2028b 😀"])
def test_any_name_makes_a_sample(ada: Person, name: str) -> None:
    assert len(samples(name, ada, NOW)) == 3


def test_an_administrator_without_an_address_sees_samples_too() -> None:
    dora = an_administrator()
    dora.email = dora.email_key = dora.forename = ""

    assert len(samples("Call", dora, NOW)) == 3


def test_the_page_shows_each_choice_with_what_a_guest_receives(ada: Person) -> None:
    page = browser(ada).get(address(a_type("Meeting")))

    words = text_of(page)
    for label in ("Everything", "Title, time and people", "Only that the time is taken"):
        assert f"What a guest receives with “{label}”" in words
    assert "Invitation: Meeting with Mrs Miller" in words
    assert words.count("BEGIN:VCALENDAR") == 3


def test_a_new_type_has_samples_before_it_has_a_name(ada: Person) -> None:
    assert "Invitation: Entry with Mrs Miller" in text_of(browser(ada).get(NEW))


def test_a_hostile_name_is_inert_in_the_samples(ada: Person) -> None:
    kind = types.create_type(TypeChanges(name="<img src=x onerror=alert(1)>"), by=None)

    page = browser(ada).get(address(kind)).content.decode()

    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_every_colour_is_shown_with_its_name(ada: Person) -> None:
    page = browser(ada).get(NEW).content.decode()

    assert len(COLOURS) == 12
    for name, label in COLOURS:
        assert f'<span class="type {name}">{label}</span>' in page


def test_the_label_of_the_switch_is_what_it_always_is(ada: Person) -> None:
    assert LABEL in text_of(browser(ada).get(address(a_type())))


# What is sent --------------------------------------------------------------------------------


def test_ticking_the_box_is_counted_before_it_is_saved(ada: Person) -> None:
    kind = one_told(ada)
    form = {"name": "Call", "colour": "teal", "disclosure": "full", "synchronise": "on"}

    part = browser(ada).post(address(kind), form | {"preview": "1"})

    assert text_of(part).startswith("Saving this would send 2 new invitations (counted at ")
    kind.refresh_from_db()
    assert not kind.synchronise


def test_a_form_that_switches_nothing_sends_nothing(ada: Person) -> None:
    kind = one_told(ada)

    part = browser(ada).post(
        address(kind), {"name": "New", "colour": "red", "disclosure": "full", "preview": "1"}
    )

    assert "Saving this sends nothing" in text_of(part)


def test_without_a_script_a_button_counts_and_saves_nothing(ada: Person) -> None:
    kind = one_told(ada)
    form = {"name": "Renamed", "colour": "teal", "disclosure": "busy", "synchronise": "on"}

    page = browser(ada).post(address(kind), form | {"count": "1"})

    assert page.status_code == 200
    assert "Saving this would send 2 new invitations" in text_of(page)
    assert page.context["form"]["name"].value() == "Renamed"
    kind.refresh_from_db()
    assert (kind.name, kind.synchronise) == ("Call", False)


def test_saving_does_what_was_counted_or_leaves_it(ada: Person) -> None:
    kind = one_told(ada)
    Calendar.objects.update(due_at=None)
    form = {"name": "Call", "colour": "teal", "disclosure": "full", "synchronise": "on"}

    browser(ada).post(address(kind), form | {"effect": "leave"})
    assert not Calendar.objects.filter(due_at__isnull=False).exists()

    browser(ada).post(address(kind), form | {"effect": "apply", "disclosure": "busy"})
    assert Calendar.objects.filter(due_at__isnull=False).count() == 2
