"""Where somebody is signed in, what ends it, and the tokens that act for them."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone
from tests.web.build import PASSWORD, a_person, an_administrator, browser, mistakes, text_of

from daybook.entries import person_changes
from daybook.people import tokens
from daybook.people.details import PersonChanges
from daybook.people.models import ApiToken, AuditLine, Person
from daybook.web.security_page import browser_of

pytestmark = pytest.mark.django_db
PAGE = "/settings/your-details/sign-in/"
TOKENS = "/settings/your-details/tokens/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def ben() -> Person:
    return a_person("Ben", password=PASSWORD)


def signed_in(agent: str = FIREFOX) -> Client:
    """Return a browser in which Ben has signed in by the page."""
    client = browser()
    client.post(
        "/accounts/login/", {"login": "ben", "password": PASSWORD}, headers={"User-Agent": agent}
    )
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


@pytest.mark.usefixtures("ben")
def test_every_session_is_listed_and_this_one_is_marked() -> None:
    signed_in("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1")
    here = signed_in()

    words = text_of(here.get(PAGE, headers={"User-Agent": FIREFOX}))

    assert "Firefox on Windows This session." in words
    assert "Safari on iPhone Since" in words


@pytest.mark.usefixtures("ben")
def test_signing_out_everywhere_else_leaves_this_session_alone() -> None:
    other, here = signed_in(), signed_in()

    page = here.post(f"{PAGE}end-others/", follow=True)

    assert "signed out everywhere else" in text_of(page)
    assert is_in(here)
    assert not is_in(other)
    assert text_of(page).count("Since") == 1
    assert AuditLine.objects.filter(what="sessions_ended").count() == 1


@pytest.mark.usefixtures("ben")
def test_a_new_password_ends_the_other_sessions_and_not_this_one() -> None:
    other, here = signed_in(), signed_in()
    new = "another horse battery"

    here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert is_in(here)
    assert not is_in(other)
    fields = AuditLine.objects.filter(what="person_changed").latest("pk").detail["fields"]
    assert fields == ["password"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"oldpassword": "wrong"}, "oldpassword"),
        ({"oldpassword": ""}, "oldpassword"),
        ({"password1": "", "password2": ""}, "password1"),
        ({"password2": "something else"}, "password2"),
        ({"password1": "x" * 300, "password2": "x" * 300}, "password1"),
        ({"password1": "a\x07 lot of hay", "password2": "a\x07 lot of hay"}, "password1"),
    ],
)
@pytest.mark.usefixtures("ben")
def test_a_mistake_in_a_new_password_is_said_at_its_field(
    typed: dict[str, str], field: str
) -> None:
    here = signed_in()
    new = "another horse battery"
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new} | typed

    page = here.post("/accounts/password/change/", fields)

    assert field in mistakes(page)
    assert Person.objects.get().check_password(PASSWORD)


def test_deactivating_ends_sessions_which_do_not_come_back(ben: Person) -> None:
    ada, here = an_administrator(), signed_in()

    for active in (False, True):
        changes = PersonChanges(active=active)
        person_changes.save_person(ben.pk, changes, by=ada, now=timezone.now())
        assert not is_in(here)


@pytest.mark.usefixtures("ben")
def test_a_session_gets_a_new_name_when_somebody_signs_in() -> None:
    client = browser()
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key

    client.post("/accounts/login/", {"login": "ben", "password": PASSWORD})

    assert client.session.session_key != before


@pytest.mark.usefixtures("ben")
@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)", "/\r\nX: y"],
)
def test_after_signing_in_nobody_is_led_elsewhere(target: str) -> None:
    answer = browser().post(
        "/accounts/login/", {"login": "ben", "password": PASSWORD, "next": target}
    )

    assert answer.status_code == 302
    assert answer.headers["Location"] in ("/", "/%0D%0AX:%20y")


class TestTokens:
    """One's own, shown once."""

    def test_are_shown_once_and_work(self, ben: Person) -> None:
        client = browser(ben)

        made = client.post(TOKENS, {"name": "Import"})

        found = re.search(r"daybook_[\w-]{40,}", made.content.decode())
        assert found is not None
        token = tokens.who(found[0])
        assert token is not None
        assert (token.person, token.name) == (ben, "Import")
        assert found[0] not in client.get(TOKENS).content.decode()
        assert "no-store" in made.headers["Cache-Control"]

    @pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\nb"])
    def test_need_a_name(self, ben: Person, name: str) -> None:
        page = browser(ben).post(TOKENS, {"name": name})

        assert page.status_code == 422
        assert mistakes(page).keys() == {"name"}
        assert not ApiToken.objects.exists()

    def test_open_nothing_once_revoked(self, ben: Person) -> None:
        token, text = tokens.issue(ben, "Import", by=ben)

        page = browser(ben).post(f"{TOKENS}{token.pk}/revoke/", follow=True)

        assert "opens nothing any more" in text_of(page)
        assert tokens.who(text) is None

    def test_of_others_are_not_found(self, ben: Person) -> None:
        token, text = tokens.issue(ben, "Import", by=ben)
        ada = browser(an_administrator())

        assert ada.post(f"{TOKENS}{token.pk}/revoke/").status_code == 404
        assert "Import" not in text_of(ada.get(TOKENS))
        assert tokens.who(text) is not None


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/150.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", "A browser or program"),
        ("", "A browser or program"),
        ("<script>alert(1)</script>", "A browser or program"),
    ],
)
def test_a_browser_is_called_what_people_call_it(agent: str, words: str) -> None:
    assert browser_of(agent) == words


@pytest.mark.usefixtures("ben")
def test_the_form_of_a_new_password_asks_in_the_words_of_the_others() -> None:
    here = signed_in()

    page = here.get("/accounts/password/change/").content.decode()
    asked = page.split("<main")[1]
    refused = here.post("/accounts/password/change/", {})

    for words in ("Your password so far", "New password", "New password, again", "ten characters"):
        assert words in asked
    assert "placeholder" not in asked
    assert mistakes(refused)["oldpassword"] == ["Enter your password so far."]
