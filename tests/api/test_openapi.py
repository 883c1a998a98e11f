"""The description of the API is complete and true."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.api.operations import OPERATIONS, Firm, Operation

from daybook.api import openapi

DOCUMENT = openapi.document()
DESCRIBED = [
    pytest.param(operation, method, id=operation["operationId"])
    for item in DOCUMENT["paths"].values()
    for method, operation in item.items()
]


def test_the_description_needs_no_token() -> None:
    response = Client().get("/api/v1/openapi.json")

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json() == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1")


def test_the_description_can_only_be_read() -> None:
    response = Client(enforce_csrf_checks=True).post("/api/v1/openapi.json")

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("operation", "method"), DESCRIBED)
def test_every_operation_says_what_it_does_takes_and_answers(
    operation: dict[str, Any], method: str
) -> None:
    assert operation["description"].endswith(".")
    assert operation["security"] == [{"BearerToken": []}]
    assert {"401", "503"} <= operation["responses"].keys()
    for status, response in operation["responses"].items():
        assert response["description"].endswith("."), status
        if status >= "400":
            assert set(response["content"]) == {"application/problem+json"}
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert ("Idempotency-Key" in names) == (method == "post")
    if "requestBody" in operation:
        assert {"400", "413", "415", "422"} <= operation["responses"].keys()


def test_every_reference_leads_somewhere() -> None:
    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            inner = set().union(*map(references, part.values()), set())
            return inner | ({part["$ref"]} if "$ref" in part else set())
        return set().union(*map(references, part), set()) if isinstance(part, list) else set()

    named = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert references(DOCUMENT) <= named


@pytest.mark.django_db
@pytest.mark.parametrize("row", OPERATIONS, ids=str)
def test_every_answer_has_a_status_and_exactly_the_fields_described(row: Operation) -> None:
    firm = Firm()
    described = DOCUMENT["paths"]["/api/v1" + row.path][row.method.lower()]["responses"]

    for caller in (firm.root, firm.ada, firm.cleo):
        response = caller.call(row.method, firm.path(row), firm.body(row))
        assert str(response.status_code) in described
        content = described[str(response.status_code)].get("content", {})
        media = response.headers.get("Content-Type", "").partition(";")[0]
        assert media in content or response.status_code == 204
        if media == "application/json":
            assert_matches(response.json(), content[media]["schema"])
            break


def assert_matches(value: Any, schema: dict[str, Any]) -> None:
    """Assert that `value` has exactly the names the schema requires, all the way down."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    if "anyOf" in schema:
        fitting = [choice for choice in schema["anyOf"] if fits(value, choice)]
        assert fitting, (value, schema)
        return
    if isinstance(value, dict):
        assert set(value) == set(schema["properties"]) == set(schema["required"])
        for name, inner in value.items():
            assert_matches(inner, schema["properties"][name])
    elif isinstance(value, list):
        assert schema["type"] == "array"
        for inner in value:
            assert_matches(inner, schema["items"])
    else:
        kinds = {str: "string", bool: "boolean", int: "integer", type(None): "null"}
        assert schema["type"] == kinds[type(value)]
        assert value in schema.get("enum", [value])


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Return whether `assert_matches` would accept."""
    try:
        assert_matches(value, schema)
    except AssertionError:
        return False
    return True
