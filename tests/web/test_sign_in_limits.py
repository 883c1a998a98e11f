"""Whoever guesses is slowed down; the true owner is not shut out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from tests.web.build import PASSWORD, a_person, browser, text_of
from tests.web.counting_hasher import CountingHasher

from daybook.people.models import Person, SignInTry

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Page

pytestmark = pytest.mark.django_db
PATH = "/accounts/login/"
HERE, ELSEWHERE = "127.0.0.1", "203.0.113.7"


@pytest.fixture(autouse=True)
def quick_hashes(settings: Settings) -> None:
    """Judge passwords quickly: how often is the question here, not how long."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ben() -> Person:
    return a_person("Ben", password=PASSWORD)


def attempt(
    client: Client, name: str = "ben", password: str = "a wrong guess", address: str = HERE
) -> Page:
    """Try to sign in from `address`."""
    return client.post(PATH, {"login": name, "password": password}, REMOTE_ADDR=address)


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def pass_time(**duration: float) -> None:
    """Let every try be that much longer ago."""
    for one in SignInTry.objects.all():
        SignInTry.objects.filter(pk=one.pk).update(at=one.at - timedelta(**duration))


def test_the_tenth_try_after_nine_wrong_ones_is_not_judged_and_says_when_to_come_back(
    ben: Person,
) -> None:
    client = browser()
    for _ in range(9):
        assert attempt(client).status_code == 200

    page = attempt(client, password=PASSWORD)

    assert page.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 600
    words = text_of(page)
    assert "Too many attempts" in words
    until = timezone.now() + timedelta(seconds=int(page.headers["Retry-After"]))
    # The page was made a moment ago, in a minute that may be over.
    made = (until - timedelta(seconds=20), until)
    assert any(f"Try again at {moment:%H:%M}" in words for moment in made)
    assert not is_in(client)


def test_the_wait_ends_although_somebody_goes_on_trying(ben: Person) -> None:
    client = browser()
    for _ in range(15):
        attempt(client)

    pass_time(minutes=10)
    attempt(client, password=PASSWORD)

    assert is_in(client)


def test_the_owner_gets_in_from_elsewhere_while_somebody_hammers(ben: Person) -> None:
    for _ in range(12):
        attempt(browser(), address=ELSEWHERE)

    client = browser()
    attempt(client, password=PASSWORD, address=HERE)

    assert is_in(client)


def test_a_browser_that_signed_in_before_is_let_in_whatever_comes_from_everywhere(
    ben: Person,
) -> None:
    own = browser()
    attempt(own, password=PASSWORD)
    own.post("/accounts/logout/")

    answers = [
        attempt(browser(), address=f"203.0.113.{number}").status_code for number in range(1, 41)
    ]
    attempt(own, password=PASSWORD)

    assert answers[-1] == 429
    assert is_in(own)


def test_a_session_goes_on_while_somebody_hammers(ben: Person) -> None:
    client = browser(ben)
    for _ in range(12):
        attempt(browser())

    assert is_in(client)


def test_the_cookie_of_one_persons_browser_helps_with_nobody_else(ben: Person) -> None:
    a_person("Ada", password=PASSWORD)
    client = browser()
    attempt(client, "ada", PASSWORD)
    client.post("/accounts/logout/")

    answers = [attempt(client, "ben").status_code for _ in range(10)]

    assert answers == [200] * 9 + [429]


def test_a_forged_cookie_is_no_browser_that_signed_in(ben: Person) -> None:
    client = browser()
    client.cookies["daybook_devices"] = "W1siYSIsImIiXV0:1abc:forged"

    answers = [attempt(client).status_code for _ in range(10)]

    assert answers[-1] == 429


def test_many_names_from_one_place_are_slowed_down_too() -> None:
    answers = [attempt(browser(), f"name{number}").status_code for number in range(31)]

    assert answers == [200] * 30 + [429]


def test_what_a_client_says_of_its_address_changes_nothing(ben: Person) -> None:
    answers = [
        browser()
        .post(
            PATH,
            {"login": "ben", "password": "a wrong guess"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        )
        .status_code
        for number in range(10)
    ]

    assert answers[-1] == 429


def test_one_network_of_ipv6_is_one_place(ben: Person) -> None:
    answers = [
        attempt(browser(), address=f"2001:db8::{number:x}").status_code for number in range(1, 11)
    ]

    assert answers[-1] == 429


def test_somebody_and_nobody_are_slowed_down_and_answered_alike(ben: Person) -> None:
    somebody = [attempt(browser(), "ben", address=HERE) for _ in range(10)]
    nobody = [attempt(browser(), "zed", address=ELSEWHERE) for _ in range(10)]

    assert [page.status_code for page in somebody] == [page.status_code for page in nobody]
    assert text_of(somebody[0]) == text_of(nobody[0])


def test_right_passwords_are_not_counted(ben: Person) -> None:
    for _ in range(15):
        client = browser()
        attempt(client, password=PASSWORD)
        assert is_in(client)


def test_judging_takes_the_same_work_for_somebody_nobody_and_who_left(
    ben: Person, settings: Settings
) -> None:
    a_person("Cleo", syncs=False)
    left = a_person("Dora", password=PASSWORD)
    Person.objects.filter(pk=left.pk).update(is_active=False)
    settings.PASSWORD_HASHERS = ["tests.web.counting_hasher.CountingHasher"]
    work = {}
    for name in ("ben", "zed", "cleo", "dora"):
        CountingHasher.worked.clear()
        attempt(browser(), name)
        work[name] = len(CountingHasher.worked)

    assert set(work.values()) == {1}, work
