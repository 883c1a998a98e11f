"""What was read, said back: for people in a sentence, for `read` in a line nobody can mistake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from daybook.calendaring.event import ONE_DAY
from daybook.calendaring.quick_add import days
from daybook.calendaring.quick_add.names import found, quoted
from daybook.calendaring.quick_add.reading import Around
from daybook.calendaring.quick_add.values import Named, QuickEntry


def read_back(entry: QuickEntry, around: Around, clock: Callable[[datetime], str]) -> str:
    """Return when it is, its type, its people and place, as people say them.

    “Thursday 26 November, 14:00 to 15:30, Site visit, Ben Okafor”. `clock` says a time of day.
    """
    named = {person.id: person.name for person in around.people}
    *most, last = [named[person] for person in entry.people]
    people = f"{', '.join(most)} and {last}" if most else last
    kind = next(kind.name for kind in around.types if kind.id == entry.type_id)
    place = [f"at {entry.place}"] if entry.place else []
    return ", ".join([when(entry, around.now, clock), kind, people, *place])


def when(entry: QuickEntry, now: datetime, clock: Callable[[datetime], str]) -> str:
    """Return when it is: “Thursday 26 November, 14:00 to 15:30”; a year that is not this one."""

    def day(at: datetime) -> str:
        return days.said(at.date()) + (f" {at.year}" if at.year != now.year else "")

    start, end = entry.start, entry.end
    if entry.all_day:
        last = end - ONE_DAY
        return f"{day(start)}{f' to {day(last)}' if last != start else ''}, all day"
    if start.date() == end.date():
        return f"{day(start)}, {clock(start)} to {clock(end)}"
    return f"{day(start)}, {clock(start)} to {day(end)}, {clock(end)}"


def line_of(entry: QuickEntry, types: Sequence[Named], people: Sequence[Named]) -> str:
    """Return a line that reads as `entry` again, whenever it is read.

    Two people with one name are told apart by their handles.
    """
    parts = [quoted(entry.title), _when(entry), _name("#", entry.type_id, types)]
    parts += [_name("@", person, people) for person in entry.people]
    if entry.place:
        parts += ["at", quoted(entry.place)]
    return " ".join(parts)


def _when(entry: QuickEntry) -> str:
    first, last = entry.start.date(), entry.end.date()
    if entry.all_day:
        last -= ONE_DAY
        return f"{first}" if first == last else f"{first} to {last}"
    if first == last:
        return f"{first} {entry.start:%H:%M} to {entry.end:%H:%M}"
    return f"{first} {entry.start:%H:%M} to {last} {entry.end:%H:%M}"


def _name(sign: str, number: int, names: Sequence[Named]) -> str:
    name = next(name for name in names if name.id == number)
    clear = [text for text in (name.name, name.handle) if text and found(text, names) == [name]]
    return sign + quoted(clear[0] if clear else name.name)
