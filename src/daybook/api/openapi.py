"""The API described for programs: OpenAPI, complete with every way an operation can say no."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from daybook.api.surface import api

PREFIX = "/api/v1/"
_SUCCESS = {
    "200": "What was asked for.",
    "201": "It was made; Location is its address.",
    "202": "It will be done; Location is where to look.",
    "204": "It is done.",
}
_PROBLEMS = {
    "400": "The body is not JSON.",
    "401": "The token is missing or opens nothing.",
    "403": "The caller may see this, but not do it.",
    "404": "There is nothing here, or nothing the caller may see.",
    "409": "It was changed meanwhile, or is not in a state for this.",
    "411": "The body came in chunks, without a Content-Length.",
    "413": "The body has more than 1 MiB.",
    "415": "The body is not declared as JSON.",
    "422": "What was sent cannot be accepted; `errors` names each field.",
    "429": "Too many tests in a minute.",
    "503": "The database is busy; nothing was done. Try again after Retry-After seconds.",
}
_HAS_BODY = frozenset({"400", "411", "413", "415"})
_SCHEMA = {
    "type": "object",
    "description": "A refusal (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "The name of the status."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, for people."},
        "code": {"type": "string", "description": "What is wrong, for programs."},
        "errors": {
            "type": "array",
            "description": "With 422: what is wrong with each field.",
            "items": {
                "type": "object",
                "required": ["field", "code", "sentence"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "sentence": {"type": "string"},
                },
            },
        },
        "missing": {
            "type": "array",
            "description": "With 422 of diary_sync: the criteria that are not met.",
            "items": {"type": "string"},
        },
        "revision": {"type": "integer", "description": "With 409: the revision it has now."},
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request with the same key acts once: for 48 hours it gets the first "
    "answer again, marked Idempotency-Replayed: true.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag you have read; 409 if it is another now.",
    "schema": {"type": "string"},
}


@csrf_exempt
@require_safe
def description(_: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI document; no token is needed to read it."""
    return HttpResponse(_bytes(), content_type="application/json")


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document of the whole API."""
    found: dict[str, Any] = orjson.loads(
        orjson.dumps(
            dict(api.get_openapi_schema(path_prefix=PREFIX)), option=orjson.OPT_NON_STR_KEYS
        )
    )
    found["components"]["schemas"]["Problem"] = _SCHEMA
    for item in found["paths"].values():
        for method, operation in item.items():
            _complete(method, operation)
    return found


@cache
def _bytes() -> bytes:
    return orjson.dumps(document())


def _complete(method: str, operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        response["description"] = _SUCCESS[status]
    takes_body = "requestBody" in operation
    for status, sentence in _PROBLEMS.items():
        if _can_say(status, method, operation, takes_body=takes_body):
            operation["responses"][status] = {
                "description": sentence,
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            }
    if method == "post":
        operation["parameters"].append(_KEY)
    if method in ("patch", "delete"):
        operation["parameters"].append(_IF_MATCH)


def _can_say(status: str, method: str, operation: dict[str, Any], *, takes_body: bool) -> bool:
    if status in _HAS_BODY:
        return takes_body
    if status in ("403", "409"):
        return method != "get"
    if status == "422":
        return method != "get" or bool(operation["parameters"])
    if status == "429":
        return str(operation["operationId"]) == "testMailAccount"
    return True
