"""Undo: after each change a message offers to take it back, as long as nothing has left."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from daybook.entries import undoing
from daybook.entries.models import DiaryEntry
from daybook.entries.undoing import Former
from daybook.ledger.models import Calendar, CalendarState
from daybook.people.faults import InvalidInput, NotAllowed, Stale
from daybook.sync import explain
from daybook.web.access import PersonRequest, page

# What this browser may still take back, newest last: {"entry", "revision", "former"}.
KEY = "undo"
MOST = 3

OVER = "There is nothing to undo any more."
CHANGED = "Not undone: somebody changed this entry since."


def said(request: PersonRequest, entry: DiaryEntry, outcome: str, former: Former | None) -> None:
    """Say what was done to `entry`, whom it reaches and when; offer to undo it.

    `former` is the version before, None if there was none. The message's extra tag is the address
    that undoes the change, "" if it did not change anything.
    """
    now = timezone.now()
    remembered = {
        "entry": entry.pk,
        "revision": entry.revision,
        "former": former.to_json() if former else None,
    }
    kept = [each for each in _remembered(request) if each["entry"] != entry.pk]
    request.session[KEY] = [*kept, remembered][-MOST:]
    messages.success(
        request,
        " ".join(filter(None, (f"“{entry.title}” {outcome}", _reached(entry, now)))),
        extra_tags=address(request, entry),
    )


def address(request: PersonRequest, entry: DiaryEntry) -> str:
    """Return where the newest change of `entry` is undone, "" if it is not this browser's."""
    found = _find(request, entry.pk, entry.revision)
    return reverse("undo_entry", args=[entry.pk, entry.revision]) if found else ""


@page("POST")
def undo(request: PersonRequest, entry_id: int, revision: int) -> HttpResponse:
    """Put back what was there before a change this browser made."""
    found = _find(request, entry_id, revision)
    if found is None:
        messages.error(request, OVER)
        return redirect(_back(request))
    former = Former(**found["former"]) if found["former"] else None
    try:
        entry = undoing.put_back(
            entry_id, former, by=request.user, undone=revision, now=timezone.now()
        )
    except (undoing.TooLate, NotAllowed) as no:
        messages.error(request, no.sentence)
    except Stale:
        messages.error(request, CHANGED)
    except InvalidInput as trouble:
        for fault in trouble.faults:
            messages.error(request, f"Not undone: {fault.sentence}")
    else:
        done = "is as it was before." if former else "is taken back."
        messages.success(request, f"“{entry.title}” {done}")
    request.session[KEY] = [each for each in _remembered(request) if each != found]
    return redirect(_back(request))


def _reached(entry: DiaryEntry, now: datetime) -> str:
    """Return whose calendars hear of it and when, "" if none does."""
    reached = [
        row
        for row in explain.calendars(entry, now)
        if row.state == CalendarState.WAITING and not row.in_step
    ]
    if not reached:
        return ""
    number = len(reached)
    noun = "1 calendar" if number == 1 else f"{number} calendars"
    if not settings.DAYBOOK.quiet_seconds:
        return f"{noun} will be updated now."
    return f"{noun} will be updated in {_seconds_left(entry, now)} s."


def _seconds_left(entry: DiaryEntry, now: datetime) -> int:
    due = (
        Calendar.objects.filter(entry_id=entry.pk, due_at__isnull=False)
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )
    return max(1, math.ceil((due - now).total_seconds())) if due else 1


def _find(request: PersonRequest, entry_id: int, revision: int) -> dict[str, Any] | None:
    wanted = (entry_id, revision)
    return next(
        (each for each in _remembered(request) if (each["entry"], each["revision"]) == wanted), None
    )


def _remembered(request: PersonRequest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = request.session.get(KEY, [])
    return found


def _back(request: PersonRequest) -> str:
    """Return where the change was undone: a page of this diary, by default the first."""
    asked = request.POST.get("back", "")
    here = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(asked, here, require_https=request.is_secure())
    return asked if safe else reverse("diary")
