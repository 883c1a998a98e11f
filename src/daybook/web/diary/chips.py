"""An entry as the boards show it: its times, its people, its state, and a name to hear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from daybook.calendaring.event import State
from daybook.entries import changing
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.people.models import Person
from daybook.web import twice
from daybook.web.calendar_states import Badge
from daybook.web.diary.layout import MINUTES
from daybook.web.diary.when import DAY, day_name, spoken, time_elsewhere, time_on_day, walls


@dataclass(frozen=True)
class Seen:
    """An entry as one reader sees it.

    `start` and `end` are naive, on the reader's clocks. `first` is the day it begins, `after` the
    day after its last.
    """

    entry: DiaryEntry
    kind: DiaryEntryType
    people: tuple[Person, ...]
    badge: Badge
    zone: ZoneInfo
    movable: bool
    start: datetime
    end: datetime
    first: date
    after: date

    @classmethod
    def by(
        cls,
        reader: Person,
        zone: ZoneInfo,
        entry: DiaryEntry,
        *,
        kind: DiaryEntryType,
        on_it: Mapping[int, Person],
        badge: Badge,
    ) -> Seen:
        """Return `entry` as `reader` sees it in `zone`; `on_it` is who is on it, by their ids."""
        movable = entry.state == State.OPEN and changing.may_change(entry, reader, on_it)
        start, end = walls(entry, zone)
        # Where clocks go back, an entry can end on the wall before it began.
        last = max(start, end - timedelta(microseconds=1))
        people = tuple(on_it.values())
        first, after = start.date(), last.date() + DAY
        return cls(entry, kind, people, badge, zone, movable, start, end, first, after)

    @cached_property
    def name(self) -> str:
        """Return all of it in one line, the day included in every view."""
        entry = self.entry
        parts = [
            entry.title,
            spoken(*self.moments, all_day=entry.all_day),
            self.elsewhere,
            self.kind.name,
            "" if entry.state == State.OPEN else entry.get_state_display().lower(),
            get_text_list([person.name for person in self.people], _("and")),
            _lowered(self.badge.sentence),
        ]
        return ", ".join(filter(None, parts))

    @cached_property
    def moments(self) -> tuple[datetime, datetime]:
        """Return when it begins and ends on the clocks of `zone`, aware; whole days are naive."""
        if self.entry.all_day:
            return self.start, self.end
        return self.entry.starts_at.astimezone(self.zone), self.entry.ends_at.astimezone(self.zone)

    @cached_property
    def twice(self) -> str:
        """Return which of two times that look the same it is at, as a sentence, or ""."""
        if not any(twice.which_of(moment) for moment in self.moments):
            return ""
        return twice.said(self.entry.span, self.zone)

    @cached_property
    def about(self) -> str:
        """Return its type, people and place in one line."""
        names = ", ".join(person.name for person in self.people)
        return " · ".join(filter(None, (self.kind.name, names, self.entry.location)))

    @cached_property
    def through(self) -> str:
        """Return the last day of what lasts several, "" of what does not."""
        last = self.after - DAY
        return "" if last == self.first else _("until %(day)s") % {"day": day_name(last)}

    @cached_property
    def initials(self) -> str:
        return " ".join(initials(person) for person in self.people)

    @cached_property
    def elsewhere(self) -> str:
        return time_elsewhere(self.entry.span, self.zone)

    def minutes(self, day: date) -> tuple[int, int]:
        """Return from which minute of `day` up to which it lasts on that day."""
        begins = 0 if self.first < day else _minute(self.start)
        ends = MINUTES if self.after > day + DAY else _minute(self.end) or MINUTES
        return begins, max(begins, ends)

    def stamp(self, at: datetime) -> str:
        """Return a wall time as scripts read it; of whole days the date."""
        return at.date().isoformat() if self.entry.all_day else at.isoformat(timespec="minutes")

    @cached_property
    def starts(self) -> str:
        return self.stamp(self.start)

    @cached_property
    def ends(self) -> str:
        return self.stamp(self.end)


class Chip(TypedDict):
    """A piece of an entry as templates draw it: all of it, or what lies on one day or in one row.

    Plain values, because a template looks each up by itself, for every chip of a board. `classes`
    place it; `head` and `tail` say whether the entry begins and ends in it; `brief` is when it
    begins, where there is room for no more; `through` the last day of what lasts several, said
    where its length cannot be seen.
    """

    entry: str
    revision: str
    address: str
    colour: str
    state: str
    classes: str
    starts: str
    ends: str
    all_day: str
    person: str
    movable: str
    head: bool
    tail: bool
    name: str
    twice: str
    brief: str
    when: str
    title: str
    about: str
    through: str
    elsewhere: str
    initials: str
    badge: str
    badge_word: str


def on_day(seen: Sequence[Seen], day: date) -> list[Seen]:
    """Return what touches `day`: whole days first, then by time."""
    return [each for each in seen if each.first <= day < each.after]


def in_order(seen: Sequence[Seen]) -> list[Seen]:
    """Return the entries as every list has them: whole days before times."""
    return sorted(seen, key=lambda each: (not each.entry.all_day, each.start, each.entry.pk))


def chip(
    seen: Seen,
    day: date,
    *,
    after: date | None = None,
    classes: str = "",
    person: Person | None = None,
    brief: bool = False,
) -> Chip:
    """Return the piece of an entry from `day` up to `after`, by default that day alone.

    `person` is whose row or column it is drawn in, if it is in anybody's.
    """
    entry = seen.entry
    return {
        "entry": str(entry.pk),
        "revision": str(entry.revision),
        "address": entry.get_absolute_url(),
        "colour": seen.kind.colour,
        "state": entry.state,
        "classes": classes,
        "starts": seen.starts,
        "ends": seen.ends,
        "all_day": "1" if entry.all_day else "0",
        "person": str(person.pk) if person else "",
        "movable": "1" if seen.movable else "0",
        "head": seen.first >= day,
        "tail": seen.after <= (after or day + DAY),
        "name": seen.name,
        "twice": seen.twice,
        "brief": twice.briefly(seen.moments[0]) if brief and not entry.all_day else "",
        "when": time_on_day(entry, day, seen.zone),
        "title": entry.title,
        "about": seen.about,
        "through": seen.through,
        "elsewhere": seen.elsewhere,
        "initials": seen.initials,
        "badge": seen.badge.state,
        "badge_word": seen.badge.word,
    }


def initials(person: Person) -> str:
    """Return a person in one or two letters."""
    return (person.forename[:1] + person.surname[:1]).upper() or person.username[:1].upper()


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
