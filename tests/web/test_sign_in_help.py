"""Forgotten passwords, invitations and the first administrator, as their pages show them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from tests.people.build import account
from tests.web.build import PASSWORD, a_person, an_administrator, browser, mistakes, text_of

from daybook.people import links, service
from daybook.people.models import LinkMail, LinkPurpose, OneTimeLink, Person

pytestmark = pytest.mark.django_db
FORGOTTEN = "/accounts/password/forgotten/"
NEW = "a new horse battery"
CHOSEN = {"password": NEW, "again": NEW}


@pytest.fixture
def ben() -> Person:
    return a_person("Ben", password=PASSWORD)


@pytest.fixture
def mailbox() -> None:
    """Let the firm have a mailbox of its own."""
    service.set_service_organiser(
        "Diary", "diary@firm.example", account(), by=None, now=timezone.now()
    )


def link_to(person: Person | None, purpose: LinkPurpose = LinkPurpose.RESET) -> str:
    """Return the path of a new link."""
    return f"/accounts/link/{links.make(person, purpose, by=None, now=timezone.now())[1]}/"


class TestForgotten:
    """The page takes a name or an address and never tells whose it is."""

    @pytest.mark.usefixtures("mailbox", "ben")
    def test_answers_alike_for_somebody_and_for_nobody(self) -> None:
        answers = [
            browser().post(FORGOTTEN, {"who": who}, follow=True)
            for who in ("ben", "ben@firm.example", "zed", "zed@firm.example")
        ]

        assert {text_of(page) for page in answers} == {text_of(answers[0])}
        assert {page.redirect_chain[0] for page in answers} == {(f"{FORGOTTEN}sent/", 302)}
        assert "on its way" in text_of(answers[0])

    @pytest.mark.usefixtures("mailbox", "ben")
    def test_asks_the_database_the_same_for_somebody_and_for_nobody(self) -> None:
        asked = []
        for who in ("ben", "zed"):
            with CaptureQueriesContext(connection) as queries:
                browser().post(FORGOTTEN, {"who": who})
            asked.append([re.sub(r"'[^']*'|\d+", "?", each["sql"]) for each in queries])

        assert asked[0] == asked[1]

    @pytest.mark.usefixtures("mailbox")
    @pytest.mark.parametrize("who", ["", " ", "a\r\nb", "x" * 300])
    def test_says_what_is_wrong_at_the_field(self, who: str) -> None:
        page = browser().post(FORGOTTEN, {"who": who})

        assert page.status_code == 422
        assert mistakes(page).keys() == {"who"}
        assert not LinkMail.objects.exists()

    @pytest.mark.usefixtures("mailbox", "ben")
    def test_leads_to_the_installations_own_address(self, settings: Settings) -> None:
        settings.DAYBOOK = replace(settings.DAYBOOK, public_url="https://diary.firm.example")

        browser().post(FORGOTTEN, {"who": "ben"}, headers={"X-Forwarded-Host": "evil.example"})
        refused = browser().post(FORGOTTEN, {"who": "ben"}, headers={"Host": "evil.example"})

        assert refused.status_code == 400
        assert LinkMail.objects.get().address == "https://diary.firm.example"

    @pytest.mark.usefixtures("mailbox")
    def test_is_slowed_down_by_place(self) -> None:
        answers = [browser().post(FORGOTTEN, {"who": "ben"}) for _ in range(21)]

        assert [page.status_code for page in answers] == [302] * 20 + [429]
        assert int(answers[-1].headers["Retry-After"]) > 0

    @pytest.mark.usefixtures("ben")
    def test_without_a_mailbox_says_what_an_administrator_can_do(self) -> None:
        page = browser().get(FORGOTTEN)

        assert "An administrator of your firm can make one for you" in text_of(page)
        browser().post(FORGOTTEN, {"who": "ben"})
        assert not LinkMail.objects.exists()


class TestALink:
    """It lets its bearer choose a password, once."""

    def test_gives_a_new_password_that_signs_in(self, ben: Person) -> None:
        client = browser()
        path = link_to(ben)
        assert "Your user name is ben" in text_of(client.get(path))

        page = client.post(path, CHOSEN, follow=True)

        assert "Your password is set" in text_of(page)
        client.post("/accounts/login/", {"login": "ben", "password": NEW})
        assert client.get("/").status_code == 200

    def test_is_not_used_up_by_looking_at_it(self, ben: Person) -> None:
        path = link_to(ben)
        for _ in range(3):
            browser().get(path)
            browser().head(path)

        assert browser().post(path, CHOSEN).status_code == 302

    def test_is_over_after_its_use(self, ben: Person) -> None:
        path = link_to(ben)
        browser().post(path, CHOSEN)

        for page in (browser().get(path), browser().post(path, CHOSEN)):
            assert page.status_code == 410
            assert "This link is over" in text_of(page)

    def test_ends_every_session_of_its_person(self, ben: Person) -> None:
        client = browser(ben)

        browser().post(link_to(ben), CHOSEN)

        assert client.get("/").status_code == 302

    @pytest.mark.parametrize(
        ("typed", "field", "said"),
        [
            ({"password": "", "again": ""}, "password", "Enter a new password."),
            ({"password": "short", "again": "short"}, "password", "too short"),
            ({"password": "password123", "again": "password123"}, "password", "common"),
            ({"password": NEW, "again": NEW + "x"}, "again", "differ"),
            ({"password": NEW, "again": ""}, "again", "Enter the new password again."),
            ({"password": "x" * 300, "again": "x" * 300}, "password", "At most 256"),
            ({"password": "a\x00 lot of hay", "again": "a\x00 lot of hay"}, "password", "Null"),
            ({"password": "a\x07 lot of hay", "again": "a\x07 lot of hay"}, "password", "control"),
        ],
    )
    def test_says_what_is_wrong_and_stays_good(
        self,
        ben: Person,
        typed: dict[str, str],
        field: str,
        said: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        path = link_to(ben)

        page = browser().post(path, typed)

        assert page.status_code == 422
        assert any(said in sentence for sentence in mistakes(page)[field])
        assert path.split("/")[3] not in caplog.text
        assert browser().get(path).status_code == 200

    def test_keeps_its_secret_to_itself(self, ben: Person) -> None:
        headers = browser().get(link_to(ben)).headers

        assert headers["Referrer-Policy"] == "strict-origin"
        assert "no-store" in headers["Cache-Control"]

    def test_does_not_ask_less_of_whoever_has_a_second_step(self, ben: Person) -> None:
        TOTP.activate(ben, "A" * 32)
        client = browser()
        client.post(link_to(ben), CHOSEN)

        answer = client.post("/accounts/login/", {"login": "ben", "password": NEW})

        assert answer.headers["Location"] == "/accounts/second-step/"
        assert client.get("/").status_code == 302


class TestTheFirstAdministrator:
    """Who opens the link of the log enters themselves."""

    FIELDS = CHOSEN | {"username": "ada", "forename": "Ada", "surname": "", "email": ""}

    def path(self) -> str:
        return f"/accounts/link/{links.first_administrator(timezone.now())}/"

    def test_enters_themselves_and_signs_in(self) -> None:
        client = browser()
        path = self.path()
        assert "first administrator" in text_of(client.get(path))

        client.post(path, self.FIELDS)
        client.post("/accounts/login/", {"login": "ada", "password": NEW})

        assert client.get("/settings/users/new/").status_code == 200
        assert browser().get(path).status_code == 410

    @pytest.mark.parametrize(
        ("field", "wrong"),
        [
            ("username", ""),
            ("username", "a\u202eb"),
            ("forename", ""),
            ("email", "ada@"),
            ("password", "adaadaada"),
            ("again", "something else"),
        ],
    )
    def test_is_told_what_is_wrong_at_its_field(self, field: str, wrong: str) -> None:
        both = {"again": wrong} if field == "password" else {}

        page = browser().post(self.path(), self.FIELDS | both | {field: wrong})

        assert page.status_code == 422
        assert field in mistakes(page)
        assert not Person.objects.exists()

    def test_is_nobody_once_there_is_one(self) -> None:
        path = self.path()
        an_administrator()

        assert browser().post(path, self.FIELDS).status_code == 410


def test_a_link_over_time_is_over(ben: Person) -> None:
    path = link_to(ben)
    OneTimeLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert browser().get(path).status_code == 410
