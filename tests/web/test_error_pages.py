"""Whatever goes wrong, there is a page in the product's own style, and it says what to do."""

from __future__ import annotations

import json
import re
from contextlib import closing

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings
from tests.web.build import a_person, an_administrator, browser, text_of

from daybook import urls

HOST = "127.0.0.1"


def broken(_: HttpRequest) -> HttpResponse:
    raise RuntimeError("a defect of ours <script>")


def busy(_: HttpRequest) -> HttpResponse:
    raise OperationalError("database is locked")


def gone(_: HttpRequest) -> HttpResponse:
    raise InterfaceError("connection already closed")


def really_broken(_: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM a_table_that_is_not_there")
    return HttpResponse()


# This module is a URL configuration: the product's own, and four pages that fail.
handler400 = urls.handler400
handler500 = urls.handler500
urlpatterns = [
    path("broken/", broken),
    path("busy/", busy),
    path("gone/", gone),
    path("missing-table/", really_broken),
    path("api/broken/", broken),
    path("api/busy/", busy),
    # Last: the API answers for every address below it.
    *urls.urlpatterns,
]


@pytest.fixture(autouse=True)
def _failing_pages(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def stranger() -> Client:
    return Client(SERVER_NAME=HOST, raise_request_exception=False)


def test_a_defect_has_a_page_that_asks_no_database(stranger: Client) -> None:
    # Without the mark, any question to the database would be refused.
    page = stranger.get("/broken/")

    assert page.status_code == 500
    assert "Something went wrong" in text_of(page)
    assert "defect" not in page.content.decode()
    assert "<script" not in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/busy/", "/gone/"])
def test_a_database_that_does_not_answer_is_a_moment_to_wait(
    stranger: Client, address: str
) -> None:
    page = stranger.get(address)

    assert page.status_code == 503
    assert int(page.headers["Retry-After"]) > 0
    assert "Busy at the moment" in text_of(page)


@pytest.mark.parametrize(
    ("address", "status", "code"), [("/api/broken/", 500, "our_fault"), ("/api/busy/", 503, "busy")]
)
def test_below_the_api_a_failure_is_a_problem(
    stranger: Client, address: str, status: int, code: str
) -> None:
    answer = stranger.get(address)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["code"] == code


@pytest.mark.django_db
def test_whoever_is_signed_in_gets_the_same_page() -> None:
    client = browser(an_administrator())
    client.raise_request_exception = False

    page = client.get("/broken/")

    assert page.status_code == 500
    assert "Ada" not in text_of(page)


@pytest.mark.django_db
def test_a_missing_table_is_no_blank_page(stranger: Client) -> None:
    assert stranger.get("/missing-table/").status_code in (500, 503)


@pytest.mark.django_db
@pytest.mark.parametrize("signed_in", [False, True])
def test_an_address_that_is_none_has_a_page(signed_in: bool) -> None:
    client = browser(an_administrator() if signed_in else None)

    page = client.get("/no/such/page/")

    assert page.status_code == 404
    assert "Page not found" in text_of(page)
    assert ("System Settings" in text_of(page)) is signed_in


@pytest.mark.django_db
def test_what_one_may_not_open_says_so_with_a_way_back() -> None:
    page = browser(a_person("Ben")).get("/settings/audit/")

    assert page.status_code == 403
    assert "Only an administrator may open this page." in text_of(page)
    assert 'href="/"' in page.content.decode()


@pytest.mark.django_db
def test_a_form_from_elsewhere_changes_nothing_and_says_so() -> None:
    client = Client(SERVER_NAME=HOST, enforce_csrf_checks=True)
    client.force_login(an_administrator())

    page = client.post("/settings/diary-entry-types/new/", {"name": "Call"})

    assert page.status_code == 403
    assert "This page is out of date" in text_of(page)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/broken/", "/busy/", "/no/such/page/"])
def test_error_pages_carry_the_styles_and_no_script(stranger: Client, address: str) -> None:
    page = stranger.get(address).content.decode()

    sheet = re.search(r'<link rel="stylesheet" href="([^"]+)">', page)
    assert sheet is not None
    with closing(stranger.get(sheet[1])) as styles:
        assert styles.status_code == 200
    assert '<html lang="en-gb">' in page
    assert page.count("<h1>") == 1
    assert "<script" not in page
    assert "style=" not in page
