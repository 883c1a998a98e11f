""" "Why is this (not) in my calendar?": the conditions in order, and what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext

from daybook.calendaring.plan import GateCode
from daybook.entries import changing
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import CalendarState
from daybook.people.models import Person
from daybook.sync import explain
from daybook.sync.explain import GateShown, Why
from daybook.web.access import PersonRequest, page
from daybook.web.clock import say, say_day
from daybook.web.entry_pages import assigned_to, find
from daybook.web.mending import Mend, details_of, mend_of, sender_of

STEPS = {
    "invite": gettext_lazy("An invitation"),
    "update": gettext_lazy("An update"),
    "withdraw": gettext_lazy("A cancellation"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One gate, and the page that opens it: None if it is open or this reader cannot."""

    gate: GateShown
    mend: Mend | None


@page("GET")
def why(request: PersonRequest, entry_id: int, person_id: int) -> HttpResponse:
    """Explain where one person's calendar stands with one entry."""
    entry = find(entry_id)
    person = (
        Person.objects.select_related("mail_account").filter(pk=person_id).first()
        if person_id < 2**63
        else None
    )
    if person is None:
        raise Http404
    now = timezone.now()
    found = explain.why(entry, person, now)
    on_it = {assigned.pk for assigned in assigned_to(entry)}
    may_change = changing.may_change(entry, request.user, on_it)
    problem = mend_of(found.shown, request.user)
    conditions = [
        Condition(
            gate,
            None
            if gate.holds
            else mend_gate(gate, entry, person, request.user, may_change=may_change),
        )
        for gate in found.shown.gates
    ]
    return render(
        request,
        "entries/why.html",
        {
            "section": "diary",
            "entry": entry,
            "person": person,
            "own": person == request.user,
            "in_calendar": found.told is not None,
            "why": found,
            "conditions": conditions,
            "problem": None if problem in [each.mend for each in conditions] else problem,
            "next": what_next(found, now),
            "sees_server": request.user.is_administrator or person == request.user,
        },
    )


def mend_gate(
    gate: GateShown, entry: DiaryEntry, person: Person, reader: Person, *, may_change: bool
) -> Mend | None:
    """Return the page on which `reader` can open a closed gate, None if there is none."""
    match gate.gate:
        case GateCode.ENTRY_OPEN | GateCode.ASSIGNED | GateCode.NOT_OVER if may_change:
            return Mend(
                entry.get_absolute_url(), gettext("Open “%(title)s”") % {"title": entry.title}
            )
        case GateCode.TYPE_SYNCHRONISES if reader.is_administrator:
            return Mend(
                reverse("type", args=[entry.type_id]),
                gettext("Type “%(name)s”") % {"name": entry.type.name},
            )
        case GateCode.PERSON_ACTIVE | GateCode.DIARY_SYNC | GateCode.ADDRESS:
            return details_of(person.pk, person.name, reader)
        case GateCode.SENDER if may_change:
            return sender_of(reader)
        case _:
            return None


def what_next(why: Why, now: datetime) -> str:
    """Return the next thing that will happen to this calendar, as a sentence."""
    shown = why.shown
    if shown.reason == "released":
        said = gettext("Nothing, until the entry is changed.")
    elif why.step:
        said = _owed(why, now)
    elif shown.state == CalendarState.WAITING:
        said = gettext("The message is on its way.")
    elif any(gate.gate == GateCode.NOT_OVER and not gate.holds for gate in shown.gates):
        said = gettext("Nothing: the entry is over.")
    elif shown.state == CalendarState.SENT:
        said = gettext("Nothing: it was told how the entry is. A change is mailed %(when)s.") % {
            "when": _quiet()
        }
    elif all(gate.holds for gate in shown.gates):
        said = gettext("An invitation is mailed %(when)s.") % {"when": _quiet()}
    else:
        said = gettext("Nothing, until every condition above holds. Then an invitation is mailed.")
    return said


def _owed(why: Why, now: datetime) -> str:
    what = STEPS[why.step]
    if any(gate.gate == GateCode.SENDER and not gate.holds for gate in why.shown.gates):
        said = gettext("%(what)s is mailed as soon as somebody can send it.")
    elif why.due_at is None:
        said = gettext(
            "Nothing by itself. %(what)s is tried again when the entry or the address changes, "
            "or when somebody presses Resend in the sync log."
        )
    elif why.shown.state == CalendarState.PROBLEM:
        said = gettext("%(what)s is mailed as soon as the mail account works again.")
    else:
        said = gettext("%(what)s is mailed %(when)s.")
        return said % {"what": what, "when": _when(why.due_at, now)}
    return said % {"what": what}


def _when(at: datetime, now: datetime) -> str:
    seconds = round((at - now).total_seconds())
    if seconds <= 0:
        return gettext("now")
    if seconds < 120:
        return ngettext("in %(number)d second", "in %(number)d seconds", seconds) % {
            "number": seconds
        }
    local, today = timezone.localtime(at), timezone.localtime(now)
    if local.date() == today.date():
        return gettext("at %(time)s") % {"time": say(local)}
    return gettext("on %(day)s at %(time)s") % {"day": say_day(local), "time": say(local)}


def _quiet() -> str:
    seconds = settings.DAYBOOK.quiet_seconds
    if not seconds:
        return gettext("as soon as it is saved")
    return gettext("%(seconds)s seconds after it is saved") % {"seconds": f"{seconds:g}"}
