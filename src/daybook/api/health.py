"""Whether everything that keeps calendars current is up, for whoever watches over it."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from daybook.api.answers import answer
from daybook.sync.models import WorkerBeat

# A worker says so every ten seconds; three in a row may not be missed.
SILENCE = timedelta(seconds=30)


@require_safe
def healthz(_: HttpRequest) -> HttpResponse:
    """Answer 200 when web, database and worker are up, else 503; either names each part."""
    try:
        seen_at = WorkerBeat.objects.aggregate(last=Max("seen_at"))["last"]
        parts = {"web": "up", "database": "up"}
        alive = seen_at is not None and timezone.now() - seen_at <= SILENCE
        parts["worker"] = "up" if alive else "down"
    except DatabaseError:
        parts = {"web": "up", "database": "down", "worker": "unknown"}
    healthy = set(parts.values()) == {"up"}
    return answer({"healthy": healthy, "parts": parts}, 200 if healthy else 503)
