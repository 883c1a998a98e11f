"""Beside the board: a small month to walk by, and whose entries of which types to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from daybook.entries.models import DiaryEntryType
from daybook.people.models import Person
from daybook.web.diary.asked import Asked
from daybook.web.diary.boards import Drawing, of_month, week_number
from daybook.web.diary.when import DAY


@dataclass(frozen=True, slots=True)
class MiniDay:
    """A day of the small month and where it leads."""

    date: date
    address: str
    today: bool
    chosen: bool
    outside: bool


@dataclass(frozen=True, slots=True)
class MiniWeek:
    """A week of the small month; `number` is the ISO week."""

    number: int
    days: list[MiniDay]


@dataclass(frozen=True, slots=True)
class MiniMonth:
    """The month around the day asked for."""

    month: date
    before: str
    after: str
    weeks: list[MiniWeek]


@dataclass(frozen=True, slots=True)
class Choice:
    """A box to tick, for a person or a type."""

    value: int
    name: str
    colour: str
    chosen: bool
    own: bool = False


def about(
    drawing: Drawing, people: Sequence[Person], types: Sequence[DiaryEntryType]
) -> dict[str, Any]:
    """Return what the part beside the board shows."""
    asked, reader = drawing.asked, drawing.reader
    whose = [
        Choice(person.pk, person.name, "", person.pk in asked.whose, person.pk == reader.pk)
        for person in people
    ]
    return {
        "mini": mini_month(asked, drawing.now.date()),
        "whose": sorted(whose, key=lambda choice: not choice.own),
        "kinds": [
            Choice(kind.pk, kind.name, kind.colour, kind.pk in asked.types) for kind in types
        ],
    }


def mini_month(asked: Asked, today: date) -> MiniMonth:
    """Return the month of the day asked for, each day a link to itself in the same view."""
    month = asked.day.replace(day=1)
    first, after = asked.span()
    weeks = [
        MiniWeek(
            week_number(week),
            [
                MiniDay(
                    day,
                    asked.on(day).address,
                    today=day == today,
                    chosen=first <= day < after and asked.view != "month",
                    outside=day.month != month.month,
                )
                for day in week
            ],
        )
        for week in of_month(month, asked.week_start.weekday)
    ]
    next_month = (month + 31 * DAY).replace(day=1)
    last_month = (month - DAY).replace(day=1)
    return MiniMonth(month, asked.on(last_month).address, asked.on(next_month).address, weeks)
