"""The diary: everybody's entries, by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from daybook.calendaring.event import Span
from daybook.entries import reading
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.people.models import Person, WeekStart
from daybook.web import first_run
from daybook.web.access import PersonRequest, page
from daybook.web.calendar_states import Badge, badges
from daybook.web.clock import say

DAY = timedelta(days=1)
AGENDA_DAYS = 14
VIEWS = {"month": "Month", "week": "Week", "day": "Day", "team": "Team", "agenda": "Agenda"}
# The pages before and after these still lie inside the years a date can have.
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page asks for; anything it cannot mean is left out."""

    view: str
    day: date
    person: int | None = None
    type: int | None = None
    # Of the reader, not of the address: what a week is.
    week_start: WeekStart = WeekStart.MONDAY

    @classmethod
    def read(cls, query: QueryDict, today: date, week_start: WeekStart) -> Asked:
        view = query.get("view", "")
        return cls(
            view if view in VIEWS else "agenda",
            _date(query.get("date", "")) or today,
            _id(query.get("person", "")),
            _id(query.get("type", "")),
            week_start,
        )

    @property
    def address(self) -> str:
        """Return the address that asks for this again."""
        parts = {
            "view": self.view,
            "date": self.day.isoformat(),
            "person": self.person,
            "type": self.type,
        }
        return "?" + urlencode({name: part for name, part in parts.items() if part is not None})

    def span(self) -> tuple[date, date]:
        """Return the first day shown and the day after the last."""
        match self.view:
            case "month":
                return self.day.replace(day=1), _month_after(self.day)
            case "week":
                first = self.day - (self.day.weekday() - self.week_start.weekday) % 7 * DAY
                return first, first + 7 * DAY
            case "day" | "team":
                return self.day, self.day + DAY
            case _:
                return self.day, self.day + AGENDA_DAYS * DAY

    def before(self) -> Asked:
        """Return what the link to the page before asks for."""
        first, after = self.span()
        if self.view == "month":
            return replace(self, day=(first - DAY).replace(day=1))
        return replace(self, day=first - (after - first))

    def after(self) -> Asked:
        """Return what the link to the next page asks for."""
        return replace(self, day=self.span()[1])

    def heading(self) -> str:
        """Return the days shown, as people say them."""
        first, after = self.span()
        last = after - DAY
        if self.view == "month":
            return f"{first:%B %Y}"
        if first == last:
            return f"{first:%A} {first.day} {first:%B %Y}"
        begin = f"{first.day}"
        if first.month != last.month:
            begin += f" {first:%B}"
        if first.year != last.year:
            begin += f" {first.year}"
        return f"{begin} – {last.day} {last:%B %Y}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry on one day, as the reader sees it there."""

    entry: DiaryEntry
    when: str
    elsewhere: str
    people: tuple[Person, ...]
    badge: Badge


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the page and what is on it, in order."""

    date: date
    today: bool
    entries: list[Shown]


@page("GET")
def diary(request: PersonRequest) -> HttpResponse:
    """Show the entries of some days, by day or (`view=team`) by person."""
    zone = ZoneInfo(request.user.timezone)
    today = timezone.now().astimezone(zone).date()
    asked = Asked.read(request.GET, today, WeekStart(request.user.week_start))
    first, after = asked.span()
    entries = list(
        reading.narrowed(
            reading.between(
                reading.visible_to(request.user), _midnight(first, zone), _midnight(after, zone)
            ),
            person_id=asked.person,
            type_id=asked.type,
        )
    )
    marks = badges(entry.pk for entry in entries)
    days = [
        Day(
            day,
            day == today,
            [_shown(entry, day, zone, marks) for entry in on_day(entries, day, zone)],
        )
        for day in (first + n * DAY for n in range((after - first).days))
    ]
    people = list(Person.objects.filter(is_active=True).order_by("forename", "surname", "pk"))
    return render(
        request,
        "diary.html",
        {
            "section": "diary",
            "asked": asked,
            "views": [
                (name, label, replace(asked, view=name).address) for name, label in VIEWS.items()
            ],
            "today_link": replace(asked, day=today).address,
            "days": [day for day in days if day.entries or asked.view in ("week", "day")],
            "columns": _columns(days, people) if asked.view == "team" else None,
            "nothing": not entries,
            "people": people,
            "types": list(DiaryEntryType.objects.all()),
            "zone": request.user.timezone,
            **first_run.checklist(request),
        },
    )


def on_day(entries: list[DiaryEntry], day: date, zone: ZoneInfo) -> list[DiaryEntry]:
    """Return the entries that touch `day` as the clocks of `zone` have it.

    Whole days are the same dates everywhere; they come first.
    """
    begin, end = _midnight(day, zone), _midnight(day + DAY, zone)

    def touches(entry: DiaryEntry) -> bool:
        if entry.all_day:
            return entry.start_wall.date() <= day < entry.end_wall.date()
        return entry.starts_at < end and entry.ends_at > begin

    return sorted(
        filter(touches, entries), key=lambda entry: (not entry.all_day, entry.starts_at, entry.pk)
    )


def _shown(entry: DiaryEntry, day: date, zone: ZoneInfo, marks: dict[int, Badge]) -> Shown:
    return Shown(
        entry,
        time_on_day(entry, day, zone),
        time_elsewhere(entry.span, zone),
        tuple(assignment.person for assignment in entry.assignments.all()),
        marks[entry.pk],
    )


def time_on_day(entry: DiaryEntry, day: date, zone: ZoneInfo) -> str:
    """Return when the entry is on `day`: "09:00–10:30", "from 22:00", "until 06:00", "All day"."""
    if entry.all_day:
        return "All day"
    start, end = entry.starts_at.astimezone(zone), entry.ends_at.astimezone(zone)
    starts_before = start.date() < day
    ends_after = end > _midnight(day + DAY, zone)
    match starts_before, ends_after:
        case True, True:
            return "All day"
        case True, False:
            return f"until {say(end)}"
        case False, True:
            return f"from {say(start)}"
        case _:
            return f"{say(start)}–{say(end)}"


def time_elsewhere(span: Span, zone: ZoneInfo) -> str:
    """Return the entry's own time where its clocks differ from the reader's, otherwise ""."""
    if span.all_day or span.zone == zone.key:
        return ""
    start, end = span.start.wall, span.end.wall
    mine = span.starts_at().astimezone(zone).replace(tzinfo=None)
    if mine == start:
        return ""
    place = span.zone.rpartition("/")[2].replace("_", " ")
    return f"{say(start)}–{say(end)} {place}"


def _columns(days: list[Day], people: list[Person]) -> list[tuple[Person, list[Shown]]]:
    shown = [entry for day in days for entry in day.entries]
    return [(person, [entry for entry in shown if person in entry.people]) for person in people]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _month_after(day: date) -> date:
    return (day.replace(day=1) + 31 * DAY).replace(day=1)


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
