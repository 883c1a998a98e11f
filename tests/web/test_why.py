"""“Why is this (not) in my calendar?”: each condition, who may mend it, and what happens next."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.build import a_person, a_type, an_administrator, an_entry, browser, text_of

from daybook.entries import changing, person_changes
from daybook.entries.models import DiaryEntry
from daybook.ledger import told as snapshots
from daybook.ledger.models import Calendar, CalendarState, LogLine
from daybook.people.details import PersonChanges
from daybook.people.models import MailAccount, Person
from daybook.sync import explain

pytestmark = pytest.mark.django_db


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


def why(reader: Person, entry: DiaryEntry, person: Person) -> str:
    return text_of(browser(reader).get(f"/entries/{entry.pk}/why/{person.pk}/"))


def page_of(reader: Person, entry: DiaryEntry, person: Person) -> str:
    return browser(reader).get(f"/entries/{entry.pk}/why/{person.pk}/").content.decode()


def test_every_row_of_the_calendar_links_to_its_reasons(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)

    page = browser(ada).get(f"/entries/{entry.pk}/").content.decode()

    for person in (ada, ben):
        assert f'href="/entries/{entry.pk}/why/{person.pk}/"' in page


def test_the_conditions_are_those_that_decide_in_their_order(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)

    words = why(ada, entry, ben)

    decided = explain.why(entry, ben, datetime.now(UTC)).shown.gates
    places = [words.index(f"Met: {gate.sentence}") for gate in decided]
    assert len(places) == 8
    assert places == sorted(places)


def test_it_asks_about_my_calendar_or_somebody_elses(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)

    assert "Why is this not in my calendar?" in why(ben, entry, ben)
    assert "Why is this not in Ben’s calendar?" in why(ada, entry, ben)


def test_what_is_missing_links_to_where_i_can_mend_it(ada: Person) -> None:
    tom = a_person("Tom", syncs=False)
    entry = an_entry(ada, tom)

    assert "Missing: Diary synchronisation is off for this person." in why(tom, entry, tom)
    assert 'href="/settings/your-details/"' in page_of(tom, entry, tom).split("<main")[1]
    assert f'href="/settings/users/{tom.pk}/"' in page_of(ada, entry, tom)


def test_who_may_not_mend_it_gets_no_link(ada: Person, ben: Person) -> None:
    tom = a_person("Tom", syncs=False)
    entry = an_entry(ada, tom, kind=a_type("Call", synchronise=False))
    page = page_of(ben, entry, tom).split("<main")[1]

    assert "/settings/" not in page
    assert f"/settings/diary-entry-types/{entry.type_id}/" in page_of(ada, entry, tom)


def test_somebody_who_was_never_on_it_is_told_so(ada: Person, ben: Person) -> None:
    cleo = a_person("Cleo")

    words = why(cleo, an_entry(ada, ben), cleo)

    assert "Missing: This person is not on the entry." in words
    assert "Nothing, until every condition above holds." in words


@pytest.mark.parametrize(("verb", "reason"), [("cancel", "cancelled"), ("delete", "deleted")])
def test_an_entry_that_was_called_off_says_so(ada: Person, verb: str, reason: str) -> None:
    entry = an_entry(ada)
    getattr(changing, verb)(entry.pk, by=ada, now=entry.created_at)

    assert f"Missing: The entry was {reason}." in why(ada, entry, ada)


def test_an_entry_that_is_over_says_so(ada: Person) -> None:
    entry = an_entry(ada, day=date(2020, 6, 15))

    assert "Missing: The entry is over." in why(ada, entry, ada)


def test_an_entry_that_is_over_and_never_leaves_names_its_type_first(ada: Person) -> None:
    entry = an_entry(ada, day=date(2020, 6, 15), kind=a_type("Call", synchronise=False))

    words = why(ada, entry, ada)

    [state] = [row.sentence for row in explain.calendars(entry, datetime.now(UTC))]
    assert state == "Entries of this type stay in the diary."
    assert "Nothing: the entry is over." in words


def test_nobody_who_can_send_is_mended_by_a_sender(ben: Person) -> None:
    entry = an_entry(ben)

    words = why(ben, entry, ben)

    assert "Missing: Nobody on the entry has a mail account" in words
    assert "Enter a mail account under Edit Your Details" in words
    assert "An invitation is mailed as soon as somebody can send it." in words


def test_an_invitation_that_waits_says_when_it_goes(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    Calendar.objects.update(due_at=datetime.now(UTC) + timedelta(seconds=90, milliseconds=300))

    assert "An invitation is mailed in 90 seconds." in why(ada, entry, ben)


def test_a_try_on_another_day_names_the_day(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    Calendar.objects.update(due_at=datetime(2035, 6, 1, 9, 0, tzinfo=UTC))

    assert "An invitation is mailed on 1 June at 10:00." in why(ada, entry, ben)


def told(entry: DiaryEntry, person: Person, title: str = "Boiler survey") -> Calendar:
    """Note that this person's calendar was told of the entry, as `title`."""
    row = Calendar.objects.get(entry_id=entry.pk, address_key=person.email_key)
    wall = entry.start_wall.isoformat()
    row.remembered = {
        "uid": entry.uid,
        "sequence": 3,
        "dtstamp": entry.created_at.isoformat(),
        "account": 1,
        "organiser": ["Ada", "ada@firm.example", "ada@firm.example"],
        "recipient": [person.pk, person.name, person.email, person.email_key],
        "way": "invitation",
        "disclosure": "full",
        "people": sorted(each.pk for each in entry.assigned.all()),
        "title": title,
        "location": "",
        "notes": "",
        "zone": entry.timezone,
        "start": [wall, False],
        "end": [entry.end_wall.isoformat(), False],
        "all_day": False,
    }
    assert snapshots.from_json(row.told) is not None
    row.told_at, row.state, row.due_at = entry.created_at, CalendarState.SENT, None
    row.frozen, row.parcel_id = 3, None
    row.save()
    LogLine.objects.create(
        entry_id=entry.pk,
        person_id=person.pk,
        address=person.email,
        uid=entry.uid,
        calendar_id=row.pk,
        parcel_id=row.pk,
        method="REQUEST",
        sequence=3,
        state=CalendarState.SENT,
        server_reply="250 2.0.0 queued as 4F1",
        at=entry.created_at,
    )
    return row


def test_a_calendar_in_step_was_told_all_there_is(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    told(entry, ben)

    words = why(ben, entry, ben)

    assert "Why is this in my calendar?" in words
    assert f"Boiler survey, {entry.start_wall:%A} 15 June, 09:00–10:00 (Europe/London)" in words
    assert "Nothing: it was told how the entry is. A change is mailed 15 seconds after" in words


def test_the_servers_word_is_for_the_person_and_administrators(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    told(entry, ben)

    assert "250 2.0.0 queued as 4F1" in why(ben, entry, ben)
    assert "250 2.0.0 queued as 4F1" in why(ada, entry, ben)
    assert "queued as" not in why(a_person("Cleo"), entry, ben)


def test_what_was_told_last_is_not_what_the_entry_has_become(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben, title="Roof survey")
    told(entry, ben, title="Boiler survey")
    Calendar.objects.update(due_at=datetime.now(UTC) + timedelta(seconds=15))

    words = why(ada, entry, ben)

    assert "Boiler survey," in words
    assert "An update is mailed in 1" in words


def test_who_left_the_entry_gets_a_cancellation(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    told(entry, ben)
    Calendar.objects.update(due_at=datetime.now(UTC) + timedelta(seconds=15))
    entry.assignments.filter(person=ben).delete()

    words = why(ada, entry, ben)

    assert "Missing: This person is not on the entry." in words
    assert "A cancellation is mailed" in words


def test_a_refused_message_goes_by_itself_no_more(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    Calendar.objects.update(
        due_at=None, state=CalendarState.PROBLEM, reason="recipient_refused", refused_print="x"
    )

    assert "Nothing by itself. An invitation is tried again when" in why(ada, entry, ben)


def test_what_was_left_by_choice_waits_for_the_next_change(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    Calendar.objects.update(due_at=None, released_at=entry.created_at)

    assert "Nothing, until the entry is changed." in why(ada, entry, ben)


def test_somebody_who_left_the_firm_can_be_asked_about(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    person_changes.save_person(
        ben.pk, PersonChanges(active=False), by=ada, now=datetime.now(UTC), effect="apply"
    )

    assert "Missing: This person is not active any more." in why(ada, entry, ben)


def test_nobody_and_nothing_are_not_found(ada: Person) -> None:
    entry = an_entry(ada)
    client = browser(ada)

    for path in (f"{entry.pk}/why/999999/", f"999999/why/{ada.pk}/", f"{entry.pk}/why/{2**64}/"):
        assert client.get(f"/entries/{path}").status_code == 404


def test_strangers_are_sent_to_sign_in(ada: Person) -> None:
    entry = an_entry(ada)

    answer = browser().get(f"/entries/{entry.pk}/why/{ada.pk}/")

    assert answer.headers["Location"].startswith("/accounts/login/")


def test_others_addresses_are_not_shown_to_members(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    told(entry, ada)

    assert "ada@firm.example" not in page_of(ben, entry, ada)


def test_hostile_words_are_text(ada: Person) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    entry = an_entry(ada, a_person("Ben"), title=hostile)
    told(entry, Person.objects.get(username="ben"), title=hostile)
    person_changes.save_person(
        ada.pk, PersonChanges(surname=hostile), by=None, now=datetime.now(UTC)
    )

    for person in Person.objects.all():
        assert "<img src=x" not in page_of(Person.objects.get(pk=ada.pk), entry, person)


def test_many_people_cost_as_many_queries_as_few(ada: Person, ben: Person) -> None:
    client = browser(ada)

    def queries(entry: DiaryEntry) -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/entries/{entry.pk}/why/{ben.pk}/")
        return len(seen)

    few = queries(an_entry(ada, ben))
    many = an_entry(ada, ben, *(a_person(name) for name in ("Dora", "Emil", "Fay", "Gus")))

    assert queries(many) == few
