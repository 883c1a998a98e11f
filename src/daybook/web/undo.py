"""Undo: each change can be taken back by the browser that made it, quietly while nothing has left.

Once calendars have been told, undoing sends them a second update, and the button says so first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, ngettext

from daybook.entries import undoing
from daybook.entries.models import DiaryEntry
from daybook.entries.undoing import Former
from daybook.ledger.models import Calendar, CalendarState
from daybook.people.faults import InvalidInput, NotAllowed, Stale, Words
from daybook.sync import explain
from daybook.web.access import PersonRequest, page, wants_json
from daybook.web.back import back

# What this browser may still take back, newest last: {"entry", "revision", "former"}.
KEY = "undo"
MOST = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """The newest change that can be undone: where, what the button says, and whom it reached.

    `reached` is "" while calendars have not been told.
    """

    address: str
    label: str
    title: str
    reached: str


def said(request: PersonRequest, entry: DiaryEntry, outcome: Words, former: Former | None) -> None:
    """Say what was done to `entry`, whom it reaches and when; offer to undo it.

    `former` is the version before, None if there was none. The message's extra tag is the address
    that undoes the change, "" if it did not change anything. `outcome` is the sentence for its
    title.
    """
    remember(request, entry, former)
    sentence = " ".join(filter(None, (outcome % {"title": entry.title}, reached(entry))))
    messages.success(request, sentence, extra_tags=address(request, entry))


def remember(request: PersonRequest, entry: DiaryEntry, former: Former | None) -> None:
    """Let this browser undo the newest change of `entry`; `former` is the version before it."""
    remembered = {
        "entry": entry.pk,
        "revision": entry.revision,
        "former": former.to_json() if former else None,
    }
    kept = [each for each in _remembered(request) if each["entry"] != entry.pk]
    request.session[KEY] = [*kept, remembered][-MOST:]


def address(request: PersonRequest, entry: DiaryEntry, *, again: bool = False) -> str:
    """Return where the newest change of `entry` is undone, "" if it is not this browser's.

    `again`: calendars were told of it, and being told once more is agreed to.
    """
    if not _find(request, entry.pk, entry.revision):
        return ""
    where = reverse("undo_entry", args=[entry.pk, entry.revision])
    return f"{where}?again=1" if again else where


def offer(request: PersonRequest) -> Offer | None:
    """Return the newest change this browser may undo, None if somebody changed it since."""
    remembered = _remembered(request)
    if not remembered:
        return None
    newest = remembered[-1]
    entry = DiaryEntry.objects.filter(pk=newest["entry"], revision=newest["revision"]).first()
    if entry is None:
        return None
    told = undoing.told_of(entry)
    return Offer(address(request, entry, again=told > 0), _label(told), entry.title, _heard(told))


def offered(request: HttpRequest) -> dict[str, object]:
    """Return `undo_offer` for templates, asked only where it is shown."""
    return {"undo_offer": SimpleLazyObject(lambda: offer(request))}  # type: ignore[arg-type]


@page("POST")
def undo(request: PersonRequest, entry_id: int, revision: int) -> HttpResponse:
    """Put back what was there before a change this browser made; a script gets JSON."""
    found = _find(request, entry_id, revision)
    if found is None:
        return _refused(request, gettext("There is nothing to undo any more."))
    former = Former(**found["former"]) if found["former"] else None
    try:
        entry = undoing.put_back(
            entry_id,
            former,
            by=request.user,
            undone=revision,
            now=timezone.now(),
            tell_again="again" in request.GET,
        )
    except undoing.TooLate:
        # Kept: whoever agrees to the second update can still undo it.
        return _told_already(request, DiaryEntry.objects.get(pk=entry_id))
    except NotAllowed as no:
        answer = _refused(request, no.sentence)
    except Stale:
        answer = _refused(request, gettext("Not undone: somebody changed this entry since."))
    except InvalidInput as trouble:
        sentences = " ".join(fault.sentence for fault in trouble.faults)
        answer = _refused(request, gettext("Not undone: %(why)s") % {"why": sentences})
    else:
        answer = _undone(request, entry, taken_back=former is None)
    request.session[KEY] = [each for each in _remembered(request) if each != found]
    return answer


def reached(entry: DiaryEntry) -> str:
    """Return whose calendars hear of the newest change and when, "" if none does."""
    now = timezone.now()
    number = sum(
        row.state == CalendarState.WAITING and not row.in_step
        for row in explain.calendars(entry, now)
    )
    if not number:
        return ""
    if not settings.DAYBOOK.quiet_seconds:
        return ngettext(
            "%(number)d calendar will be updated now.",
            "%(number)d calendars will be updated now.",
            number,
        ) % {"number": number}
    return ngettext(
        "%(number)d calendar will be updated in %(seconds)d s.",
        "%(number)d calendars will be updated in %(seconds)d s.",
        number,
    ) % {"number": number, "seconds": _seconds_left(entry, now)}


def _label(told: int) -> str:
    return gettext("Undo (sends a second update)") if told else gettext("Undo")


def _heard(told: int) -> str:
    if not told:
        return ""
    return ngettext(
        "%(number)d calendar has been updated.", "%(number)d calendars have been updated.", told
    ) % {"number": told}


def _undone(request: PersonRequest, entry: DiaryEntry, *, taken_back: bool) -> HttpResponse:
    outcome = (
        gettext("“%(title)s” is taken back.")
        if taken_back
        else gettext("“%(title)s” is as it was before.")
    )
    sentence = " ".join(filter(None, (outcome % {"title": entry.title}, reached(entry))))
    if wants_json(request):
        return JsonResponse({"said": sentence, "undo": None})
    messages.success(request, sentence)
    return redirect(back(request))


def _told_already(request: PersonRequest, entry: DiaryEntry) -> HttpResponse:
    sentence = gettext("Not undone yet: calendars have been told. Undoing sends a second update.")
    again = address(request, entry, again=True)
    if wants_json(request):
        return JsonResponse({"said": sentence, "undo": again}, status=409)
    messages.warning(request, sentence, extra_tags=again)
    return redirect(back(request))


def _refused(request: PersonRequest, sentence: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"said": sentence, "undo": None}, status=409)
    messages.error(request, sentence)
    return redirect(back(request))


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
