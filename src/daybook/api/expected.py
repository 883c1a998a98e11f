"""What the caller believes it is changing: `revision` in the body, or If-Match."""

from __future__ import annotations

import re

from django.http import HttpRequest

from daybook.people.faults import Stale

_TAGS = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')


def matches(request: HttpRequest, current: str) -> bool:
    """Return whether If-Match names `current` (quoted), is `*`, or was not sent.

    Weak tags never match (RFC 9110 section 13.1.1).
    """
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return True
    return any(not weak and f'"{text}"' == current for weak, text in _TAGS.findall(header))


def revision(request: HttpRequest, in_body: int | None, current: int) -> int | None:
    """Return the revision the caller expects, None if it expects nothing.

    Raises Stale when If-Match or the body already disagree with `current`. The verb compares
    the answer once more with the row it has locked.
    """
    if not matches(request, f'"{current}"'):
        raise Stale(current)
    if in_body is not None and in_body != current:
        raise Stale(current)
    return current if in_body is not None or "If-Match" in request.headers else None
