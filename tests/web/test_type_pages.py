"""Administrators decide by type which entries may leave the diary."""

from __future__ import annotations

import pytest
from tests.web.build import a_person, a_type, an_administrator, an_entry, browser, mistakes, text_of

from daybook.entries.models import DiaryEntryType
from daybook.ledger.models import Calendar
from daybook.people.models import MailAccount, Person

pytestmark = pytest.mark.django_db
NEW = "/settings/diary-entry-types/new/"
LABEL = "Allow this diary type to synchronise with external calendars"
GOOD = {"name": "Site visit", "colour": "amber", "disclosure": "full"}


@pytest.fixture
def ada() -> Person:
    return an_administrator()


def test_the_way_to_it_is_under_customise_your_system(ada: Person) -> None:
    words = text_of(browser(ada).get("/settings/"))

    assert words.index("Customise your system") < words.index("Diary Entry Types")
    assert words.index("Diary Entry Types") < words.index("Manage your users")


def test_a_new_type_synchronises_when_the_box_is_ticked(ada: Person) -> None:
    client = browser(ada)
    assert LABEL in text_of(client.get(NEW))

    client.post(NEW, GOOD | {"synchronise": "on"})

    assert DiaryEntryType.objects.get().synchronise
    assert "Site visit" in text_of(client.get("/settings/diary-entry-types/"))


def test_unticking_it_owes_cancellations(ada: Person) -> None:
    entry = an_entry(ada, kind=a_type())
    Calendar.objects.update(due_at=None, remembered={}, state="sent")

    browser(ada).post(f"/settings/diary-entry-types/{entry.type_id}/", GOOD | {"effect": "apply"})

    assert Calendar.objects.get(entry_id=entry.pk).due_at is not None


def test_leaving_what_was_sent_owes_nothing(ada: Person) -> None:
    entry = an_entry(ada, kind=a_type())
    Calendar.objects.update(due_at=None, remembered={}, state="sent")

    browser(ada).post(f"/settings/diary-entry-types/{entry.type_id}/", GOOD | {"effect": "leave"})

    row = Calendar.objects.get(entry_id=entry.pk)
    assert row.due_at is None
    assert row.released_by == ada.pk


def test_the_page_counts_what_the_switch_would_send(ada: Person) -> None:
    MailAccount.objects.create(
        person=ada, host="127.0.0.1", port=25, security="none", from_address=ada.email
    )
    call = a_type("Call", synchronise=False)
    an_entry(ada, a_person("Ben"), kind=call)

    words = text_of(browser(ada).get(f"/settings/diary-entry-types/{call.pk}/"))

    assert "Switching it on would send 2 new invitations (counted at" in words


@pytest.mark.parametrize(
    ("field", "wrong", "sentence"),
    [
        ("name", "", "Enter a name."),
        ("name", "x" * 81, "At most 80"),
        ("name", "CALL", "exists already"),
        ("name", "two\nlines", "one line"),
        ("colour", "mauve", "Choose a colour."),
        ("disclosure", "", "Choose what leaves the diary."),
    ],
)
def test_a_mistake_is_said_at_its_field(ada: Person, field: str, wrong: str, sentence: str) -> None:
    a_type("Call")

    answer = browser(ada).post(NEW, GOOD | {field: wrong})

    assert answer.status_code == 422
    assert any(sentence in said for said in mistakes(answer)[field])
    assert DiaryEntryType.objects.count() == 1


def test_members_look_and_cannot_change(ada: Person) -> None:
    kind = a_type()
    client = browser(a_person("Ben"))

    assert "Site visit" in text_of(client.get("/settings/diary-entry-types/"))
    assert client.get(NEW).status_code == 403
    assert client.post(f"/settings/diary-entry-types/{kind.pk}/", GOOD).status_code == 403


class TestStarters:
    """Four types to begin with, for a diary that has none."""

    ASKED = "/settings/diary-entry-types/starters/"

    def test_are_one_press_away_and_only_one_of_them_synchronises(self, ada: Person) -> None:
        client = browser(ada)
        assert "Add four starter types" in text_of(client.get("/settings/diary-entry-types/"))

        page = client.post(self.ASKED, follow=True)

        assert "Meeting, Call, Leave, Internal note are there. Only Meeting" in text_of(page)
        kinds = dict(DiaryEntryType.objects.values_list("name", "synchronise"))
        assert kinds == {"Meeting": True, "Call": False, "Leave": False, "Internal note": False}

    def test_are_neither_offered_nor_made_where_a_type_is(self, ada: Person) -> None:
        client, kind = browser(ada), a_type()

        client.post(self.ASKED)

        assert list(DiaryEntryType.objects.all()) == [kind]
        assert "starter" not in text_of(client.get("/settings/diary-entry-types/"))

    def test_are_not_offered_to_members_who_cannot_make_them(self) -> None:
        page = browser(a_person("Ben")).get("/settings/diary-entry-types/")

        assert "No types yet" in text_of(page)
        assert "starter" not in text_of(page)


def test_a_type_nothing_is_of_can_be_deleted(ada: Person) -> None:
    kind = a_type()

    page = browser(ada).post(f"/settings/diary-entry-types/{kind.pk}/delete/", follow=True)

    assert f"{kind.name} is deleted." in text_of(page)
    assert not DiaryEntryType.objects.exists()


def test_a_type_with_entries_stays_and_says_why(ada: Person) -> None:
    kind = an_entry(ada, kind=a_type()).type

    page = browser(ada).post(f"/settings/diary-entry-types/{kind.pk}/delete/", follow=True)

    assert "There are entries of this type. Give them another one first." in text_of(page)
    assert DiaryEntryType.objects.filter(pk=kind.pk).exists()
