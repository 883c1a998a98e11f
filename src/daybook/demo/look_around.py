"""Signing a newcomer of the demo in without a password."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from daybook.demo import switch
from daybook.people.models import Person


@require_POST
def look_around(request: HttpRequest) -> HttpResponse:
    """Sign in as the demo's administrator, or as the person named by `person`; demo only."""
    if not switch.is_open_to(request):
        raise Http404
    wanted = request.POST.get("person", "")
    people = Person.objects.filter(is_active=True).order_by("pk")
    if wanted:
        people = people.filter(username=wanted)
    person = people.first()
    if person is None:
        raise Http404
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("diary")
