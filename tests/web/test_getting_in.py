"""How administrators let others in, take the way in away, and hand their entries over."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.utils import timezone
from tests.people.build import account
from tests.web.build import (
    PASSWORD,
    a_person,
    an_administrator,
    an_entry,
    browser,
    text_of,
)

from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, UidCounter
from daybook.people import links, service
from daybook.people.models import AuditLine, LinkMail, OneTimeLink, Person

pytestmark = pytest.mark.django_db
LINK = re.compile(r"http://[\w.:]+/accounts/link/([\w-]+)/")


@pytest.fixture
def ada() -> Person:
    return an_administrator()


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


def path(person: Person, rest: str = "access/") -> str:
    return f"/settings/users/{person.pk}/{rest}"


def test_an_invitation_is_shown_once_and_lets_its_person_in(ada: Person, ben: Person) -> None:
    client = browser(ada)

    page = client.post(path(ben, "access/link/"))

    found = LINK.search(page.content.decode())
    assert found is not None
    assert found[1] not in client.get(path(ben)).content.decode()
    assert OneTimeLink.objects.get().purpose == "invitation"
    assert links.redeem(found[1], "a new horse battery", timezone.now()) == ben


def test_who_has_a_password_gets_a_link_of_an_hour(ada: Person) -> None:
    ben = a_person("Ben", password=PASSWORD)

    browser(ada).post(path(ben, "access/link/"))

    assert OneTimeLink.objects.get().purpose == "reset"


def test_a_link_can_be_mailed_when_there_is_a_mailbox_and_an_address(
    ada: Person, ben: Person
) -> None:
    client = browser(ada)
    assert "Mail a link" not in text_of(client.get(path(ben)))
    service.set_service_organiser(
        "Diary", "diary@firm.example", account(), by=None, now=timezone.now()
    )
    assert "Mail a link to ben@firm.example" in text_of(client.get(path(ben)))

    page = client.post(path(ben, "access/mail/"), follow=True)

    assert "on its way to ben@firm.example" in text_of(page)
    assert LinkMail.objects.get().person == ben
    cleo = a_person("Cleo", email="", syncs=False)
    assert client.post(path(cleo, "access/mail/")).status_code == 403


def test_a_new_user_without_a_password_leads_to_the_ways_in(ada: Person) -> None:
    data = {
        "username": "cleo",
        "forename": "Cleo",
        "timezone": "Europe/London",
        "calendar_kind": "unknown",
        "role": "member",
        "active": "on",
        "smtp_security": "starttls",
    }

    page = browser(ada).post("/settings/users/new/", data, follow=True)

    assert "Cleo has no password yet." in text_of(page)


def test_the_page_says_in_words_which_condition_is_missing(ada: Person) -> None:
    cleo = a_person("Cleo", email="", syncs=False)

    words = text_of(browser(ada).get(path(cleo)))

    assert "Off. Email Syncing is off. There is no email address." in words


def test_deactivating_says_before_what_it_sends_and_does_it(ada: Person, ben: Person) -> None:
    an_entry(ada, ben)
    row = Calendar.objects.filter(address_key="ben@firm.example")
    client = browser(ada)
    words = text_of(client.get(path(ben, "activity/")))
    assert "Deactivate Ben?" in words
    assert "This would send" in words

    page = client.post(path(ben, "activity/"), {"effect": "apply"}, follow=True)

    assert "deactivated and signed out everywhere" in text_of(page)
    ben.refresh_from_db()
    assert not ben.is_active
    assert row.get().due_at is not None


def test_deactivating_may_leave_what_was_sent(ada: Person, ben: Person) -> None:
    an_entry(ada, ben)
    row = Calendar.objects.filter(address_key="ben@firm.example")
    row.update(due_at=None, remembered={}, state="sent")

    browser(ada).post(path(ben, "activity/"), {"effect": "leave"})

    assert row.get().released_by == ada.pk


def test_who_left_can_come_back(ada: Person, ben: Person) -> None:
    client = browser(ada)
    client.post(path(ben, "activity/"))

    assert "is not active and cannot sign in" in text_of(client.get(path(ben)))
    assert client.post(path(ben, "access/link/")).status_code == 403
    client.post(path(ben, "activity/"))

    ben.refresh_from_db()
    assert ben.is_active


def test_the_last_administrator_stays(ada: Person) -> None:
    page = browser(ada).post(path(ada, "activity/"))

    assert page.status_code == 422
    assert "last active administrator" in text_of(page)
    ada.refresh_from_db()
    assert ada.is_active


def test_a_lost_second_step_can_be_taken_away(ada: Person) -> None:
    ben = a_person("Ben", password=PASSWORD)
    TOTP.activate(ben, "A" * 32)
    session = browser(ben)
    client = browser(ada)
    assert "Remove the second step" in text_of(client.get(path(ben)))

    client.post(path(ben, "access/second-step/remove/"))

    assert session.get("/").status_code == 302
    again = browser()
    again.post("/accounts/login/", {"login": "ben", "password": PASSWORD})
    assert again.get("/").status_code == 200
    assert AuditLine.objects.get(what="factors_removed").by_id == ada.pk


class TestHandingOver:
    """The entries of somebody whose mailbox cannot send begin anew under another organiser."""

    @pytest.fixture
    def entry(self, ada: Person, ben: Person) -> DiaryEntry:
        """Return an entry that Ben organises, who can no longer send."""
        made = an_entry(ben, ada)
        UidCounter.objects.filter(uid=made.uid).update(
            organiser_id=ben.pk, organiser_key=ben.email_key
        )
        return made

    def test_is_explained_and_confirmed_first(
        self, ada: Person, ben: Person, entry: DiaryEntry
    ) -> None:
        client = browser(ada)
        assert "1 coming entry is organised by Ben" in text_of(client.get(path(ben)))

        words = text_of(client.get(path(ben, "hand-over/")))

        assert "everybody on it is invited again" in words
        assert "Hand over 1 entry" in words
        assert DiaryEntry.objects.get().uid == entry.uid

    def test_gives_entries_a_new_uid_and_is_written_down(
        self, ada: Person, ben: Person, entry: DiaryEntry
    ) -> None:
        page = browser(ada).post(path(ben, "hand-over/"), follow=True)

        assert "1 entry was handed over." in text_of(page)
        assert DiaryEntry.objects.get().uid != entry.uid
        assert AuditLine.objects.get(what="entries_handed_over").by_id == ada.pk

    def test_with_nothing_to_hand_over_says_so(self, ada: Person, ben: Person) -> None:
        client = browser(ada)

        assert "nothing to hand over" in text_of(client.get(path(ben, "hand-over/")))
        assert "nothing to hand over" in text_of(client.post(path(ben, "hand-over/"), follow=True))


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("get", "access/"),
        ("post", "access/link/"),
        ("post", "access/mail/"),
        ("post", "access/second-step/remove/"),
        ("get", "activity/"),
        ("post", "activity/"),
        ("get", "hand-over/"),
        ("post", "hand-over/"),
    ],
)
def test_members_may_do_none_of_it(ada: Person, ben: Person, method: str, rest: str) -> None:
    answer = getattr(browser(ben), method)(path(ada, rest))

    assert answer.status_code == 403
    ada.refresh_from_db()
    assert ada.is_active
    assert not OneTimeLink.objects.exists()


@pytest.mark.parametrize("rest", ["access/", "activity/", "hand-over/"])
@pytest.mark.parametrize("number", [10**6, 2**63, 10**30])
def test_nobody_is_not_found(ada: Person, rest: str, number: int) -> None:
    assert browser(ada).get(f"/settings/users/{number}/{rest}").status_code == 404


@pytest.mark.parametrize("rest", ["link/", "mail/", "second-step/remove/"])
def test_looking_changes_nothing(ada: Person, ben: Person, rest: str) -> None:
    assert browser(ada).get(path(ben, f"access/{rest}")).status_code == 405
