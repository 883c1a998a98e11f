"""The sync log: every message and what became of it, and why nothing was sent."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, CalendarState, LogLine
from daybook.people.models import Person
from daybook.sync import deliveries
from daybook.sync.sentences import state_sentence
from daybook.web.access import PersonRequest, page

LINES = 50
HOW = {"REQUEST": "Invitation", "CANCEL": "Cancellation"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the log as the reader sees it."""

    line: LogLine
    title: str
    to: str
    how: str
    state: CalendarState
    sentence: str
    resendable: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page asks for; what it cannot mean is left out."""

    state: str | None
    person: int | None
    entry: int | None
    before: int | None

    @classmethod
    def read(cls, request: PersonRequest) -> Asked:
        state = request.GET.get("state", "")
        return cls(
            state if state in CalendarState.values else None,
            *(_id(request.GET.get(name, "")) for name in ("person", "entry", "before")),
        )


@page("GET")
def log(request: PersonRequest) -> HttpResponse:
    """Show the newest lines that are asked for, fifty at a time."""
    asked = Asked.read(request)
    lines = deliveries.lines(entry=asked.entry, person=asked.person, state=asked.state)
    if asked.before is not None:
        lines = lines.filter(pk__lt=asked.before)
    found = list(lines[: LINES + 1])
    return render(
        request,
        "sync_log.html",
        {
            "section": "sync_log",
            "asked": asked,
            "shown": _shown(found[:LINES], request.user),
            "older": _older(asked, found[LINES - 1]) if len(found) > LINES else "",
            "states": CalendarState.choices,
            "people": Person.objects.order_by("forename", "surname", "pk"),
            "entry": DiaryEntry.objects.filter(pk=asked.entry).first() if asked.entry else None,
        },
    )


@page("POST")
def resend(request: PersonRequest, line_id: int) -> HttpResponse:
    """Send the message of a line again."""
    try:
        deliveries.resend(min(line_id, 2**63 - 1), by=request.user, now=timezone.now())
    except LogLine.DoesNotExist:
        raise Http404 from None
    except deliveries.CannotResend as no:
        messages.error(request, no.sentence)
    else:
        messages.success(request, "It is on its way again.")
    return redirect("sync_log")


def _shown(lines: list[LogLine], reader: Person) -> list[Shown]:
    entries = DiaryEntry.objects.in_bulk({line.entry_id for line in lines})
    people = Person.objects.in_bulk({line.person_id for line in lines if line.person_id})
    newest = dict(
        Calendar.objects.filter(pk__in={line.calendar_id for line in lines}).values_list(
            "pk", "parcel_id"
        )
    )
    shown = []
    for line in lines:
        entry, person = entries.get(line.entry_id), people.get(line.person_id or 0)
        state = CalendarState(line.state)
        name = person.name if person else ""
        shown.append(
            Shown(
                line=line,
                title=entry.title if entry else "An entry that is gone",
                to=name or (line.address if reader.is_administrator else "A former address"),
                how=_how(line),
                state=state,
                sentence=state_sentence(state, line.reason),
                resendable=line.parcel_id is not None
                and newest.get(line.calendar_id) == line.parcel_id,
            )
        )
    return shown


def _how(line: LogLine) -> str:
    if line.parcel_id is None:
        return "–"
    how = HOW.get(line.method, "File")
    return f"{how}, version {line.sequence}" if line.sequence else how


def _older(asked: Asked, last: LogLine) -> str:
    parts = {"state": asked.state, "person": asked.person, "entry": asked.entry, "before": last.pk}
    return "?" + urlencode({name: part for name, part in parts.items() if part is not None})


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
