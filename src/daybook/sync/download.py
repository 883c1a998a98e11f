"""The Download: an entry as a calendar file for whoever may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy

from daybook.calendaring import ical, invitation
from daybook.calendaring.component import CalendarObject, Organizer
from daybook.calendaring.event import Holding, Told, Way
from daybook.calendaring.invitation import Version
from daybook.calendaring.plan import Entry, Hold, disclosed, plan
from daybook.calendaring.reconcile import next_sequence, step_for
from daybook.entries import reminders
from daybook.entries.models import DiaryEntry
from daybook.ledger import told as snapshots
from daybook.ledger.models import Calendar, UidCounter
from daybook.people import audit
from daybook.people.faults import Words
from daybook.people.models import Person
from daybook.sync import graph


@dataclass(frozen=True, slots=True)
class Download:
    """A file to hand out: safe ASCII name, bytes, and the media type they have."""

    filename: str
    data: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class NoDownload:
    """Why there is none: a code, and the sentence people read in place of the button."""

    code: str
    words: Words

    @property
    def sentence(self) -> str:
        """Return why, in the reader's language."""
        return str(self.words)


TYPE_STAYS = NoDownload(
    "type_not_synchronised",
    gettext_lazy("There is no download, because entries of this type stay in the diary."),
)
DELETED = NoDownload("entry_deleted", gettext_lazy("There is no download of a deleted entry."))


def refusal(entry: DiaryEntry) -> NoDownload | None:
    """Return why `entry` has no download, None if it has one."""
    if entry.deleted_at is not None:
        return DELETED
    return None if entry.type.synchronise else TYPE_STAYS


def download(entry: DiaryEntry, reader: Person | None, now: datetime) -> Download | NoDownload:
    """Return the calendar file of `entry` for `reader` (None: a non-interactive process).

    The caller has found that the reader may see the entry. UID and SEQUENCE are those of the
    reader's own calendar, so that importing after an invitation updates instead of doubling.
    """
    refused = refusal(entry)
    if refused is not None:
        return refused
    calendar = _object(entry, reader, now)
    audit.record(reader, "entry_downloaded", entry.title, entry=entry.pk)
    method = f"; method={calendar.method}" if calendar.method else ""
    return Download(
        filename=f"diary-{entry.start_wall:%Y-%m-%d}.ics",
        data=ical.write(calendar),
        content_type=f"text/calendar; charset=utf-8{method}",
    )


def _object(entry: DiaryEntry, reader: Person | None, now: datetime) -> CalendarObject:
    reader_key = reader.email_key if reader else ""
    counter = UidCounter.objects.get(pk=entry.uid)
    row = Calendar.objects.filter(uid=entry.uid, address_key=reader_key).first()
    loaded = graph.load([row or Calendar(uid=entry.uid, entry_id=entry.pk)])
    view = loaded.view(entry.pk, entry.uid)
    told = snapshots.from_json(row.told) if row else None
    uid, version = _identity(view, counter, row, told, now)
    return invitation.file(
        uid,
        version,
        _holding(view),
        organizer=_organizer(view),
        people=[member.person for member in view.assigned],
        reader_key=reader_key,
        alarm=_alarm(entry, reader),
    )


def _alarm(entry: DiaryEntry, reader: Person | None) -> timedelta | None:
    """Return the reader's own reminder; of an entry they are not on there is none."""
    on_it = reader is not None and entry.assignments.filter(person=reader).exists()
    return reminders.alarm_for(entry, reader) if reader is not None and on_it else None


def _identity(
    entry: Entry, counter: UidCounter, row: Calendar | None, told: Told | None, now: datetime
) -> tuple[str, Version]:
    """Return the UID and version this reader's calendar has, or would be sent next."""
    stamp = now.replace(microsecond=0)
    if row is None:
        return entry.uid, Version(counter.sequence, stamp)
    answer = plan(entry, uid=row.uid, key=row.address_key, told=told, now=now)
    if told is not None:
        if step_for(answer, told) is None:
            return told.uid, Version(told.sequence, told.dtstamp)
        return told.uid, Version(next_sequence(counter.sequence, row.frozen), stamp)
    way = answer.holding.way if isinstance(answer, Hold) else Way.INVITATION
    uid = invitation.wire_uid(entry.uid, way, row.address_key)
    return uid, Version(next_sequence(counter.sequence, row.frozen), stamp)


def _organizer(entry: Entry) -> Organizer | None:
    creator = entry.creator
    if creator is None or not creator.person.key:
        return None
    return Organizer(creator.person.address, creator.person.name)


def _holding(entry: Entry) -> Holding:
    return Holding(
        way=Way.FILE,
        facts=disclosed(entry.facts, entry.disclosure),
        disclosure=entry.disclosure,
        organiser="",
        people=frozenset(member.person.id for member in entry.assigned),
    )
