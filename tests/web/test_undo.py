"""What was just done can be undone, all of it, while nothing has left or changed since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
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
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, Parcel, ParcelState
from daybook.people.models import MailAccount, Person

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Page

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


def saved(client: Client, entry: DiaryEntry, *people: Person, **changes: object) -> Page:
    data = typed(entry.type, *people, revision=entry.revision, **changes)
    return client.post(f"/entries/{entry.pk}/", data, follow=True)


def undo(client: Client, entry: DiaryEntry, revision: int, back: str = "/") -> Page:
    address = f"/entries/{entry.pk}/undo/{revision}/"
    return client.post(address, {"back": back}, follow=True)


def as_told(entry: DiaryEntry) -> tuple[object, ...]:
    """Return everything a person could have changed."""
    entry = DiaryEntry.objects.get(pk=entry.pk)
    people = list(entry.assignments.values_list("person_id", flat=True))
    return entry.facts, entry.type_id, people, entry.state, entry.state_at, entry.deleted_at


def has_left(entry: DiaryEntry, *, frozen_at: datetime, opened: bool = True) -> None:
    """Note a message of the entry, on its way unless not `opened`."""
    calendar = Calendar.objects.filter(entry_id=entry.pk).latest("pk")
    Parcel.objects.create(
        calendar=calendar,
        account_id=1,
        method="REQUEST",
        uid=calendar.uid,
        sequence=0,
        dtstamp=frozen_at,
        message_id=f"<{calendar.pk}@firm.example>",
        envelope_from="ada@firm.example",
        envelope_to=calendar.address,
        print="",
        state=ParcelState.OPENED if opened else ParcelState.FROZEN,
        frozen_at=frozen_at,
        opened_at=frozen_at if opened else None,
    )


def test_saving_says_how_many_calendars_hear_of_it_with_undo(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)

    page = saved(browser(ada), entry, ada, ben, title="Roof survey")

    assert "“Roof survey” is saved. 2 calendars will be updated in 15 s. Undo" in text_of(page)
    assert f'action="/entries/{entry.pk}/undo/2/"' in page.content.decode()


def test_nobody_is_said_to_hear_of_what_stays_in_the_diary(ada: Person) -> None:
    entry = an_entry(ada, kind=a_type("Call", synchronise=False))

    words = text_of(saved(browser(ada), entry, ada, title="Call back"))

    assert "“Call back” is saved. Undo" in words


def test_undo_puts_every_field_and_all_people_back(ada: Person, ben: Person) -> None:
    entry = an_entry(ben, ada)
    before = as_told(entry)
    client = browser(ada)
    other = a_type("Call", synchronise=False)
    changed = typed(
        other,
        ada,
        a_person("Tom"),
        title="Other",
        start_date=(DAY + timedelta(days=3)).isoformat(),
        all_day="on",
        timezone="America/New_York",
        location="Elsewhere",
        notes="New",
        revision=1,
    )
    client.post(f"/entries/{entry.pk}/", changed)
    assert as_told(entry) != before

    page = undo(client, entry, 2)

    assert "“Boiler survey” is as it was before." in text_of(page)
    assert as_told(entry) == before
    assert DiaryEntry.objects.get().revision == 3


@pytest.mark.parametrize("verb", ["complete", "cancel", "delete"])
def test_whatever_became_of_it_can_be_undone(ada: Person, verb: str) -> None:
    entry = an_entry(ada)
    before = as_told(entry)
    client = browser(ada)
    client.post(f"/entries/{entry.pk}/{verb}/", {"revision": 1})

    undo(client, entry, 2)

    assert as_told(entry) == before


def test_deleting_what_was_cancelled_and_undoing_it_leaves_it_cancelled(ada: Person) -> None:
    entry = an_entry(ada)
    changing.cancel(entry.pk, by=ada, now=entry.created_at)
    before = as_told(entry)
    client = browser(ada)
    deleted = client.post(f"/entries/{entry.pk}/delete/", {"revision": 2}, follow=True)
    assert f'action="/entries/{entry.pk}/undo/3/"' in deleted.content.decode()

    undo(client, entry, 3)

    assert as_told(entry) == before


def test_a_new_entry_is_taken_back(ada: Person, ben: Person) -> None:
    client = browser(ada)
    client.post("/entries/new/", typed(a_type(), ada, ben))
    entry = DiaryEntry.objects.get()

    page = undo(client, entry, 1)

    assert "“Boiler survey” is taken back." in text_of(page)
    entry.refresh_from_db()
    assert entry.deleted_at is not None
    assert entry.deleted_by == ada


def test_undo_leaves_what_somebody_else_changed_since(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    client = browser(ada)
    saved(client, entry, ada, ben, title="Ada's")
    entry.refresh_from_db()
    saved(browser(ben), entry, ada, ben, title="Ben's")

    page = undo(client, entry, 2)

    assert "Not undone: somebody changed this entry since." in text_of(page)
    entry.refresh_from_db()
    assert entry.title == "Ben's"


def test_undo_asks_before_it_sends_a_second_update(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    client = browser(ada)
    saved(client, entry, ada, ben, title="Roof survey")
    has_left(entry, frozen_at=datetime.now(UTC))

    page = undo(client, entry, 2)

    assert "Not undone yet: calendars have been told." in text_of(page)
    assert "Undo (sends a second update)" in text_of(page)
    assert f'action="/entries/{entry.pk}/undo/2/?again=1"' in page.content.decode()
    entry.refresh_from_db()
    assert entry.title == "Roof survey"


def test_agreed_to_undo_sends_a_second_update(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    before = as_told(entry)
    client = browser(ada)
    saved(client, entry, ada, ben, title="Roof survey")
    has_left(entry, frozen_at=datetime.now(UTC))
    Calendar.objects.update(due_at=None, due_by=None)

    page = client.post(f"/entries/{entry.pk}/undo/2/?again=1", follow=True)

    assert "“Boiler survey” is as it was before." in text_of(page)
    assert as_told(entry) == before
    assert Calendar.objects.filter(due_at__isnull=False).count() == 2


def test_a_script_is_told_what_undo_did_or_why_not(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    client = browser(ada)
    saved(client, entry, ada, ben, title="Roof survey")
    has_left(entry, frozen_at=datetime.now(UTC))
    here, ask = f"/entries/{entry.pk}/undo/2/", {"accept": "application/json"}

    first, second = client.post(here, headers=ask), client.post(f"{here}?again=1", headers=ask)

    assert (first.status_code, first.json()["undo"]) == (409, f"{here}?again=1")
    assert second.json()["said"].startswith("“Boiler survey” is as it was before.")
    gone = client.post(f"{here}?again=1", headers=ask)
    assert (gone.status_code, gone.json()["said"]) == (409, "There is nothing to undo any more.")


def test_a_message_that_was_written_and_not_sent_is_no_hindrance(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    client = browser(ada)
    saved(client, entry, ada, ben, title="Roof survey")
    has_left(entry, frozen_at=datetime.now(UTC), opened=False)

    undo(client, entry, 2)

    entry.refresh_from_db()
    assert entry.title == "Boiler survey"


def test_what_was_sent_before_the_change_is_no_hindrance(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    has_left(entry, frozen_at=datetime.now(UTC) - timedelta(hours=1))
    client = browser(ada)
    saved(client, entry, ada, ben, title="Roof survey")

    undo(client, entry, 2)

    entry.refresh_from_db()
    assert entry.title == "Boiler survey"


def test_who_took_themselves_off_an_entry_may_undo_that(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    client = browser(ben)
    saved(client, entry, ada)

    undo(client, entry, 2)

    assert ben in entry.assigned.all()


def test_undo_belongs_to_the_browser_that_made_the_change(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    saved(browser(ada), entry, ada, ben, title="Roof survey")

    page = undo(browser(ben), entry, 2)

    assert "There is nothing to undo any more." in text_of(page)
    entry.refresh_from_db()
    assert entry.title == "Roof survey"


def test_undo_works_once(ada: Person) -> None:
    entry = an_entry(ada)
    client = browser(ada)
    saved(client, entry, ada, title="Roof survey")
    undo(client, entry, 2)

    assert "There is nothing to undo any more." in text_of(undo(client, entry, 2))
    entry.refresh_from_db()
    assert entry.revision == 3


def test_a_save_that_changes_nothing_offers_no_undo(ada: Person) -> None:
    client = browser(ada)
    entry = an_entry(ada)
    saved(client, entry, ada)
    entry.refresh_from_db()

    page = saved(client, entry, ada)

    assert f"/undo/{entry.revision + 1}/" not in page.content.decode()
    entry.refresh_from_db()
    assert entry.revision == 2


def test_a_former_type_that_is_gone_is_said(ada: Person) -> None:
    kind = a_type("Short-lived")
    entry = an_entry(ada, kind=kind)
    client = browser(ada)
    other = a_type("Call")
    client.post(f"/entries/{entry.pk}/", typed(other, ada, revision=1))
    kind.delete()

    assert "Not undone: There is no such type." in text_of(undo(client, entry, 2))


def test_undo_leads_back_to_a_page_of_the_diary_and_nowhere_else(ada: Person) -> None:
    entry = an_entry(ada)
    client = browser(ada)
    for back, where in ((f"/?view=day&date={DAY}", f"/?view=day&date={DAY}"), ("//evil.test", "/")):
        entry.refresh_from_db()
        saved(client, entry, ada, title=back)
        answer = client.post(f"/entries/{entry.pk}/undo/{entry.revision + 1}/", {"back": back})
        assert answer.headers["Location"] == where


def test_undo_needs_a_button_and_not_a_link(ada: Person) -> None:
    entry = an_entry(ada)

    assert browser(ada).get(f"/entries/{entry.pk}/undo/1/").status_code == 405
    assert (
        browser().post(f"/entries/{entry.pk}/undo/1/").headers["Location"].startswith("/accounts")
    )


def test_a_hostile_title_is_text_in_the_message(ada: Person) -> None:
    entry = an_entry(ada)

    page = saved(browser(ada), entry, ada, title='"><img src=x onerror=alert(1)>')

    assert "<img src=x" not in page.content.decode()
