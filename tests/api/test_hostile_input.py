"""What no client may send: over every field of every operation, never a 500, nothing changed."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.api import build
from tests.api.build import Caller, read
from tests.api.operations import OPERATIONS, Firm, Operation

from daybook.api import openapi

pytestmark = pytest.mark.django_db

HUGE = 10**40
WRONG: dict[str, list[Any]] = {
    "string": [1, 1.5, True, [], ["x"], {}, {"x": 1}, HUGE, "a\0b", "\ud800", "x" * 100_001],
    "integer": ["1", "", 1.5, True, [], [1], {}, -1, 2**63, HUGE, math.nan, math.inf, "\ud800"],
    "boolean": ["true", "", 0, 1, 1.5, [], {}, None, HUGE, math.nan],
    "array": ["", "1", 1, True, {}, [2**63], [0], [-1], ["1"], [1.5], [None], [[1]], [HUGE], [{}]],
    "null": ["", "weekly", 0, 1, False, [], {}, HUGE, math.nan],
    "choice": ["", "nothing", "FULL", 1, True, [], {}, "a\0b", "\ud800"],
}
MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "half an object": b'{"title": "x"',
    "nested deeply": b"[" * 100_000,
    "nested deeply in an object": b'{"title":' * 20_000 + b"1" + b"}" * 20_000,
    "a long number": b'{"title": ' + b"9" * 5000 + b"}",
    "a large number": b'{"title": 1e999}',
    "NaN": b'{"title": NaN}',
    "Infinity": b'{"title": -Infinity}',
    "a name twice": b'{"title": "a", "title": "b"}',
    "half a character": b'{"title": "\\ud800"}',
    "half a character as name": b'{"\\udfff": 1}',
    "not UTF-8": b'{"title": "\xff"}',
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"title": "x"}',
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"1",
    "nothing at all": b"null",
    "single quotes": b"{'title': 'x'}",
    "a comment": b'{"title": "x"} // x',
}
ATTACKS = [
    "Lunch\r\nATTENDEE:mailto:evil@x.test",
    "a\rb",
    "a\nb",
    "a\u2028b\u2029c\u0085d\x0be\x0cf\x1bg\ufffeh",
    "END:VEVENT\nEND:VCALENDAR\nBEGIN:VCALENDAR",
    'Bob";X-A=1:mailto:evil@x',
    "^n^'",
    "javascript:alert(1)",
    "=?utf-8?q?=0d=0aBcc:e@x?=",
    "\r\n.\r\nMAIL FROM:<x>",
    "x" * 3000,
    "x" * 10_001,
    "\U0001f642" * 75,
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% debug %}",
    "' OR 1=1--",
    "../../etc/passwd",
    "\u202etxt.exe",
    "%00%0a",
]

with_body = [row for row in OPERATIONS if row.body is not None]


def operation_of(row: Operation) -> dict[str, Any]:
    """Return what the API says of an operation."""
    item = openapi.document()["paths"]["/api/v1" + row.path]
    described: dict[str, Any] = item[row.method.lower()]
    return described


def fields_of(row: Operation) -> dict[str, dict[str, Any]]:
    """Return the fields the body of an operation may have, from the API's own description."""
    schema = operation_of(row)["requestBody"]["content"]["application/json"]["schema"]
    for choice in schema.get("anyOf", [schema]):
        if "$ref" in choice:
            name = choice["$ref"].rsplit("/", 1)[-1]
            fields: dict[str, dict[str, Any]] = openapi.document()["components"]["schemas"][name][
                "properties"
            ]
            return fields
    raise AssertionError(f"{row} takes no object")


def kind_of(field: dict[str, Any]) -> str:
    """Return the key of WRONG for a field; "" for one that is the server's own."""
    choices = [choice for choice in field.get("anyOf", [field]) if choice.get("type") != "null"]
    if not choices:
        return "null"
    return "choice" if "enum" in choices[0] else str(choices[0].get("type", ""))


with_fields_of_the_server = [
    row for row in with_body if not all(map(kind_of, fields_of(row).values()))
]
# A password is never shown; a test of an account stores no text anybody sees.
EVERY_TEXT = [
    (row, name)
    for row in with_body
    for name, field in fields_of(row).items()
    if kind_of(field) == "string" and name != "password" and row.name != "testMailAccount"
]
EVERY_QUERY = [
    (row, parameter["name"])
    for row in OPERATIONS
    for parameter in operation_of(row)["parameters"]
    if parameter["in"] == "query"
]


def refuses(caller: Caller, row: Operation, path: str, sent: Any) -> Any:
    """Send it, and return the answer: a clear refusal."""
    response = caller.call(row.method, path, sent)
    shown = str(sent)[:80]
    assert 400 <= response.status_code < 500, (shown, response.status_code, response.content)
    assert response["Content-Type"] == "application/problem+json", shown
    assert read(response)["detail"], shown
    assert "Traceback" not in response.content.decode()
    return response


@pytest.mark.parametrize("row", with_body, ids=str)
def test_a_field_of_the_wrong_kind_is_refused_by_name(row: Operation) -> None:
    firm = Firm()
    before = build.everything()

    for field, described in fields_of(row).items():
        for value in WRONG.get(kind_of(described), []):
            body = firm.body(row) | {field: value}
            response = refuses(firm.root, row, firm.path(row), body)
            if response.status_code == 422:
                assert {error["field"] for error in read(response)["errors"]} == {field}, value
        assert build.everything() == before, field


@pytest.mark.parametrize("row", with_fields_of_the_server, ids=str)
def test_what_is_the_servers_own_is_ignored(row: Operation) -> None:
    firm = Firm()
    forged = {name: ["x"] for name, field in fields_of(row).items() if not kind_of(field)}

    response = firm.root.call(row.method, firm.path(row), firm.body(row) | forged)

    assert response.status_code < 300
    shown = read(response)
    assert not [name for name in forged if shown.get(name) == ["x"]]


@pytest.mark.parametrize("row", with_body, ids=str)
def test_a_field_nobody_knows_is_refused_by_name(row: Operation) -> None:
    firm = Firm()
    before = build.everything()

    for name in ("is_superuser", "__class__", "", "Title", "x" * 1000, "a\0b", "deleted_at"):
        body = firm.body(row) | {name: True}
        response = refuses(firm.root, row, firm.path(row), body)
        assert [error["field"] for error in read(response)["errors"]] == [name]
    assert build.everything() == before


@pytest.mark.parametrize("row", with_body, ids=str)
def test_a_body_that_is_not_plain_json_is_refused(row: Operation) -> None:
    firm = Firm()
    before = build.everything()
    needed = operation_of(row)["requestBody"]["required"]

    for what, raw in MALFORMED.items():
        if needed or what not in ("nothing", "nothing at all"):
            response = refuses(firm.root, row, firm.path(row), raw)
            assert response.status_code == 400, what
    assert build.everything() == before


@pytest.mark.parametrize("row", with_body, ids=str)
def test_a_body_in_another_format_or_too_large_is_refused(row: Operation) -> None:
    firm = Firm()
    before, path, sent = build.everything(), firm.path(row), firm.body(row)

    def status(sent: Any, **headers: str) -> int:
        response = firm.root.call(row.method, path, sent, **headers)
        assert response["Content-Type"] == "application/problem+json"
        return int(response.status_code)

    assert status(sent, Content_Type="text/plain") == 415
    assert status(sent, Content_Type="application/x-www-form-urlencoded") == 415
    assert status(sent, Content_Type="multipart/form-data; boundary=x") == 415
    assert status(sent, Content_Encoding="gzip") == 415
    assert status(b'{"title": "' + b"x" * 1_100_000 + b'"}') == 413
    assert build.everything() == before


@pytest.mark.parametrize(("row", "field"), EVERY_TEXT, ids=str)
def test_an_attack_in_a_text_is_plain_text_or_refused(row: Operation, field: str) -> None:
    firm = Firm()

    for attack in ATTACKS:
        response = firm.root.call(row.method, firm.path(row), firm.body(row) | {field: attack})

        if response.status_code >= 300:
            assert response.status_code == 422, (attack, response.content)
        else:
            stored = read(response)[field]
            assert not set(stored) & set("\0\r\x0b\x0c\x1b\x85\u2028\u2029\ufffe"), attack


@pytest.mark.parametrize(("row", "name"), EVERY_QUERY, ids=str)
def test_a_query_nobody_can_mean_is_refused(row: Operation, name: str) -> None:
    firm = Firm()
    before = build.everything()
    wrong = {
        "limit": ["0", "-1", "201", "1e9", "abc", "", str(2**63), "9" * 5000, "1%00"],
        "cursor": [
            "x",
            "!!!",
            "bnVsbA",
            "W10",
            "WzFd" * 60,
            "%00",
            "WyJ4IiwxXQ",
            "Wy0xXQ",
            "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
        ],
        "from": ["x", "2036-13-01", "0001-01-01T00:00%2B14:00", "9" * 50, "%00"],
        "to": ["x", "2036-02-30", "9999-12-31T23:59:59-14:00", "%00", "2036"],
        "q": ["%00", "x" * 10_000],
        "effect": ["", "perhaps", "APPLY", "%00"],
    }
    for value in wrong.get(name, ["0", "-1", "x", "", str(2**63), "9" * 5000, "1,2", "%00"]):
        path = f"{firm.path(row)}?{name}={value}"
        response = refuses(firm.root, row, path, firm.body(row))
        assert response.status_code == 422, value
        assert {error["field"] for error in read(response)["errors"]} == {name}
    response = refuses(firm.root, row, f"{firm.path(row)}?{name}_=1", firm.body(row))
    assert response.status_code == 422
    assert build.everything() == before


def test_a_list_takes_no_names_of_columns() -> None:
    firm = Firm()

    for query in (
        "order_by=creator__password",
        "creator__email__startswith=a",
        "_connector=OR%201=1",
        "fields=*",
    ):
        assert firm.cleo.get(f"/entries?{query}").status_code == 422


@pytest.mark.parametrize("words", ["' OR 1=1--", "10%25", "(z+)+$" * 30, "\\", "_", "\u202e"])
def test_strange_words_find_nothing(words: str) -> None:
    firm = Firm()

    response = firm.cleo.get(f"/entries?q={words}")

    assert (response.status_code, read(response)["items"]) == (200, [])


@pytest.mark.parametrize("row", [row for row in OPERATIONS if "{" in row.path], ids=str)
def test_an_id_that_is_none_leads_nowhere(row: Operation) -> None:
    firm = Firm()
    before = build.everything()
    ids = ("0", "-1", "999999", str(2**63 - 1), str(2**63), "9" * 5000, "x", "1.5", "1%0a", "1%00")

    for name in [name for name in firm.places if f"{{{name}}}" in row.path]:
        for wrong in (*ids, "..", "%2e%2e", "١", "1/", "a" * 10_000):
            path = row.path.format(**firm.places | {name: wrong})
            response = firm.root.call(row.method, path, firm.body(row))
            assert response.status_code == 404, wrong
            assert response["Content-Type"] == "application/problem+json"
    assert build.everything() == before


@pytest.mark.parametrize("row", OPERATIONS, ids=str)
def test_a_method_an_address_does_not_take_is_refused_with_those_it_does(row: Operation) -> None:
    firm = Firm()
    before = build.everything()
    known = {other.method for other in OPERATIONS if other.path == row.path}

    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - known:
        response = firm.root.call(method, firm.path(row), firm.body(row))
        assert response.status_code == 405
        assert response["Content-Type"] == "application/problem+json"
        assert set(response["Allow"].split(", ")) - {"HEAD"} == known
    overridden = firm.root.call("POST", "/entries", None, X_HTTP_Method_Override="DELETE")
    assert overridden.status_code == 400
    assert build.everything() == before
