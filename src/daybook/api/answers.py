"""Answers: JSON that no cache keeps, and the entity tag that carries a revision."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import orjson
from django.http import HttpResponse

PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def answer(
    value: object, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return `value` as JSON; moments are written as they are, with their offset."""
    return HttpResponse(
        orjson.dumps(value),
        status=status,
        content_type="application/json",
        headers=PRIVATE | dict(headers or {}),
    )


def done() -> HttpResponse:
    """Return 204: it is done and there is nothing to say."""
    response = HttpResponse(status=204, headers=PRIVATE)
    del response.headers["Content-Type"]
    return response


def tag(revision: int) -> str:
    """Return the entity tag of a revision (RFC 9110 section 8.8.3)."""
    return f'"{revision}"'


def content_tag(value: object) -> str:
    """Return the entity tag of something that has no revision: a digest of what it says."""
    return f'"{hashlib.sha256(orjson.dumps(value)).hexdigest()[:32]}"'
