"""An entry as the boards show it: its times, its people, its state, and a name to hear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from daybook.calendaring.event import State
from daybook.entries import changing
from daybook.entries.models import DiaryEntry
from daybook.people.models import Person
from daybook.web.calendar_states import Badge
from daybook.web.clock import say
from daybook.web.diary.layout import MINUTES
from daybook.web.diary.when import DAY, day_name, spoken, time_elsewhere, time_on_day, walls


@dataclass(frozen=True)
class Seen:
    """An entry as one reader sees it; `start` and `end` are naive, on the reader's clocks.

    `first` is the day it begins and `after` the day after its last.
    """

    entry: DiaryEntry
    people: tuple[Person, ...]
    badge: Badge
    zone: ZoneInfo
    movable: bool
    start: datetime
    end: datetime

    @classmethod
    def by(
        cls,
        reader: Person,
        zone: ZoneInfo,
        entry: DiaryEntry,
        on_it: Sequence[Person],
        badge: Badge,
    ) -> Seen:
        """Return `entry` as `reader` sees it in `zone`, with the people `on_it` and its badge."""
        allowed = changing.may_change(entry, reader, [person.pk for person in on_it])
        movable = entry.state == State.OPEN and allowed
        return cls(entry, tuple(on_it), badge, zone, movable, *walls(entry, zone))

    @cached_property
    def first(self) -> date:
        return self.start.date()

    @cached_property
    def after(self) -> date:
        # Where clocks go back, an entry can end on the wall before it began.
        last = max(self.start, self.end - timedelta(microseconds=1))
        return last.date() + DAY

    @cached_property
    def name(self) -> str:
        """Return all of it in one line, the day included in every view."""
        entry = self.entry
        parts = [
            entry.title,
            spoken(self.start, self.end, all_day=entry.all_day),
            time_elsewhere(entry.span, self.zone),
            entry.type.name,
            "" if entry.state == State.OPEN else entry.get_state_display().lower(),
            get_text_list([person.name for person in self.people], _("and")),
            _lowered(self.badge.sentence),
        ]
        return ", ".join(filter(None, parts))

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


@dataclass(frozen=True, slots=True)
class Chip:
    """A piece of an entry: all of it, or what lies on one day or in one row of days.

    `classes` place it. `head` and `tail` say whether the entry begins and ends in it.
    """

    seen: Seen
    day: date
    classes: str = ""
    head: bool = True
    tail: bool = True

    @property
    def entry(self) -> DiaryEntry:
        return self.seen.entry

    @property
    def when(self) -> str:
        return time_on_day(self.seen.entry, self.day, self.seen.zone)

    @property
    def brief(self) -> str:
        """Return when it begins, where there is no room for more."""
        return say(self.seen.start)

    @property
    def through(self) -> str:
        """Return the last day of what lasts several, said where its length cannot be seen."""
        last = self.seen.after - DAY
        if last == self.seen.first:
            return ""
        return _("until %(day)s") % {"day": day_name(last)}


def on_day(seen: Sequence[Seen], day: date) -> list[Seen]:
    """Return what touches `day`: whole days first, then by time."""
    return [each for each in seen if each.first <= day < each.after]


def in_order(seen: Sequence[Seen]) -> list[Seen]:
    """Return the entries as every list has them: whole days before times."""
    return sorted(seen, key=lambda each: (not each.entry.all_day, each.start, each.entry.pk))


def chip(seen: Seen, day: date, *, after: date | None = None, classes: str = "") -> Chip:
    """Return the piece of an entry from `day` up to `after`, by default that day alone."""
    after = after or day + DAY
    return Chip(seen, day, classes, head=seen.first >= day, tail=seen.after <= after)


def initials(person: Person) -> str:
    """Return a person in one or two letters."""
    return (person.forename[:1] + person.surname[:1]).upper() or person.username[:1].upper()


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
