"""Who may do what: every operation, called by everybody."""

from __future__ import annotations

import pytest
from tests.api import build
from tests.api.build import read
from tests.api.operations import OPERATIONS, Firm, Operation

from daybook.api import openapi

every_operation = pytest.mark.parametrize("row", OPERATIONS, ids=str)


def test_every_operation_of_the_api_has_a_row_in_the_table() -> None:
    in_the_api = {
        (operation["operationId"], method.upper(), path.removeprefix("/api/v1"))
        for path, item in openapi.document()["paths"].items()
        for method, operation in item.items()
    }

    assert {(row.name, row.method, row.path) for row in OPERATIONS} == in_the_api


@pytest.mark.django_db
@every_operation
def test_without_a_valid_token_there_is_no_answer(row: Operation) -> None:
    firm = Firm()
    wrong = (
        build.NOBODY,
        build.revoked(),
        build.Caller("daybook_" + "x" * 43),
        build.Caller(firm.ada.token[:-1]),
        build.Caller(firm.ada.token.upper()),
        build.Caller("café"),
    )
    before = build.everything()

    for caller in wrong:
        response = caller.call(row.method, firm.path(row), firm.body(row))

        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response["Content-Type"] == "application/problem+json"
    in_the_address = build.NOBODY.call(
        row.method, f"{firm.path(row)}?token={firm.ada.token}", firm.body(row)
    )
    assert in_the_address.status_code == 401
    assert build.everything() == before


@pytest.mark.django_db
@every_operation
@pytest.mark.parametrize("who", ["member", "other", "administrator", "service"])
def test_each_caller_gets_what_is_due(row: Operation, who: str) -> None:
    firm = Firm()
    caller = {
        "member": firm.ada,
        "other": firm.cleo,
        "administrator": firm.root,
        "service": firm.importer,
    }[who]
    before = build.everything()

    response = caller.call(row.method, firm.path(row), firm.body(row))

    expected = getattr(row, who)
    assert response.status_code == expected, response.content
    if expected >= 400:
        assert read(response)["status"] == expected
        assert build.everything() == before
