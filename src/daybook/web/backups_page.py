"""Backups, for administrators: how old the newest is, and a restored diary's way out again."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from daybook.people.models import AuditLine
from daybook.sync import orphans, quarantine
from daybook.sync.orphans import Orphan
from daybook.web.access import PersonRequest, page
from daybook.web.clock import say


@page("GET", administrators=True)
def backups(request: PersonRequest) -> HttpResponse:
    """Show the newest backup, and what a restored diary is about to do."""
    standing = quarantine.standing()
    listed = orphans.shown() if standing and standing.orphans else []
    return render(
        request,
        "settings/backups.html",
        {
            "section": "settings",
            "newest": newest_backup(),
            "standing": standing,
            "orphans": [(each, when(each)) for each in listed],
        },
    )


@page("POST", administrators=True)
def release(request: PersonRequest) -> HttpResponse:
    """Let the restored diary send again."""
    try:
        released = quarantine.release(by=request.user, now=timezone.now())
    except quarantine.NotRead:
        messages.error(
            request,
            gettext("The sent journal was not read yet: run “daybook quarantine” where it is."),
        )
        return redirect("backups")
    if released:
        messages.success(request, gettext("Released. What waits is sent from now on."))
    return redirect("backups")


@page("POST", administrators=True)
def take_back(request: PersonRequest) -> HttpResponse:
    """Let entries be cancelled that stand in calendars and not in the diary."""
    number = orphans.take_back(by=request.user, now=timezone.now())
    if number:
        sentence = ngettext(
            "%(number)d calendar will be told that its entry is gone.",
            "%(number)d calendars will be told that their entries are gone.",
            number,
        )
        messages.success(request, sentence % {"number": number})
    return redirect("backups")


def newest_backup() -> datetime | None:
    """Return when `daybook backup` last made one, None if it never did."""
    made = AuditLine.objects.filter(what="backup_made").order_by("-pk")
    return made.values_list("at", flat=True).first()


def when(orphan: Orphan) -> str:
    """Return when an orphan is, in the reader's zone and clock; whole days as they stand."""
    span = orphan.span
    if span.all_day:
        return date_format(span.start.wall, "j F Y")
    start = span.starts_at().astimezone(ZoneInfo(timezone.get_current_timezone_name()))
    return f"{date_format(start, 'j F Y')}, {say(start)}"
