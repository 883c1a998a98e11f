"""The sync log: every message and what became of it, and why nothing was sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext

from daybook.entries.models import DiaryEntry
from daybook.ledger.models import CalendarState, LogLine
from daybook.people.models import Person
from daybook.sync import deliveries
from daybook.sync.sentences import state_sentence
from daybook.web.access import PersonRequest, page

LINES = 50
LONGEST_TITLE = 200
FILE = gettext_lazy("File")
HOW = {"REQUEST": gettext_lazy("Invitation"), "CANCEL": gettext_lazy("Cancellation")}
# Nobody's days lie outside these, and the day after the last one still exists.
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the log as the reader sees it.

    `refusal` says why a message cannot be sent again, "" where it can; `sent` is whether there
    is a message at all.
    """

    line: LogLine
    title: str
    to: str
    how: str
    state: CalendarState
    sentence: str
    server_reply: str
    sent: bool
    refusal: str
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page asks for; what it cannot mean is left out.

    `first` and `last` are days of the reader, both included.
    """

    state: str | None = None
    person: int | None = None
    entry: int | None = None
    title: str = ""
    first: date | None = None
    last: date | None = None
    before: int | None = None

    @classmethod
    def read(cls, request: PersonRequest) -> Asked:
        state = request.GET.get("state", "")
        return cls(
            state=state if state in CalendarState.values else None,
            person=_id(request.GET.get("person", "")),
            entry=_id(request.GET.get("entry", "")),
            title=_words(request.GET.get("title", "")),
            first=_date(request.GET.get("first", "")),
            last=_date(request.GET.get("last", "")),
            before=_id(request.GET.get("before", "")),
        )

    @property
    def filtered(self) -> bool:
        """Return whether anything but the place in the log is asked for."""
        return replace(self, before=None) != Asked()

    @property
    def query(self) -> str:
        """Return the query that asks for this again, "" for everything."""
        parts = {name: getattr(self, name) for name in self.__slots__}
        query = urlencode({name: part for name, part in parts.items() if part})
        return f"?{query}" if query else ""

    @property
    def newest(self) -> str:
        """Return the query that asks for the first page of this."""
        return replace(self, before=None).query


@page("GET")
def log(request: PersonRequest) -> HttpResponse:
    """Show the newest lines that are asked for, fifty at a time."""
    asked = Asked.read(request)
    lines = deliveries.lines(
        entry=asked.entry,
        person=asked.person,
        state=asked.state,
        title=asked.title,
        since=_midnight(asked.first) if asked.first else None,
        until=_midnight(asked.last + timedelta(days=1)) if asked.last else None,
    )
    if asked.before is not None:
        lines = lines.filter(pk__lt=asked.before)
    found = list(lines[: LINES + 1])
    older = replace(asked, before=found[LINES - 1].pk).query if len(found) > LINES else ""
    return render(
        request,
        "sync_log.html",
        {
            "section": "sync_log",
            "asked": asked,
            "shown": _shown(found[:LINES], request.user),
            "older": older,
            "states": CalendarState.choices,
            "people": Person.objects.order_by("forename", "surname", "pk"),
            "entry": DiaryEntry.objects.filter(pk=asked.entry).first() if asked.entry else None,
            **_problems(asked, request.user),
        },
    )


@page("POST")
def resend(request: PersonRequest, line_id: int) -> HttpResponse:
    """Send the message of a line again, and show the same lines."""
    try:
        deliveries.resend(min(line_id, 2**63 - 1), by=request.user, now=timezone.now())
    except LogLine.DoesNotExist:
        raise Http404 from None
    except deliveries.CannotResend as no:
        messages.error(request, no.sentence)
    else:
        messages.success(request, gettext("It is on its way again."))
    return _back(request)


@page("POST")
def resend_problems(request: PersonRequest, person_id: int) -> HttpResponse:
    """Send again all that could not be sent to a person, and say how much that was."""
    person = Person.objects.filter(pk=min(person_id, 2**63 - 1)).first()
    if person is None:
        raise Http404
    outcome = deliveries.resend_problems(person.pk, by=request.user, now=timezone.now())
    if outcome.resent:
        said = ngettext(
            "%(number)d message is on the way to %(name)s again.",
            "%(number)d messages are on the way to %(name)s again.",
            outcome.resent,
        )
        messages.success(request, said % {"number": outcome.resent, "name": person.name})
    else:
        said = gettext("There was nothing to send to %(name)s again.")
        messages.info(request, said % {"name": person.name})
    if outcome.left:
        said = ngettext(
            "%(number)d problem is left.", "%(number)d problems are left.", outcome.left
        )
        messages.warning(request, said % {"number": outcome.left})
    return _back(request)


def _back(request: PersonRequest) -> HttpResponse:
    return redirect(reverse("sync_log") + Asked.read(request).query)


def _problems(asked: Asked, reader: Person) -> dict[str, object]:
    """Return whose problems can be sent again at once, and how many they are."""
    person_id = asked.person or (None if reader.is_administrator else reader.pk)
    if person_id is None or not (reader.is_administrator or person_id == reader.pk):
        return {}
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        return {}
    return {"whose": person, "problems": deliveries.problems_of(person.pk, timezone.now()).count()}


def _shown(lines: list[LogLine], reader: Person) -> list[Shown]:
    entries = DiaryEntry.objects.in_bulk({line.entry_id for line in lines})
    people = Person.objects.in_bulk({line.person_id for line in lines if line.person_id})
    standings = deliveries.standings(lines)
    refusals = deliveries.refusals(lines, by=reader, now=timezone.now())
    shown = []
    for line in lines:
        entry, person = entries.get(line.entry_id), people.get(line.person_id or 0)
        standing = standings[line.pk]
        name = person.name if person else ""
        shown.append(
            Shown(
                line=line,
                title=entry.title if entry else gettext("An entry that is gone"),
                to=name
                or (line.address if reader.is_administrator else gettext("A former address")),
                how=_how(line),
                state=standing.state,
                sentence=state_sentence(standing.state, standing.reason),
                server_reply=standing.server_reply,
                sent=line.parcel_id is not None,
                refusal=_held_back(line, standing) or refusals[line.pk],
                why=_why(entry, person),
            )
        )
    return shown


def _held_back(line: LogLine, standing: deliveries.Standing) -> str:
    """Return why a message that waits for a held account cannot be hurried."""
    if standing.state == CalendarState.PROBLEM and line.state == CalendarState.WAITING:
        return gettext("It goes by itself as soon as its mail account sends again.")
    return ""


def _why(entry: DiaryEntry | None, person: Person | None) -> str:
    if entry is None or entry.deleted_at is not None or person is None:
        return ""
    return reverse("why", args=[entry.pk, person.pk])


def _how(line: LogLine) -> str:
    if line.parcel_id is None:
        return "–"
    how = str(HOW.get(line.method, FILE))
    if not line.sequence:
        return how
    return gettext("%(how)s, version %(number)d") % {"how": how, "number": line.sequence}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def _words(text: str) -> str:
    return text.replace("\0", "").strip()[:LONGEST_TITLE]
