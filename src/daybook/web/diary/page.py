"""The door of the diary: who may look, what is asked for, what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.gzip import gzip_page

from daybook.entries import reading
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.people.models import Person
from daybook.web import first_run
from daybook.web.access import PersonRequest, page
from daybook.web.calendar_states import Badge, badge_of, badges_of
from daybook.web.diary import boards, last_view, live, side, toolbar
from daybook.web.diary.asked import Asked
from daybook.web.diary.boards import Drawing
from daybook.web.diary.chips import Seen, in_order
from daybook.web.diary.hours import opening, rulers
from daybook.web.diary.slots import classes
from daybook.web.diary.when import DAY, midnight

TEMPLATES = {
    "month": "diary/month.html",
    "week": "diary/timed.html",
    "day": "diary/timed.html",
    "team": "diary/timed.html",
    "team week": "diary/team_week.html",
    "agenda": "diary/agenda.html",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """The slot that shows a newcomer where an entry would be: an hour and a half of a day."""

    date: date
    classes: str = classes(10 * 60, 11 * 60 + 30, lane=0, lanes=1)


@gzip_page
@page("GET")
def diary(request: PersonRequest) -> HttpResponse:
    """Show the entries of some days in the view asked for, or the one last looked at."""
    reader = request.user
    zone = ZoneInfo(reader.timezone)
    now = timezone.now().astimezone(zone).replace(tzinfo=None)
    asked = Asked.read(request.GET, now.date(), reader, last_view=last_view.of(request))
    rows = live.look(asked, zone)
    version = live.version(reader, now.date(), rows)
    if request.headers.get(live.ASKS) == version:
        return HttpResponse(status=204)
    marks = badges_of((row.pk, row.standing) for row in rows)
    seen, firm = look(reader, asked, zone, marks)
    drawing = Drawing(asked, seen, reader, zone, now)
    people, types = firm.active, firm.types
    response = render(
        request,
        "diary/diary.html",
        {
            "section": "diary",
            "asked": asked,
            "template": TEMPLATES[asked.name],
            "version": version,
            **_board(drawing, people),
            **toolbar.about(drawing, people, types),
            **side.about(drawing, people, types),
            **first_run.checklist(request),
        },
    )
    if live.ASKS not in request.headers:
        last_view.remember(request, response, asked.name)
    return response


@dataclass(frozen=True, slots=True)
class Firm:
    """Everybody, also who has left, and all types: what entries are of."""

    people: list[Person]
    types: list[DiaryEntryType]

    @classmethod
    def load(cls) -> Firm:
        people = Person.objects.order_by("forename", "surname", "pk")
        return cls(list(people), list(DiaryEntryType.objects.all()))

    @property
    def active(self) -> list[Person]:
        return [person for person in self.people if person.is_active]


def look(
    reader: Person, asked: Asked, zone: ZoneInfo, marks: Mapping[int, Badge]
) -> tuple[list[Seen], Firm]:
    """Return the entries of the days drawn as the reader sees them, in the order of a list.

    With the firm of that moment, which is read after them: nothing they are of can be missing.
    """
    first, after = asked.shown()
    # A day wider: whole days are the same dates everywhere, at other instants.
    found = reading.window(
        reader,
        midnight(first, zone) - DAY,
        midnight(after, zone) + DAY,
        people=asked.whose,
        types=asked.types,
    )
    on_each = reading.people_on_each(found)
    firm = Firm.load()
    people = {person.pk: person for person in firm.people}
    types = {kind.pk: kind for kind in firm.types}
    # What somebody made since the marks were looked for has none yet.
    unmarked = badge_of(None)
    seen = []
    for entry in found:
        on_it = {person_id: people[person_id] for person_id in on_each[entry.pk]}
        kind, badge = types[entry.type_id], marks.get(entry.pk, unmarked)
        seen.append(Seen.by(reader, zone, entry, kind=kind, on_it=on_it, badge=badge))
    return in_order([each for each in seen if each.first < after and each.after > first]), firm


def _board(drawing: Drawing, people: Sequence[Person]) -> dict[str, Any]:
    asked = drawing.asked
    team = [person for person in people if not asked.people or person.pk in asked.people]
    match asked.name:
        case "month":
            return {"weeks": boards.weeks(drawing)}
        case "agenda":
            return {"days": boards.agenda(drawing)}
        case "team week":
            return {"rows": boards.team_rows(drawing, team), "days": drawing.days}
        case "team":
            columns = boards.team_columns(drawing, team)
        case _:
            columns = boards.columns(drawing)
    return {
        "columns": columns,
        "rulers": rulers(drawing.reader, drawing.days[0]),
        "opening": opening(drawing.reader),
        "sample": _sample(drawing),
    }


def _sample(drawing: Drawing) -> Sample | None:
    """Return where a diary without any entry shows how to begin."""
    if drawing.asked.view != "week" or drawing.seen or DiaryEntry.objects.exists():
        return None
    today = drawing.now.date()
    return Sample(today if today in drawing.days else drawing.days[0])
