"""What a line of quick add would make of the diary: read, never saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from daybook.calendaring.event import ONE_DAY, Span
from daybook.calendaring.quick_add import Around, Fault, Named, QuickEntry, read, read_back
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.entries.times import read_span
from daybook.people.faults import InvalidInput
from daybook.people.models import Person
from daybook.web import consequences, twice
from daybook.web.clock import say


@dataclass(frozen=True, slots=True)
class Reading:
    """A line, and either what it means or the fault that keeps it from meaning anything.

    `sentence` says when it is, its type, people and place; `mailed` how many other people are
    mailed if it is saved now; `clashes` what those on it have at that time; `twice` which of two
    times it is, "" if there is only one.
    """

    line: str
    fault: Fault | None
    meant: QuickEntry | None = None
    changes: EntryChanges | None = None
    sentence: str = ""
    mailed: int = 0
    clashes: list[str] = field(default_factory=list)
    twice: str = ""

    @property
    def at_fault(self) -> str:
        """Return the part of the line the fault is about, "" for none or if the sentence has it."""
        part = self.line[self.fault.start : self.fault.end] if self.fault else ""
        return "" if self.fault and part in self.fault.sentence else part


def read_line(line: str, person: Person) -> Reading:
    """Return how a line reads that `person` types now, by the clocks where they are."""
    around = _around(person, datetime.now(ZoneInfo(person.timezone)).replace(tzinfo=None))
    meant = read(line, around)
    if isinstance(meant, Fault):
        return Reading(line, meant)
    try:
        span = _span(meant, person)
    except InvalidInput as trouble:
        (first, *_) = trouble.faults
        return Reading(line, Fault(first.code, first.sentence, 0, 0), meant)
    changes = EntryChanges(
        type_id=meant.type_id,
        title=meant.title,
        notes="",
        location=meant.place,
        span=span,
        assigned=meant.people,
    )
    return Reading(
        line,
        None,
        meant,
        changes,
        read_back(meant, around, say),
        _mailed(changes, meant, person),
        consequences.clash_sentences(span, meant.people, None, person),
        twice.said(span, ZoneInfo(person.timezone)),
    )


def initial(reading: Reading) -> dict[str, Any]:
    """Return what the entry's form shows for a line: of one that is not clear, the line itself."""
    meant = reading.meant
    if meant is None:
        return {"title": reading.line}
    last = meant.end - ONE_DAY if meant.all_day else meant.end
    return {
        "title": meant.title,
        "type": meant.type_id,
        "start_date": meant.start.date(),
        "start_time": "" if meant.all_day else f"{meant.start:%H:%M}",
        "end_time": "" if meant.all_day else f"{meant.end:%H:%M}",
        "end_date": _other(last.date(), meant.start.date()),
        "all_day": meant.all_day,
        "people": list(meant.people),
        "location": meant.place,
    }


def _around(person: Person, now: datetime) -> Around:
    kinds = [Named(kind.pk, kind.name) for kind in DiaryEntryType.objects.all()]
    active = Person.objects.filter(is_active=True).order_by("forename", "surname", "pk")
    return Around(
        now,
        kinds,
        [Named(each.pk, each.name, each.username) for each in active],
        person.pk,
        kinds[0].id if len(kinds) == 1 else _last_used(person),
    )


def _last_used(person: Person) -> int | None:
    made = DiaryEntry.objects.filter(creator=person).order_by("-pk")
    return made.values_list("type_id", flat=True).first()


def _span(meant: QuickEntry, person: Person) -> Span:
    if meant.all_day:
        start, end = f"{meant.start:%Y-%m-%d}", f"{meant.end:%Y-%m-%d}"
    else:
        start, end = meant.start.isoformat(), meant.end.isoformat()
    zone = person.timezone
    return read_span(start=start, end=end, timezone=zone, all_day=meant.all_day, default_zone=zone)


def _mailed(changes: EntryChanges, meant: QuickEntry, person: Person) -> int:
    draft = consequences.as_typed(None, changes, person)
    people = list(Person.objects.filter(pk__in=meant.people))
    return consequences.mailed_by_saving(draft, people, person, timezone.now())


def _other(day: date, first: date) -> date | None:
    return day if day - first >= timedelta(days=1) else None
