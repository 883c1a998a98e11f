"""The page of the search: what was found as an agenda, what is coming before what is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from daybook.calendaring.words import excerpt, marked
from daybook.entries import reading
from daybook.entries.models import DiaryEntry
from daybook.entries.searching import Results, search
from daybook.people.faults import InvalidInput
from daybook.web.access import PersonRequest, page
from daybook.web.calendar_states import badges
from daybook.web.diary.chips import Seen
from daybook.web.diary.when import time_on_day

ON_A_PAGE = 25
LONGEST_QUESTION = 200

# A text in parts, each with whether it is what was looked for.
Parts = list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found, with the words in it that were looked for."""

    seen: Seen
    when: str
    title: Parts
    about: Parts
    notes: Parts


@dataclass(frozen=True, slots=True)
class Day:
    """A day and what was found on it, by where entries begin."""

    date: date
    hits: list[Hit]


@page("GET")
def search_page(request: PersonRequest) -> HttpResponse:
    """Show what `?q=` finds; `after` is where the page before ended."""
    q = request.GET.get("q", "")[:LONGEST_QUESTION].replace("\0", "")
    now, after = timezone.now(), request.GET.get("after", "")
    try:
        results = search(request.user, q, now=now, limit=ON_A_PAGE, cursor=after)
    except InvalidInput:
        # An address somebody cut short: the first page is what they can have meant.
        after = ""
        results = search(request.user, q, now=now, limit=ON_A_PAGE)
    coming, over = _days(request, results)
    return render(
        request,
        "search.html",
        {
            "section": "diary",
            "q": q,
            "asked": bool(q.strip()),
            "found": len(results.coming) + len(results.over),
            "coming": coming,
            "over": over,
            "first_page": urlencode({"q": q}) if after else "",
            "next_page": urlencode({"q": q, "after": results.next}) if results.next else "",
        },
    )


def _days(request: PersonRequest, results: Results) -> tuple[list[Day], list[Day]]:
    zone = ZoneInfo(request.user.timezone)
    marks = badges(entry.pk for entry in (*results.coming, *results.over))

    def hit(entry: DiaryEntry) -> Hit:
        on_it = {person.pk: person for person in reading.people_on(entry)}
        kind, badge = entry.type, marks[entry.pk]
        seen = Seen.by(request.user, zone, entry, kind=kind, on_it=on_it, badge=badge)
        about = " · ".join(
            filter(
                None,
                (
                    "" if entry.state == "open" else entry.get_state_display(),
                    entry.type.name,
                    ", ".join(person.name for person in seen.people),
                    entry.location,
                    seen.elsewhere,
                ),
            )
        )
        return Hit(
            seen,
            time_on_day(entry, seen.first, zone),
            marked(entry.title, results.words),
            marked(about, results.words),
            excerpt(entry.notes, results.words),
        )

    def days(entries: Sequence[DiaryEntry]) -> list[Day]:
        hits = [hit(entry) for entry in entries]
        return [Day(day, list(those)) for day, those in groupby(hits, lambda each: each.seen.first)]

    return days(results.coming), days(results.over)
