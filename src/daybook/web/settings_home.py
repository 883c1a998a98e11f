"""System Settings: where everything is set, each line with a live fact."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render

from daybook.entries.models import DiaryEntryType
from daybook.ledger.models import Calendar, CalendarState
from daybook.people import service
from daybook.people.models import Person
from daybook.web.access import PersonRequest, page


@page("GET")
def home(request: PersonRequest) -> HttpResponse:
    """Show the groups of settings this person may open."""
    return render(
        request,
        "settings/home.html",
        {
            "section": "settings",
            "types": DiaryEntryType.objects.aggregate(
                all=Count("pk"), synchronising=Count("pk", filter=Q(synchronise=True))
            ),
            "people": Person.objects.filter(is_active=True).aggregate(
                all=Count("pk"), synchronising=Count("pk", filter=Q(diary_sync=True))
            ),
            "problems": Calendar.objects.filter(state=CalendarState.PROBLEM).count(),
            "service": service.the(),
        },
    )
