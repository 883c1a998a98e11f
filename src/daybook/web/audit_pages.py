"""The audit trail, for administrators: who, what, when, and from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from daybook.people import audit, criteria
from daybook.people.models import AuditLine, Person
from daybook.web import audit_words
from daybook.web.access import PersonRequest, page

LINES = 50
# Ids and times that say nothing to a reader; the line itself names what they stand for.
_UNSAID = {"person", "token", "entry", "account", "line", "at"}
_ABOUT_PEOPLE = {"person_added", "person_changed", "diary_sync_lapsed"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page asks for; what it cannot mean is left out.

    `by` is a person's id, 0 for whoever is no person. Both days are included.
    """

    by: int | None
    what: str | None
    first: date | None
    last: date | None
    before: int | None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Asked:
        what = query.get("what", "")
        return cls(
            _id(query.get("by", "")),
            what if what in audit.WORDS else None,
            _date(query.get("first", "")),
            _date(query.get("last", "")),
            _id(query.get("before", "")),
        )

    @property
    def filtered(self) -> bool:
        return any(part is not None for part in (self.by, self.what, self.first, self.last))

    def older(self, last: AuditLine) -> str:
        """Return the address of the page that follows after `last`."""
        parts = {"by": self.by, "what": self.what, "first": self.first, "last": self.last}
        given = {name: part for name, part in parts.items() if part is not None}
        return "?" + urlencode({**given, "before": last.pk})


@dataclass(frozen=True, slots=True)
class Shown:
    """One line as it is read: what it is about may have a page, and details have names."""

    line: AuditLine
    what: str
    page: str
    details: list[tuple[str, str]]


@page("GET", administrators=True)
def trail(request: PersonRequest) -> HttpResponse:
    """Show the newest lines that are asked for, fifty at a time."""
    asked = Asked.read(request.GET)
    found = list(
        audit.lines(
            by=asked.by,
            what=asked.what,
            since=_midnight(asked.first) if asked.first else None,
            until=_midnight(asked.last + timedelta(days=1)) if asked.last else None,
            before=asked.before,
        )[: LINES + 1]
    )
    return render(
        request,
        "settings/audit.html",
        {
            "section": "settings",
            "asked": asked,
            "shown": [_shown(line) for line in found[:LINES]],
            "older": asked.older(found[LINES - 1]) if len(found) > LINES else "",
            "people": Person.objects.order_by("forename", "surname", "pk"),
            "words": sorted(audit.WORDS.items(), key=lambda word: word[1]),
        },
    )


def _shown(line: AuditLine) -> Shown:
    what = str(audit.WORDS.get(line.what, line.what))
    return Shown(line, what, _page_of(line), list(_details(line.detail)))


def _page_of(line: AuditLine) -> str:
    entry, person = line.detail.get("entry"), line.detail.get("person")
    if isinstance(entry, int):
        return reverse("entry", args=[entry])
    if line.what in _ABOUT_PEOPLE and isinstance(person, int):
        return reverse("user", args=[person])
    return ""


def _details(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a line says besides: names and values as people read them."""
    was, now = detail.get("was"), detail.get("now")
    if isinstance(was, dict) and isinstance(now, dict):
        for name in now:
            yield (
                audit_words.field(name),
                f"{audit_words.value(was.get(name))} → {audit_words.value(now[name])}",
            )
    switches = detail.get("switches")
    if isinstance(switches, dict):
        for name, value in switches.items():
            yield (
                audit_words.field(name),
                gettext("now %(value)s") % {"value": audit_words.value(value)},
            )
    for name, value in detail.items():
        if name in _UNSAID or name in ("was", "now", "switches"):
            continue
        if name == "fields" and isinstance(value, list):
            yield (
                gettext("Changed"),
                ", ".join(audit_words.field(field).lower() for field in value)
                or gettext("nothing"),
            )
        else:
            yield (
                audit_words.field(name),
                criteria.sentence(value) if name == "reason" else audit_words.value(value),
            )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_current_timezone())


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2199 else None


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
