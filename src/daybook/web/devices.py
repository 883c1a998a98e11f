"""Browsers that have signed in as somebody before, by a cookie that opens nothing.

All it does is let its bearer be counted by itself when somebody else tries passwords.
"""

from __future__ import annotations

import hmac
import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from daybook.people.models import Person

COOKIE = "__Host-devices" if settings.DAYBOOK.secure else "daybook_devices"
_SALT = "daybook.web.devices"
_A_YEAR = 365 * 24 * 3600
# Of a machine several people use, the last ones.
_MOST = 5


def of(request: HttpRequest, username: str) -> str:
    """Return the name this browser has with the person, "" if it never signed in as them."""
    whose = _digest(username)
    return next((name for them, name in _read(request) if hmac.compare_digest(them, whose)), "")


def remember(request: HttpRequest, response: HttpResponseBase, person: Person) -> None:
    """Let the answer's browser be known as one that signed in as `person`."""
    whose = _digest(person.username)
    name = of(request, person.username) or secrets.token_urlsafe(16)
    others = [pair for pair in _read(request) if pair[0] != whose]
    response.set_cookie(
        COOKIE,
        signing.dumps([(whose, name), *others][:_MOST], salt=_SALT),
        max_age=_A_YEAR,
        secure=settings.DAYBOOK.secure,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> list[tuple[str, str]]:
    try:
        pairs = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_A_YEAR)
    except signing.BadSignature:
        return []
    return [(str(whose), str(name)) for whose, name in pairs]


def _digest(username: str) -> str:
    return salted_hmac(_SALT, username.strip().casefold(), algorithm="sha256").hexdigest()
