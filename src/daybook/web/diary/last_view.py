"""The view a browser looked at last, in a cookie: looking at the diary changes nothing in it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "__Host-view" if settings.DAYBOOK.secure else "daybook_view"
_A_YEAR = 365 * 24 * 3600


def of(request: HttpRequest) -> str:
    """Return what `remember` was last given, "" if nothing; whoever sends it may send anything."""
    return request.COOKIES.get(COOKIE, "")


def remember(request: HttpRequest, response: HttpResponse, view: str) -> None:
    """Let the diary open on `view` the next time this browser asks for none."""
    if of(request) != view:
        response.set_cookie(
            COOKIE,
            view,
            max_age=_A_YEAR,
            secure=settings.DAYBOOK.secure,
            httponly=True,
            samesite="Lax",
        )
