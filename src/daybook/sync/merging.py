"""Teach a restored database what was sent since its backup, from the sent journals.

The journal knows who got which version of what, and not what it said. So a calendar that was told
something since gets a last word that differs from every plan, unless the print of the message is
that of the plan: then it is known to be in step, and nothing is sent to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import F, QuerySet

from daybook.calendaring.event import Told
from daybook.calendaring.reconcile import Update, print_of
from daybook.ledger import told as snapshots
from daybook.ledger.models import (
    TOLD,
    Calendar,
    CalendarState,
    LogLine,
    Parcel,
    ParcelState,
    UidCounter,
)
from daybook.sync import graph, journal
from daybook.sync.decision import step_in, worlds_of
from daybook.sync.journal import Event, Json
from daybook.sync.remembering import NO_ENTRY, Memory

CHUNK = 200

Key = tuple[str, str]
WAITING = (ParcelState.FROZEN, ParcelState.OPENED)


@dataclass(frozen=True, slots=True)
class Merged:
    """What the journal knew and the database did not.

    `messages` that left since the backup; `newer` calendars that may show something else than the
    diary says; `orphans` calendars that show entries the diary does not have.
    """

    messages: int = 0
    newer: int = 0
    orphans: int = 0


@dataclass(slots=True)
class _Message:
    """One message of the journal and what became of it: SENT, UNDELIVERED, else OPENED."""

    at: datetime
    values: Json
    fate: Event = Event.OPENED

    @property
    def sequence(self) -> int:
        return int(self.values["sequence"])


@dataclass(slots=True)
class _Story:
    """What the journal says beyond what the database knows, by calendar."""

    messages: dict[Key, dict[str, _Message]] = field(default_factory=lambda: defaultdict(dict))
    highest: dict[str, int] = field(default_factory=dict)
    stamps: dict[str, datetime] = field(default_factory=dict)


@transaction.atomic
def merge(folders: Iterable[Path], now: datetime) -> Merged:
    """Bring the ledger up to what the journals in `folders` know; running it again is harmless.

    Every version they name is below all that are given out from now on. What waits and is known
    to have arrived is closed. Calendars of entries that are not here are kept as orphans, left
    alone until `orphans.take_back`.
    """
    parcels = Parcel.objects.filter(state__in=WAITING).select_related("contents__body")
    without_bytes = parcels.defer("contents__head", "contents__body__data")
    waiting = {row.message_id: row for row in without_bytes}
    story = _read(folders, waiting)
    memory = Memory()
    _lift(story, memory)
    prints: dict[int, str] = {}
    for key, messages in story.messages.items():
        in_order = sorted(messages.values(), key=lambda each: each.sequence)
        calendar = _tell(key, in_order, waiting, memory, now)
        words = [each.values for each in in_order if each.fate is not Event.UNDELIVERED]
        last = words[-1] if words else {"message_id": ""}
        prints[calendar] = "" if last["message_id"] in waiting else last.get("print", "")
    newer = _look(prints, now)
    orphans = Calendar.objects.filter(TOLD, entry_id=NO_ENTRY).count()
    return Merged(sum(map(len, story.messages.values())), newer, orphans)


def _read(folders: Iterable[Path], waiting: dict[str, Parcel]) -> _Story:
    known = {
        (uid, key): -1 if frozen is None else frozen
        for uid, key, frozen in Calendar.objects.values_list("uid", "address_key", "frozen")
    }
    story = _Story()
    for folder in folders:
        for line in journal.read(folder):
            if line.event is not Event.BEGUN:
                _take(line, story, known, waiting)
    return story


def _take(
    line: journal.Line, story: _Story, known: dict[Key, int], waiting: dict[str, Parcel]
) -> None:
    values, uid = line.message, line.message["uid"]
    key, name = (uid, values["key"]), values["message_id"]
    stamp = datetime.fromisoformat(values["dtstamp"])
    story.highest[uid] = max(values["sequence"], story.highest.get(uid, 0))
    story.stamps[uid] = max(stamp, story.stamps.get(uid, stamp))
    # Each message to a calendar has a higher number than all before: the others are known here.
    if values["sequence"] <= known.get(key, -1) and name not in waiting:
        return
    message = story.messages[key].setdefault(name, _Message(line.at, values))
    message.values = {**values, **message.values}
    if message.fate is not Event.SENT:
        message.fate, message.at = line.event, line.at


def _lift(story: _Story, memory: Memory) -> None:
    """Lift every counter to what was given out, and make one for each UID that is not here."""
    counters = UidCounter.objects.in_bulk(list(story.highest))
    shows = {
        uid: message.values["shows"]
        for (uid, _), messages in story.messages.items()
        for message in messages.values()
        if "shows" in message.values
    }
    for uid, highest in story.highest.items():
        counter = counters.get(uid) or UidCounter(uid=uid, entry_id=NO_ENTRY)
        counter.sequence = max(counter.sequence, highest)
        counter.frozen = max(counter.frozen or 0, highest)
        stamp = story.stamps[uid]
        counter.last_dtstamp = max(counter.last_dtstamp or stamp, stamp)
        if not counter.organiser_fixed and uid in shows:
            memory.name_organiser(counter, shows[uid])
        counter.save()


def _tell(
    key: Key,
    messages: Sequence[_Message],
    waiting: dict[str, Parcel],
    memory: Memory,
    now: datetime,
) -> int:
    """Write down what one calendar was told, and return its id."""
    uid, address = key
    calendar = Calendar.objects.filter(uid=uid, address_key=address).first()
    if calendar is None:
        calendar = memory.new_calendar(messages[-1].values, now)
    worlds = list(worlds_of(calendar))
    for message in messages:
        parcel = waiting.get(message.values["message_id"])
        if message.fate is Event.UNDELIVERED:
            continue
        if parcel is not None and message.fate is Event.OPENED:
            # It waits here, and as ever: a parcel that may have arrived.
            Parcel.objects.filter(pk=parcel.pk).update(uncertain=True)
            continue
        after = (
            snapshots.from_json(parcel.told)
            if parcel is not None
            else memory.told(calendar, message.values)
        )
        worlds = [after] if message.fate is Event.SENT else [after, *worlds]
    calendar.frozen = max(calendar.frozen or 0, messages[-1].sequence)
    _write(calendar, messages, worlds)
    for message in messages:
        if message.fate is Event.SENT:
            _log(calendar, message, waiting.get(message.values["message_id"]))
    # What waits with a lower number than was given out since would be ignored.
    _supersede(Parcel.objects.filter(calendar=calendar, sequence__lt=calendar.frozen))
    return calendar.pk


def _write(calendar: Calendar, messages: Sequence[_Message], worlds: Sequence[Told | None]) -> None:
    if calendar.entry_id == NO_ENTRY:
        # No plan will say what it should hold: if it may hold something, that counts.
        worlds = sorted(worlds, key=lambda world: world is None)
    told, *before = worlds
    arrived = [message for message in messages if message.fate is Event.SENT]
    for name, value in snapshots.after_doubt(told, before).items():
        setattr(calendar, name, value)
    if not before:
        calendar.doubts = []
    if arrived:
        calendar.told_at = calendar.state_at = arrived[-1].at
        calendar.state = CalendarState.WITHDRAWN if told is None else CalendarState.SENT
        calendar.reason = calendar.refused_print = ""
    calendar.save()


def _supersede(parcels: QuerySet[Parcel]) -> None:
    old = list(parcels.filter(state__in=WAITING).values_list("pk", flat=True))
    LogLine.objects.filter(parcel_id__in=old).update(
        state=CalendarState.NOT_SENT, reason="superseded"
    )
    Parcel.objects.filter(pk__in=old).update(state=ParcelState.SUPERSEDED)


def _log(calendar: Calendar, message: _Message, parcel: Parcel | None) -> None:
    state = CalendarState.WITHDRAWN if "shows" not in message.values else CalendarState.SENT
    if parcel is not None:
        Parcel.objects.filter(pk=parcel.pk).update(state=ParcelState.SENT, done_at=message.at)
        LogLine.objects.filter(parcel_id=parcel.pk).update(state=state, reason="", at=message.at)
        return
    LogLine.objects.create(
        entry_id=calendar.entry_id,
        person_id=calendar.person_id,
        address=calendar.address,
        uid=calendar.uid,
        calendar_id=calendar.pk,
        method=message.values.get("method", ""),
        sequence=message.sequence,
        state=state,
        at=message.at,
    )


def _look(prints: dict[int, str], now: datetime) -> int:
    """Recognise what is in step by its print; mark the rest due and return how many."""
    ids, newer = list(prints), 0
    for first in range(0, len(ids), CHUNK):
        rows = Calendar.objects.filter(pk__in=ids[first : first + CHUNK])
        calendars = list(rows.exclude(entry_id=NO_ENTRY))
        loaded = graph.load(calendars)
        behind = [row.pk for row in calendars if _is_behind(row, prints[row.pk], loaded, now)]
        Calendar.objects.filter(pk__in=behind, due_at__isnull=True).update(
            due_at=now, bulk=True, mark=F("mark") + 1, released_at=None, released_by=None
        )
        newer += len(behind)
    return newer


def _is_behind(calendar: Calendar, shown: str, loaded: graph.Graph, now: datetime) -> bool:
    """Return whether a step is to be taken; a last word of the print `shown` is completed."""
    entry = loaded.entry(calendar)
    if entry is None:
        return False
    told, *doubts = worlds_of(calendar)
    step = step_in((told,), calendar, entry, now)
    if told is not None and isinstance(step, Update) and print_of(step) == shown:
        told = replace(told, holding=step.hold.holding)
        Calendar.objects.filter(pk=calendar.pk).update(
            told_by=None, remembered=snapshots.to_json(told)
        )
    return step_in((told, *doubts), calendar, entry, now) is not None
