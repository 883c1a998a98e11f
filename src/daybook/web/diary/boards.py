"""What each view draws: the columns of days, the weeks of a month, the rows of a team, a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from daybook.people.models import Person
from daybook.web.diary.asked import Asked
from daybook.web.diary.chips import Chip, Seen, chip, on_day
from daybook.web.diary.hours import rests
from daybook.web.diary.layout import Block, Hidden, Placed, Stretch, in_lanes, in_rows
from daybook.web.diary.slots import MOST_LANES, classes
from daybook.web.diary.when import DAY

LANES = 4
CHIPS = 3


@dataclass(frozen=True, slots=True)
class More:
    """What is not drawn: how many, where they are all to be seen, and the place to say so."""

    number: int
    address: str
    classes: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A day in a row of days: chips on it, and what did not fit.

    `entries` counts all; `address` shows the day alone.
    """

    date: date
    today: bool
    chips: list[Chip]
    more: More | None
    entries: int
    address: str = ""
    outside: bool = False
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A day hour by hour, of one person or of all who are shown.

    `slots` are chips and what did not fit beside them, earliest first; `rests` the classes of the
    hours nobody works, `now` those of the present moment.
    """

    whole: Cell
    slots: list[Chip | More]
    rests: list[str]
    now: str

    @property
    def entries(self) -> int:
        return self.whole.entries


@dataclass(frozen=True, slots=True)
class Row:
    """A row of cells: a week of a month (`week` is its number), or the days of a person."""

    cells: list[Cell]
    week: int = 0
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a board is drawn from. `now` is on the clocks of `zone`."""

    asked: Asked
    seen: Sequence[Seen]
    reader: Person
    zone: ZoneInfo
    now: datetime

    @property
    def days(self) -> list[date]:
        first, after = self.asked.shown()
        return [first + n * DAY for n in range((after - first).days)]

    def of(self, person: Person) -> Drawing:
        """Return the same with the entries of one person."""
        return replace(self, seen=[each for each in self.seen if person in each.people])


def columns(drawing: Drawing) -> list[Column]:
    """Return the columns of a week or a day."""
    days = drawing.days
    row = cells(drawing, days, [each for each in drawing.seen if each.entry.all_day], LANES)
    worker = drawing.reader
    return [_column(drawing, cell, worker) for cell in row]


def team_columns(drawing: Drawing, people: Sequence[Person]) -> list[Column]:
    """Return a column for each person, of the one day asked for."""
    drawn = []
    for person in people:
        own = drawing.of(person)
        whole = [each for each in own.seen if each.entry.all_day]
        [cell] = cells(own, own.days, whole, LANES, person=person)
        drawn.append(_column(own, cell, person))
    return drawn


def _column(drawing: Drawing, cell: Cell, worker: Person) -> Column:
    day = cell.date
    timed = [each for each in on_day(drawing.seen, day) if not each.entry.all_day]
    blocks = [Block(*each.minutes(day), each) for each in timed]
    most = MOST_LANES if drawing.asked.view == "day" else LANES
    slots = [_slot(drawing, cell, placed) for placed in in_lanes(blocks, most)]
    now = drawing.now.hour * 60 + drawing.now.minute
    return Column(
        replace(cell, entries=cell.entries + len(timed)),
        slots,
        rests(worker, day, drawing.zone),
        classes(now, now + 5, lane=0, lanes=1) if cell.today else "",
    )


def _slot(drawing: Drawing, cell: Cell, placed: Placed[Seen] | Hidden[Seen]) -> Chip | More:
    if isinstance(placed, Placed):
        where = classes(
            placed.start, placed.end, lane=placed.lane, lanes=placed.lanes, width=placed.width
        )
        return chip(placed.item, cell.date, classes=where, person=cell.person)
    where = classes(placed.start, placed.end, lane=placed.lane, lanes=placed.lanes)
    return _more(drawing, cell.date, len(placed.items), cell.person, where)


def cells(
    drawing: Drawing,
    days: Sequence[date],
    seen: Sequence[Seen],
    most: int,
    *,
    person: Person | None = None,
) -> list[Cell]:
    """Return the cells of some days in a row, at most `most` chips on each."""
    stretches = [
        Stretch(
            max(0, (each.first - days[0]).days), min(len(days), (each.after - days[0]).days), each
        )
        for each in seen
        if each.first <= days[-1] and each.after > days[0]
    ]
    stacked, left_out = in_rows(stretches, len(days), most)
    month = drawing.asked.day.month if drawing.asked.view == "month" else 0
    return [
        Cell(
            day,
            day == drawing.now.date(),
            [
                chip(
                    each.item,
                    day,
                    after=days[0] + each.after * DAY,
                    classes=_in_row(each.row, each.after - each.first),
                    person=person,
                    brief=True,
                )
                for each in stacked
                if each.first == n
            ],
            _more(drawing, day, left_out[n], person) if left_out[n] else None,
            sum(1 for each in stretches if each.first <= n < each.after),
            drawing.asked.on(day, view="day").address,
            outside=bool(month) and day.month != month,
            person=person,
        )
        for n, day in enumerate(days)
    ]


def _in_row(row: int, days: int) -> str:
    return f"r{row}" + (f" b{days}" if days > 1 else "")


def _more(drawing: Drawing, day: date, number: int, person: Person | None, where: str = "") -> More:
    view = "agenda" if drawing.asked.view == "day" else "day"
    asked = drawing.asked.on(day, view=view, person=person.pk if person else None)
    return More(number, asked.address, where)


def weeks(drawing: Drawing) -> list[Row]:
    """Return the weeks of a month, days of the months beside it included."""
    days = drawing.days
    return [
        Row(cells(drawing, days[n : n + 7], drawing.seen, CHIPS), week=week_number(days[n : n + 7]))
        for n in range(0, len(days), 7)
    ]


def team_rows(drawing: Drawing, people: Sequence[Person]) -> list[Row]:
    """Return a row for each person, with the days of the week."""
    days = drawing.days
    return [
        Row(cells(own := drawing.of(person), days, own.seen, CHIPS, person=person), person=person)
        for person in people
    ]


def agenda(drawing: Drawing) -> list[Cell]:
    """Return the days that have entries, all of them on each."""
    days = []
    for day in drawing.days:
        on_it = on_day(drawing.seen, day)
        chips = [chip(each, day) for each in on_it]
        days.append(Cell(day, day == drawing.now.date(), chips, None, len(chips)))
    return [day for day in days if day.chips]


def week_number(days: Sequence[date]) -> int:
    """Return the ISO week most of these seven days lie in: that of their Thursday."""
    return next(day for day in days if day.isoweekday() == 4).isocalendar().week


def of_month(day: date, week_start: int) -> list[list[date]]:
    """Return the weeks that cover the month of `day`; weeks begin on `week_start` (Monday is 0)."""
    first = day.replace(day=1)
    first -= timedelta(days=(first.weekday() - week_start) % 7)
    days = [first + n * DAY for n in range(42)]
    weeks = [days[n : n + 7] for n in range(0, 42, 7)]
    return [week for week in weeks if any(each.month == day.month for each in week)]
