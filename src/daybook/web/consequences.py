"""What saving, deleting or downloading an entry would do, in the words the pages say it in."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext

from daybook.calendaring.event import Span, State
from daybook.entries.clashes import Clash, clashes
from daybook.entries.drafts import EntryChanges, span_columns
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.ledger.models import CalendarState
from daybook.people.models import Person
from daybook.sync import explain, preview
from daybook.sync.download import refusal
from daybook.sync.explain import CalendarShown
from daybook.web.diary.when import time_on_day

# More sentences than these are not read.
CLASHES_SAID = 5


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether there is a file to download, and a sentence about it."""

    offered: bool
    sentence: str


def calendar_rows(entry: DiaryEntry, reader: Person, now: datetime) -> list[CalendarShown]:
    """Return where each calendar of the entry stands; others' addresses are for administrators."""
    return [
        row if reader.is_administrator or row.person == reader.pk else _without_address(row)
        for row in explain.calendars(entry, now)
    ]


def told(rows: Sequence[CalendarShown], entry: DiaryEntry, now: datetime) -> list[str]:
    """Return who would be told if the entry were cancelled or deleted now, by name."""
    gone = copy.copy(entry)
    gone.deleted_at = now
    if not preview.mailed_by_save(gone, [], by=None, now=now):
        return []
    return [row.name or row.address for row in rows if row.told_at and row.state != "withdrawn"]


@dataclass(frozen=True, slots=True)
class Summary:
    """The Calendar line in one sentence, and to whom answers go ("" if nobody was asked yet)."""

    sentence: str
    sent: tuple[tuple[str, datetime], ...]


def summary(rows: Sequence[CalendarShown], reader: Person) -> Summary:
    """Return to how many of those on the entry it was sent, and to whom and when."""
    wanted = [row for row in rows if row.reason != "not_assigned"]
    sent = [
        (_called(row, reader), row.told_at)
        for row in wanted
        if row.state == CalendarState.SENT and row.told_at is not None
    ]
    said = (
        gettext("Sent to %(number)d of %(all)d") % {"number": len(sent), "all": len(wanted)}
        if sent
        else gettext("Sent to nobody")
    )
    return Summary(said, tuple(sent))


def _called(row: CalendarShown, reader: Person) -> str:
    """Return whom a row is about; a file that was mailed is in no calendar before it is opened."""
    name = gettext("you") if row.person == reader.pk else row.name or row.address
    return gettext("%(name)s (mailed as a file)") % {"name": name} if row.by_file else name


def clashes_of(
    entry: DiaryEntry, assigned: Sequence[Person], reader: Person, now: datetime
) -> list[str]:
    """Return what the people on a coming entry have besides, each as a sentence."""
    if entry.ends_at <= now or entry.state == State.CANCELLED:
        return []
    return clash_sentences(entry.span, [person.pk for person in assigned], entry, reader)


def clash_sentences(
    span: Span, people: Sequence[int], entry: DiaryEntry | None, reader: Person
) -> list[str]:
    """Return what these people have during `span` besides `entry`, in the reader's time."""
    zone = ZoneInfo(reader.timezone)
    first = span.starts_at().astimezone(zone).date()
    found = clashes(span, people, but=entry.pk if entry else None)
    said = [_clash(clash, first, zone) for clash in found[:CLASHES_SAID]]
    if len(found) > CLASHES_SAID:
        said.append(gettext("And others have something else, too."))
    return said


def _clash(clash: Clash, first: date, zone: ZoneInfo) -> str:
    begins = clash.entry.starts_at.astimezone(zone).date()
    day = max(first, clash.entry.start_wall.date() if clash.entry.all_day else begins)
    when = time_on_day(clash.entry, day, zone)
    when = when[:1].lower() + when[1:]
    if day != first:
        when = f"{date_format(day, 'l j F')}, {when}"
    said = gettext("%(name)s has %(title)s (%(when)s) then.")
    return said % {"name": clash.person.name, "title": clash.entry.title, "when": when}


def mailed_by_saving(
    entry: DiaryEntry, assigned: Sequence[Person], reader: Person, now: datetime
) -> int:
    """Return how many other people are mailed if the entry is saved as it is."""
    return preview.mailed_by_save(entry, assigned, by=reader, now=now)


def as_typed(entry: DiaryEntry | None, changes: EntryChanges, creator: Person) -> DiaryEntry:
    """Return what the entry (None: a new one) would be, unsaved; `changes` are a whole form's."""
    draft = copy.copy(entry) if entry is not None else DiaryEntry(creator=creator)
    if isinstance(changes.type_id, int):
        draft.type = DiaryEntryType.objects.get(pk=changes.type_id)
    for name in ("title", "notes", "location"):
        setattr(draft, name, getattr(changes, name))
    if isinstance(changes.span, Span):
        for name, value in span_columns(changes.span).items():
            setattr(draft, name, value)
    return draft


def _without_address(row: CalendarShown) -> CalendarShown:
    return replace(row, address="", name=row.name or gettext("A former address"))


def download_offer(entry: DiaryEntry, reader: Person) -> Offer:
    """Return whether `reader` is offered the file, and what is worth saying about it."""
    refused = refusal(entry)
    if refused is not None:
        return Offer(False, refused.sentence)
    creator = entry.creator
    if creator is None:
        return Offer(True, gettext("The file has no organiser because no person made this entry."))
    if creator == reader or (creator.email_key and creator.email_key == reader.email_key):
        return Offer(
            True,
            gettext(
                "The file has no organiser because you created this entry: Outlook refuses its own."
            ),
        )
    if not creator.email_key:
        said = gettext("The file has no organiser because %(name)s has no address.")
    else:
        said = gettext("Answers to the file go to %(name)s.")
    return Offer(True, said % {"name": creator.name})
