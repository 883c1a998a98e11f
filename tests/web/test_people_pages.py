"""People set their details, mail account and switches; administrators those of anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from tests.web.build import (
    PASSWORD,
    a_person,
    an_administrator,
    an_entry,
    browser,
    mistakes,
    text_of,
)

from daybook.ledger.models import Calendar
from daybook.people.models import MailTest, Person, ServiceOrganiser

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Page

pytestmark = pytest.mark.django_db
OWN = "/settings/your-details/"
LABEL = "Enable diary synchronisation to your external calendar"
ACCOUNT = {
    "smtp_host": "mail.firm.example",
    "smtp_port": "587",
    "smtp_security": "starttls",
    "smtp_username": "ben",
    "smtp_password": "hunter2 and more",
}


@pytest.fixture
def ada() -> Person:
    return an_administrator()


@pytest.fixture
def ben() -> Person:
    return a_person("Ben", syncs=False)


def details(person: Person, **changes: str | None) -> dict[str, str]:
    """Return the details form as it stands, with some fields changed; None unticks a box."""
    data: dict[str, str | None] = {
        "forename": person.forename,
        "surname": person.surname,
        "email": person.email,
        "timezone": person.timezone,
        "calendar_kind": person.calendar_kind,
        "smtp_security": "starttls",
        "email_syncing": "on" if person.email_syncing else None,
        "diary_sync": "on" if person.diary_sync else None,
        "sync_offered": "1",
        **changes,
    }
    return {name: value for name, value in data.items() if value is not None}


def box(page: Page) -> str:
    """Return the tag of the synchronisation box."""
    text = page.content.decode()
    at = text.index('id="id_diary_sync"')
    return text[text.rindex("<input", 0, at) : text.index(">", at)]


def test_the_exact_labels_are_on_the_pages(ada: Person) -> None:
    client = browser(ada)

    home, own = text_of(client.get("/settings/")), text_of(client.get(OWN))

    for label in ("System Settings", "Customise your system", "Manage your users"):
        assert label in home
    assert "Edit Your Details" in home
    for label in ("Edit Your Details", "SMTP", "Email Syncing", "Email address", LABEL):
        assert label in own


class TestTheBox:
    """It can be ticked only while the three criteria hold."""

    def test_is_disabled_and_says_what_is_missing(self, ben: Person) -> None:
        page = browser(ben).get(OWN)

        assert "disabled" in box(page)
        words = text_of(page)
        assert "Not available yet: 1 of 3 conditions missing." in words
        assert "Missing: Email Syncing is selected" in words
        assert "Met: A valid email address is entered" in words

    @pytest.mark.usefixtures("ada")
    @pytest.mark.parametrize(
        ("email", "unmet"),
        [
            ("", "Missing: A valid email address is entered"),
            ("ben@", "Missing: A valid email address is entered"),
            ("ADA@firm.example", "Missing: No other user with diary synchronisation uses this"),
        ],
    )
    def test_follows_what_is_typed_when_checked_again(
        self, ben: Person, email: str, unmet: str
    ) -> None:
        data = details(ben, email=email, email_syncing="on", check="1")

        page = browser(ben).post(OWN, data)

        assert "disabled" in box(page)
        assert unmet in text_of(page)
        assert not mistakes(page)
        ben.refresh_from_db()
        assert ben.email == "ben@firm.example"

    def test_can_be_ticked_once_all_three_hold(self, ben: Person) -> None:
        client = browser(ben)

        page = client.post(OWN, details(ben, email_syncing="on", check="1"))
        client.post(OWN, details(ben, email_syncing="on", diary_sync="on"))

        assert "disabled" not in box(page)
        assert "All three conditions are met. Tick the box and save." in text_of(page)
        ben.refresh_from_db()
        assert ben.diary_sync

    def test_ticked_by_force_is_refused_with_the_reason(self, ben: Person) -> None:
        page = browser(ben).post(OWN, details(ben, diary_sync="on"))

        assert page.status_code == 422
        assert mistakes(page) == {"diary_sync": ["Email Syncing is off."]}
        ben.refresh_from_db()
        assert not ben.diary_sync

    def test_goes_off_by_itself_with_a_reason_when_a_condition_goes(self) -> None:
        ben = a_person("Ben")

        page = browser(ben).post(OWN, details(ben, email_syncing=None), follow=True)

        assert "Diary synchronisation was switched off. Email Syncing is off." in text_of(page)
        ben.refresh_from_db()
        assert not ben.diary_sync

    def test_warns_before_it_would_go_off(self) -> None:
        ben = a_person("Ben")

        page = browser(ben).post(OWN, details(ben, email_syncing=None, check="1"))

        assert "Saving will switch diary synchronisation off" in text_of(page)

    def test_unticked_owes_cancellations_or_leaves_them(self, ada: Person) -> None:
        ben = a_person("Ben")
        an_entry(ada, ben)
        row = Calendar.objects.filter(address_key="ben@firm.example")
        row.update(due_at=None, remembered={}, state="sent")

        browser(ben).post(OWN, details(ben, diary_sync=None, effect="leave"))
        assert row.get().released_by == ben.pk

    def test_left_disabled_keeps_what_was_chosen(self) -> None:
        ben = a_person("Ben")

        browser(ben).post(OWN, details(ben, diary_sync=None, sync_offered=None, surname="Okafor"))

        ben.refresh_from_db()
        assert (ben.surname, ben.diary_sync) == ("Okafor", True)


class TestMistakes:
    """Each is said at its field, and nothing is saved."""

    @pytest.mark.parametrize(
        ("field", "wrong", "sentence"),
        [
            ("forename", "", "Enter a forename."),
            ("forename", "x" * 101, "At most 100"),
            ("surname", "a\nb", "one line"),
            ("email", "ben@firm.example\r\nRCPT TO:<e@firm.example>", "email address"),
            ("email", "-ben@firm.example", "hyphen"),
            ("timezone", "Mars/Olympus", "not a time zone"),
            ("calendar_kind", "palm", "not one of the available choices"),
            ("smtp_host", "127.0.0.1", "."),
            ("smtp_port", "25abc", "Enter a number, as in 587."),
            ("smtp_security", "rot13", "not one of the available choices"),
            ("smtp_username", "a\nb", "one line"),
            ("smtp_password", "a\nb", "control"),
            ("smtp_from", "nobody", "@ sign"),
        ],
    )
    def test_of_ones_details(self, ben: Person, field: str, wrong: str, sentence: str) -> None:
        data = details(ben, **{"surname": "Okafor", **ACCOUNT, field: wrong})

        page = browser(ben).post(OWN, data)

        assert page.status_code == 422
        assert any(sentence in said for said in mistakes(page)[field])
        ben.refresh_from_db()
        assert ben.surname == ""
        assert not hasattr(ben, "mail_account")

    def test_of_both_halves_are_said_together(self, ben: Person) -> None:
        data = details(ben, email="nobody", **{**ACCOUNT, "smtp_host": "10.0.0.1"})

        assert {"email", "smtp_host"} <= mistakes(browser(ben).post(OWN, data)).keys()


class TestTheMailAccount:
    """The SMTP panel."""

    def test_is_saved_with_the_details_and_its_password_never_shown(self, ben: Person) -> None:
        client = browser(ben)

        client.post(OWN, details(ben, **ACCOUNT))
        page = client.get(OWN).content.decode()

        account = Person.objects.get(pk=ben.pk).mail_account
        assert account.host == "mail.firm.example"
        assert "hunter2" not in page
        assert "Stored. Leave empty to keep it." in page

    def test_left_alone_is_not_saved_anew(self, ben: Person) -> None:
        client = browser(ben)
        client.post(OWN, details(ben, **ACCOUNT))
        before = Person.objects.get(pk=ben.pk).mail_account.revision
        shown = {
            name: str(client.get(OWN).context["form"][name].value())
            for name in (*ACCOUNT, "smtp_from")
            if name != "smtp_password"
        }

        client.post(OWN, details(ben, surname="Okafor", **shown))

        assert Person.objects.get(pk=ben.pk).surname == "Okafor"
        assert Person.objects.get(pk=ben.pk).mail_account.revision == before

    def test_without_a_server_is_removed(self, ben: Person) -> None:
        client = browser(ben)
        client.post(OWN, details(ben, **ACCOUNT))

        client.post(OWN, details(ben))

        assert Person.objects.get(pk=ben.pk).mail_account.host == ""

    def test_is_tried_with_the_typed_values_and_nothing_saved(self, ben: Person) -> None:
        client = browser(ben)

        answer = client.post(OWN, details(ben, **ACCOUNT, test="1"), follow=True)

        test = MailTest.objects.get()
        assert (test.host, test.to_address) == ("mail.firm.example", "ben@firm.example")
        assert "under way" in text_of(answer)
        assert not hasattr(Person.objects.get(pk=ben.pk), "mail_account")

    def test_shows_the_steps_of_its_test_to_who_asked_only(self, ada: Person, ben: Person) -> None:
        client = browser(ben)
        client.post(OWN, details(ben, **ACCOUNT, test="1"))
        MailTest.objects.update(
            state="failed",
            done_at="2026-11-24T10:00Z",
            steps=[{"step": "sign_in", "state": "failed", "sentence": "<b>535</b> refused."}],
        )
        path = f"/settings/mail-tests/{MailTest.objects.get().pk}/"

        page = client.get(path)

        assert "Failed: <b>535</b> refused." in text_of(page)
        assert "<b>535" not in page.content.decode()
        assert browser(ada).get(path).status_code == 404

    def test_of_a_forbidden_server_is_not_even_tried(self, ben: Person) -> None:
        data = details(ben, **{**ACCOUNT, "smtp_host": "169.254.169.254"}, test="1")

        assert "smtp_host" in mistakes(browser(ben).post(OWN, data))
        assert not MailTest.objects.exists()


class TestUsers:
    """Administrators look after everybody."""

    def new(self, client: Client, **changes: str | None) -> Page:
        fresh = Person(forename="Cleo", email="cleo@firm.example", timezone="Europe/London")
        data = details(fresh, username="cleo", role="member", active="on", **changes)
        return client.post("/settings/users/new/", data, follow=True)

    def test_a_new_one_can_sign_in_with_the_password_set(self, ada: Person) -> None:
        self.new(browser(ada), password=PASSWORD)

        assert Person.objects.get(username="cleo").check_password(PASSWORD)

    @pytest.mark.parametrize(
        ("field", "wrong", "sentence"),
        [
            ("username", "", "Enter a user name."),
            ("username", "ADA", "Somebody has this user name"),
            ("password", "short", "too short"),
            ("role", "emperor", "not one of the available choices"),
        ],
    )
    def test_a_mistake_is_said_at_its_field(
        self, ada: Person, field: str, wrong: str, sentence: str
    ) -> None:
        fresh = Person(forename="Cleo", timezone="Europe/London")
        data = details(fresh, username="cleo", role="member", active="on") | {field: wrong}

        page = browser(ada).post("/settings/users/new/", data)

        assert any(sentence in said for said in mistakes(page)[field])
        assert Person.objects.count() == 1

    def test_an_administrator_sets_anybodys_switches(self, ada: Person, ben: Person) -> None:
        data = details(
            ben,
            username="ben",
            role="member",
            active="on",
            email_syncing="on",
            diary_sync="on",
        )

        browser(ada).post(f"/settings/users/{ben.pk}/", data)

        ben.refresh_from_db()
        assert ben.diary_sync

    def test_the_list_says_which_condition_keeps_whom_and_can_show_those_alone(
        self, ada: Person
    ) -> None:
        a_person("Ben")
        a_person("Cleo", email="", syncs=False)
        client = browser(ada)

        everybody = text_of(client.get("/settings/users/"))
        some = text_of(client.get("/settings/users/?show=cannot"))

        assert "Cannot synchronise: 1" in everybody
        assert all(name in everybody for name in ("Ada", "Ben", "Cleo"))
        assert "Cleo" in some
        assert "There is no email address." in some
        assert "Ben" not in some

    def test_where_nothing_keeps_anybody_the_list_says_so(self, ada: Person) -> None:
        page = browser(ada).get("/settings/users/?show=cannot")

        assert "Nobody: everybody who is active can" in text_of(page)

    def test_who_is_alone_is_told_whom_to_add(self, ada: Person) -> None:
        assert "Only you so far" in text_of(browser(ada).get("/settings/users/"))

    @pytest.mark.usefixtures("ada")
    def test_members_cannot_ask_whom_a_condition_keeps(self, ben: Person) -> None:
        words = text_of(browser(ben).get("/settings/users/?show=cannot"))

        assert "Ada" in words
        assert "Cannot synchronise" not in words

    @pytest.mark.usefixtures("ada")
    def test_members_see_names_but_no_addresses(self, ben: Person) -> None:
        words = text_of(browser(ben).get("/settings/users/"))

        assert "Ada" in words
        assert "ada@firm.example" not in words

    def test_members_open_nobody_elses_details(self, ada: Person, ben: Person) -> None:
        client = browser(ben)

        assert client.get(f"/settings/users/{ada.pk}/").status_code == 403
        assert client.get("/settings/users/new/").status_code == 403

    def test_a_member_cannot_make_himself_an_administrator(self, ben: Person) -> None:
        browser(ben).post(OWN, details(ben, role="administrator", username="root", active="on"))

        ben.refresh_from_db()
        assert (ben.role, ben.username) == ("member", "ben")


class TestTheServiceOrganiser:
    """The firm's mailbox that is nobody's own."""

    PATH = "/settings/service-organiser/"
    GOOD = ACCOUNT | {"name": "Diary of the firm", "address": "diary@firm.example"}

    def test_is_set_and_removed_by_an_administrator(self, ada: Person) -> None:
        client = browser(ada)

        client.post(self.PATH, self.GOOD)
        assert ServiceOrganiser.objects.get().address == "diary@firm.example"

        client.post(self.PATH, {"remove": "1"})
        assert ServiceOrganiser.objects.get().address == ""

    @pytest.mark.parametrize(
        ("field", "wrong", "sentence"),
        [
            ("name", "", "Enter a name."),
            ("address", "", "Enter an email address."),
            ("address", "ada@firm.example", "someone else"),
            ("smtp_host", "", "Enter a server."),
            ("smtp_host", "localhost", "."),
            ("smtp_port", "x", "Enter a number"),
            ("smtp_password", "", "Enter the password."),
        ],
    )
    def test_a_mistake_is_said_at_its_field(
        self, ada: Person, field: str, wrong: str, sentence: str
    ) -> None:
        page = browser(ada).post(self.PATH, self.GOOD | {field: wrong})

        assert any(sentence in said for said in mistakes(page)[field])
        assert ServiceOrganiser.objects.filter(address_key="diary@firm.example").count() == 0

    def test_is_not_a_members_business(self, ben: Person) -> None:
        assert browser(ben).get(self.PATH).status_code == 403
