"""What the address of the diary asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.dateformat import format as say_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from daybook.people.models import Person, WeekStart

DAY = timedelta(days=1)
AGENDA_DAYS = 14
VIEWS: dict[str, str | Promise] = {
    "month": _("Month"),
    "week": _("Week"),
    "day": _("Day"),
    "team": _("Team"),
    "agenda": _("Agenda"),
}
# The pages before and after these still lie inside the years a date can have.
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
EVERYONE = "everyone"
# Far more than anybody picks; what is beyond is left out.
MOST_CHOSEN = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page asks for; anything it cannot mean is left out.

    `people` and `types` are ids, in the order given; none means all. A week, though, is the
    reader's own unless people are named or `everyone` is asked for. `by_week` makes the team's
    view a week, with a row for each person.
    """

    view: str
    day: date
    reader: int
    people: tuple[int, ...] = ()
    everyone: bool = False
    types: tuple[int, ...] = ()
    by_week: bool = False
    # Of the reader, not of the address: what a week is.
    week_start: WeekStart = WeekStart.MONDAY

    @classmethod
    def read(cls, query: QueryDict, today: date, reader: Person, *, last_view: str) -> Asked:
        """Return what `query` asks for; where it names no view, `last_view`, a `name` or not."""
        view, _space, span = last_view.partition(" ")
        if (named := query.get("view", "")) in VIEWS:
            view, span = named, query.get("span", "")
        return cls(
            view if view in VIEWS else "week",
            _date(query.get("date", "")) or today,
            reader.pk,
            _ids(query.getlist("person")),
            EVERYONE in query.getlist("person"),
            _ids(query.getlist("type")),
            view == "team" and span == "week",
            WeekStart(reader.week_start),
        )

    @property
    def name(self) -> str:
        """Return the view as it is remembered: "week", or "team week"."""
        return "team week" if self.by_week else self.view

    @property
    def address(self) -> str:
        """Return the address that asks for this again."""
        parts: list[tuple[str, object]] = [("view", self.view)]
        if self.by_week:
            parts.append(("span", "week"))
        parts.append(("date", self.day.isoformat()))
        parts += [("person", person) for person in self.people]
        if self.everyone and not self.people:
            parts.append(("person", EVERYONE))
        parts += [("type", kind) for kind in self.types]
        return "?" + urlencode(parts)

    @property
    def whose(self) -> tuple[int, ...]:
        """Return the ids of the people whose entries are shown; none means everybody's."""
        if self.people or self.everyone or self.view != "week":
            return self.people
        return (self.reader,)

    @property
    def filtered(self) -> bool:
        """Return whether something is left out by choice, not only for the view's sake."""
        return bool(self.people or self.types)

    def span(self) -> tuple[date, date]:
        """Return the first day asked for and the day after the last."""
        match self.view:
            case "month":
                return self.day.replace(day=1), _month_after(self.day)
            case "week":
                return self._week()
            case "day" | "team":
                return self._week() if self.by_week else (self.day, self.day + DAY)
            case _:
                return self.day, self.day + AGENDA_DAYS * DAY

    def shown(self) -> tuple[date, date]:
        """Return the first day drawn and the day after the last: a month in whole weeks."""
        first, after = self.span()
        if self.view != "month":
            return first, after
        return first - self._into_week(first) * DAY, after + (7 - self._into_week(after)) % 7 * DAY

    def _week(self) -> tuple[date, date]:
        first = self.day - self._into_week(self.day) * DAY
        return first, first + 7 * DAY

    def _into_week(self, day: date) -> int:
        return (day.weekday() - self.week_start.weekday) % 7

    def before(self) -> Asked:
        """Return what the link to the page before asks for."""
        first, after = self.span()
        if self.view == "month":
            return replace(self, day=(first - DAY).replace(day=1))
        return replace(self, day=first - (after - first))

    def after(self) -> Asked:
        """Return what the link to the next page asks for."""
        return replace(self, day=self.span()[1])

    def on(self, day: date, *, view: str = "", person: int | None = None) -> Asked:
        """Return the same for another day, perhaps in another view and for one person alone."""
        asked = replace(self, day=day)
        if view:
            asked = replace(asked, view=view, by_week=False)
            # What a week left out, the day of the same entries leaves out too.
            if person is None and self.view == "week":
                asked = replace(asked, people=self.whose, everyone=not self.whose)
        return asked if person is None else replace(asked, people=(person,))

    def seen_as(self, view: str, *, by_week: bool = False) -> Asked:
        """Return the same days and filters in another view."""
        return replace(self, view=view, by_week=by_week)

    def without_people(self) -> Asked:
        """Return the same for everybody."""
        return replace(self, people=(), everyone=self.view == "week")

    def without_filters(self) -> Asked:
        """Return the same for everybody and all types."""
        return replace(self.without_people(), types=())

    def heading(self) -> str:
        """Return the days asked for, as people say them."""
        first, after = self.span()
        last = after - DAY
        if self.view == "month":
            return say_date(first, "F Y")
        if first == last:
            return say_date(first, "l j F Y")
        begin = "j"
        if first.month != last.month:
            begin += " F"
        if first.year != last.year:
            begin += " Y"
        return f"{say_date(first, begin)} – {say_date(last, 'j F Y')}"


def _month_after(day: date) -> date:
    return (day.replace(day=1) + 31 * DAY).replace(day=1)


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def _ids(texts: list[str]) -> tuple[int, ...]:
    """Return the numbers among `texts`, each once, in their order."""
    numbers = dict.fromkeys(
        int(text)
        for text in texts[:MOST_CHOSEN]
        if text.isascii() and text.isdigit() and len(text) < 16
    )
    return tuple(numbers)
