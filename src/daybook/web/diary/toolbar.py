"""The bar above the board: which days, which view, and whether another would suit better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from daybook.entries.models import DiaryEntryType
from daybook.people.models import Person
from daybook.web.diary.asked import VIEWS, Asked
from daybook.web.diary.boards import Drawing, week_number

# As in the calendars people come from; parted by spaces.
KEYS = {"day": "1 d", "week": "2 w", "month": "3 m", "team": "4", "agenda": "5 a"}
# With more people than these in one column, their entries are easier to tell apart side by side.
TELLABLE = 3


@dataclass(frozen=True, slots=True)
class Way:
    """A link to another view of the same days; `keys` press it."""

    name: str
    label: str | Promise
    address: str
    chosen: bool
    keys: str = ""


def about(
    drawing: Drawing, people: Sequence[Person], types: Sequence[DiaryEntryType]
) -> dict[str, Any]:
    """Return what the bar shows."""
    asked = drawing.asked
    return {
        "views": [
            Way(view, label, asked.seen_as(view).address, view == asked.view, KEYS[view])
            for view, label in VIEWS.items()
        ],
        "team_spans": _team_spans(asked),
        "today_link": replace(asked, day=drawing.now.date()).address,
        "as_team": _as_team(drawing),
        "week_number": _week_number(drawing),
        "nothing": "" if drawing.seen else _nothing(asked, people, types),
        "zone": drawing.reader.timezone,
    }


def _team_spans(asked: Asked) -> list[Way]:
    if asked.view != "team":
        return []
    return [
        Way("day", _("Day"), asked.seen_as("team").address, not asked.by_week),
        Way("week", _("Week"), asked.seen_as("team", by_week=True).address, asked.by_week),
    ]


def _as_team(drawing: Drawing) -> str:
    """Return the address of the same as a team, "" where that would not be easier to read."""
    asked = drawing.asked
    if asked.view not in ("week", "day") or 0 < len(asked.whose) <= TELLABLE:
        return ""
    if len({person.pk for each in drawing.seen for person in each.people}) <= TELLABLE:
        return ""
    return asked.seen_as("team", by_week=asked.view == "week").address


def _week_number(drawing: Drawing) -> int | None:
    if not drawing.reader.week_numbers or len(drawing.days) != 7:
        return None
    return week_number(drawing.days)


def _nothing(asked: Asked, people: Sequence[Person], types: Sequence[DiaryEntryType]) -> str:
    """Return the sentence of an empty board, which names what is filtered for."""
    when = {
        "month": _("this month"),
        "week": _("this week"),
        "day": _("this day"),
        "team": _("this week") if asked.by_week else _("this day"),
        "agenda": _("in these two weeks"),
    }[asked.view]
    names = [person.name for person in people if person.pk in asked.whose]
    kinds = [kind.name for kind in types if kind.pk in asked.types]
    sentence = _("Nothing %(when)s") % {"when": when}
    if names:
        sentence += " " + _("for %(names)s") % {"names": get_text_list(names, _("and"))}
    if kinds:
        sentence += " " + _("of the type %(types)s") % {"types": get_text_list(kinds, _("or"))}
    return f"{sentence}."
