"""The sync log: every message and what became of it, and why nothing was sent."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from daybook.ledger.models import CalendarState, LogLine
from daybook.web.access import PersonRequest, page


@page("GET")
def log(request: PersonRequest) -> HttpResponse:
    lines = LogLine.objects.order_by("-id")[:100]
    return render(request, "sync_log.html", {"section": "sync_log", "lines": lines})


@page("POST")
def resend(request: PersonRequest, line_id: int) -> HttpResponse:
    return HttpResponse(status=404)
