"""What every template may know of the installation."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def installation(_: HttpRequest) -> dict[str, object]:
    """Return `quiet_seconds`, the wait before an edit is mailed."""
    return {"quiet_seconds": settings.DAYBOOK.quiet_seconds}
