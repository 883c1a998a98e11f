"""What people see when Daybook itself failed: pages that need no database and no session."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext_lazy

RETRY_AFTER_SECONDS = 5
BUSY = gettext_lazy("The database is busy or not there; nothing was done. Try again in a moment.")
BROKEN = gettext_lazy("Daybook made a mistake. It has been written to the log.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a request that broke: 503 if the database did not answer, else 500."""
    busy = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = 503 if busy else 500
    headers = {"Cache-Control": "no-store"}
    if busy:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if request.path_info.startswith("/api/"):
        return _problem(status, headers)
    # Drawn without the request: whoever is signed in would be asked of the database.
    page = loader.get_template(f"{status}.html").render()
    return HttpResponse(page, status=status, headers=headers)


def _problem(status: int, headers: dict[str, str]) -> HttpResponse:
    """Return the failure as a problem (RFC 9457)."""
    busy = status == 503
    members = {
        "type": "about:blank",
        "title": "Service Unavailable" if busy else "Internal Server Error",
        "status": status,
        "detail": str(BUSY if busy else BROKEN),
        "code": "busy" if busy else "our_fault",
    }
    return JsonResponse(
        members, status=status, headers=headers, content_type="application/problem+json"
    )
