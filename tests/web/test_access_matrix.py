"""Who may open what: every page, called by everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import pytest
from django.db import transaction
from tests.api.build import everything
from tests.api.operations import OPERATIONS
from tests.web.routes import SIGN_IN, TABLE, Firm, Row, as_a_demo, patterns

EVERYBODY = ("anonymous", "member", "other", "administrator", "deactivated")
NOT_THERE = {"person_id", "token_id", "test_id", "pk", "type_id", "account_id", "line_id"}
# Who took a file away is written down.
DOWNLOAD = "entries/<int:entry_id>/calendar.ics"
METHODS = ("PUT", "PATCH", "DELETE", "TRACE", "OPTIONS")


@pytest.fixture
def firm(db: None) -> Iterator[Firm]:
    """One of everything, in a demo, so that the demo's pages answer too."""
    firm = Firm()
    with as_a_demo(firm):
        yield firm


@contextmanager
def forgotten() -> Iterator[None]:
    """Undo what happens inside, so that every call finds the same firm."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def expected(row: Row, who: str) -> int:
    status: int = getattr(row, "anonymous" if who == "deactivated" else who)
    return status


def words(page: bytes) -> str:
    """Return a page without what differs each time it is drawn, and its own address."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.decode())
    return re.sub(r'name="back"\s+value="[^"]*"', "", text)


def test_every_address_has_a_row_in_the_table() -> None:
    assert {row.pattern for row in TABLE} == patterns()


def test_of_the_api_every_kind_of_caller_has_a_column() -> None:
    columns = set(vars(OPERATIONS[0]))

    assert {"member", "other", "administrator", "service"} <= columns


@pytest.mark.parametrize("who", EVERYBODY)
def test_each_gets_what_is_due_and_the_refused_change_nothing(firm: Firm, who: str) -> None:
    signed_in = firm.client(who)
    before, cookies = everything(), signed_in.cookies
    wrong = {}
    for row in TABLE:
        client = firm.client("anonymous")
        client.cookies = deepcopy(cookies)
        with forgotten():
            answer = firm.call(client, row)
            if answer.status_code != expected(row, who):
                wrong[str(row)] = answer.status_code
            if (expected(row, who) >= 400 or row.method == "GET") and row.pattern != DOWNLOAD:
                assert everything() == before, row
            if who in ("anonymous", "deactivated") and row.member != row.anonymous:
                assert row.anonymous != 302 or SIGN_IN in answer.headers["Location"], row

    assert wrong == {}


def test_what_is_not_yours_looks_like_what_is_not_there(firm: Firm) -> None:
    client = firm.client("other")
    refused = [
        row
        for row in TABLE
        if row.other in (403, 404) and set(re.findall(r"<\w+:(\w+)>", row.pattern)) & NOT_THERE
    ]
    # A line of the log and its resending are shown to everybody; who may press is another matter.
    told_apart = {"sync-log/<int:line_id>/resend/", "sync-log/people/<int:person_id>/resend/"}

    for row in refused:
        if row.pattern in told_apart:
            continue
        theirs = firm.call(client, row)
        missing = firm.call(client, row, **dict.fromkeys(NOT_THERE, 999_999))
        assert theirs.status_code == missing.status_code, row
        assert words(theirs.content) == words(missing.content), row
    assert len(refused) > 10


def test_a_page_answers_the_methods_of_its_rows_only(firm: Firm) -> None:
    # The library's pages to sign in at take a PUT for a POST, token and all.
    ours = [
        row
        for row in TABLE
        if not row.pattern.startswith(("accounts/", "api/", "healthz", "metrics"))
    ]
    answered: dict[str, set[str]] = {}
    for row in ours:
        answered.setdefault(row.pattern, set()).add(row.method)
    client = firm.client("administrator")

    for pattern, methods in answered.items():
        path = firm.path(Row("", pattern, 0, 0, 0, 0))
        for method in {"GET", "POST", *METHODS} - methods:
            override = {"HTTP_X_HTTP_METHOD_OVERRIDE": next(iter(methods))}
            answer = client.generic(method, path, **override)  # type: ignore[arg-type]
            assert answer.status_code == 405, (method, pattern)


def test_every_form_from_elsewhere_is_refused_and_changes_nothing(firm: Firm) -> None:
    client = firm.client("administrator")
    client.handler.enforce_csrf_checks = True
    before = everything()

    for row in TABLE:
        if row.method == "POST":
            answer = firm.call(client, row)
            assert answer.status_code == 403, row
    assert everything() == before


@pytest.mark.django_db
def test_outside_a_demo_there_is_no_demo() -> None:
    firm = Firm()

    for row in TABLE:
        if row.only_in_a_demo:
            for who in EVERYBODY[:4]:
                assert firm.call(firm.client(who), row).status_code == 404, (row, who)
