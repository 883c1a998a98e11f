"""How a test message fared, for whoever asked for it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from daybook.people.models import MailTest
from daybook.web.access import PersonRequest, page


@page("GET")
def steps(request: PersonRequest, test_id: int) -> HttpResponse:
    """Show the steps of a test this person asked for; others' tests do not exist."""
    test = get_object_or_404(MailTest, pk=min(test_id, 2**63 - 1), asked_by=request.user)
    return render(request, "settings/mail_test.html", {"section": "settings", "test": test})
