"""Only people the firm has entered get in."""

from __future__ import annotations

import pytest
from tests.web.build import PASSWORD, a_person, an_administrator, browser, mistakes, text_of

pytestmark = pytest.mark.django_db


def test_a_stranger_is_sent_to_sign_in_and_back() -> None:
    answer = browser().get("/settings/")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/accounts/login/?next=/settings/"


def test_the_right_password_opens_the_diary() -> None:
    a_person("Ben", password=PASSWORD)
    client = browser()

    answer = client.post("/accounts/login/", {"login": "ben", "password": PASSWORD})

    assert answer.headers["Location"] == "/"
    page = client.get("/")
    assert page.status_code == 200
    # That it worked is seen.
    assert "Successfully" not in text_of(page)


def test_a_wrong_password_is_said_and_the_name_kept() -> None:
    a_person("Ben", password=PASSWORD)

    answer = browser().post("/accounts/login/", {"login": "ben", "password": "something else"})

    assert mistakes(answer)
    assert 'value="ben"' in answer.content.decode()


def test_empty_fields_are_said_at_the_fields() -> None:
    answer = browser().post("/accounts/login/", {})

    assert mistakes(answer).keys() == {"login", "password"}


def test_somebody_who_left_does_not_get_in() -> None:
    ben = a_person("Ben", password=PASSWORD)
    ben.is_active = False
    ben.save()
    client = browser()

    client.post("/accounts/login/", {"login": "ben", "password": PASSWORD})

    assert client.get("/").status_code == 302


def test_signing_out_takes_a_button_not_a_link() -> None:
    client = browser(an_administrator())

    client.get("/accounts/logout/")
    assert client.get("/").status_code == 200

    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302


def test_a_changed_password_is_the_one_that_works() -> None:
    ben = a_person("Ben", password=PASSWORD)
    client = browser(ben)
    new = "another horse battery"

    answer = client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
        follow=True,
    )

    assert "changed" in text_of(answer)
    ben.refresh_from_db()
    assert ben.check_password(new)


def test_a_password_that_is_too_short_is_refused_at_its_field() -> None:
    client = browser(a_person("Ben", password=PASSWORD))

    answer = client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "short", "password2": "short"},
    )

    assert "password1" in mistakes(answer) or "password2" in mistakes(answer)


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "password/reset/", "confirm-email/", "login/code/", "3rdparty/"]
)
def test_what_is_not_offered_is_not_there(path: str) -> None:
    assert browser().get(f"/accounts/{path}").status_code == 404


def test_every_page_carries_the_headers_of_its_safety() -> None:
    for path in ("/accounts/login/", "/nothing-here/"):
        headers = browser().get(path).headers

        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"


def test_a_form_from_another_site_changes_nothing() -> None:
    ben = a_person("Ben", password=PASSWORD)
    client = browser()
    client.handler.enforce_csrf_checks = True
    client.force_login(ben)

    answer = client.post("/accounts/logout/")

    assert answer.status_code == 403
    assert "nothing has been changed" in text_of(answer)
