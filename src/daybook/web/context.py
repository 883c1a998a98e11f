"""What every template may know of the installation."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from daybook.web import notices, reminder_pages


def installation(_: HttpRequest) -> dict[str, object]:
    """Return `quiet_seconds`, the wait before an edit is mailed."""
    return {"quiet_seconds": settings.DAYBOOK.quiet_seconds}


def problems(request: HttpRequest) -> dict[str, object]:
    """Return `problem_notices`: what is wrong for whoever looks, asked only where it is shown."""
    return {"problem_notices": SimpleLazyObject(lambda: notices.of_request(request))}


def reminders(request: HttpRequest) -> dict[str, object]:
    """Return `due_reminders`: what whoever looks asked to be reminded of, and is due."""
    return {"due_reminders": SimpleLazyObject(lambda: reminder_pages.of_request(request))}
