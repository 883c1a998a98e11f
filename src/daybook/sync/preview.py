"""Say before saving who would be mailed: by the very plan that will decide it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from daybook.calendaring.event import Disclosure
from daybook.calendaring.plan import Entry, Hold, Member, Withhold, plan
from daybook.calendaring.reconcile import Invite, Update, step_for
from daybook.entries import marking
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.entries.person_changes import calendars_of_address
from daybook.ledger import told as snapshots
from daybook.ledger.models import Calendar
from daybook.people.models import Person
from daybook.sync import graph

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Effect:
    """How many calendars a switch would reach, and when that was counted."""

    invited: int
    updated: int
    withdrawn: int
    counted_at: datetime

    @property
    def total(self) -> int:
        return self.invited + self.updated + self.withdrawn


def mailed_by_save(
    entry: DiaryEntry, assigned: Sequence[Person], *, by: Person | None, now: datetime
) -> int:
    """Return how many other people a visible change of `entry`, saved as it is, would mail.

    `entry` may be unsaved; its columns and `assigned` are what would be saved. Counted by
    address, without the saver's own.
    """
    rows = {row.address_key: row for row in Calendar.objects.filter(uid=entry.uid)}
    snapshots.fetch(rows.values())
    loaded = graph.load([Calendar(uid=entry.uid, entry_id=entry.pk or 0)])
    view = _hypothetical(entry, assigned, loaded)
    keys = {member.person.key for member in view.assigned if member.person.key} | set(rows)
    if by is not None:
        keys.discard(by.email_key)
    return sum(_would_be_mailed(view, key, rows.get(key), now) for key in keys)


def effect_of_type(
    kind: DiaryEntryType,
    *,
    synchronise: bool | None = None,
    disclosure: Disclosure | None = None,
    now: datetime,
) -> Effect:
    """Return what setting the flag or the disclosure of a type would send."""

    def flipped(entry: Entry) -> Entry:
        return replace(
            entry,
            synchronise=entry.synchronise if synchronise is None else synchronise,
            disclosure=entry.disclosure if disclosure is None else disclosure,
        )

    entries = DiaryEntry.objects.filter(type=kind)
    return _effect(marking.unfinished(entries, now), flipped, now)


def effect_of_person(person: Person, *, diary_sync: bool, now: datetime) -> Effect:
    """Return what switching diary synchronisation of `person` would send."""
    return _effect_on_person(person, lambda member: replace(member, diary_sync=diary_sync), now)


def effect_of_activity(person: Person, *, active: bool, now: datetime) -> Effect:
    """Return what deactivating `person`, or activating them again, would send to them."""
    return _effect_on_person(person, lambda member: replace(member, active=active), now)


def _effect_on_person(person: Person, change: Callable[[Member], Member], now: datetime) -> Effect:
    def switched(member: Member) -> Member:
        return change(member) if member.person.id == person.pk else member

    def flipped(entry: Entry) -> Entry:
        return replace(entry, assigned=tuple(switched(member) for member in entry.assigned))

    if not person.email_key:
        return Effect(0, 0, 0, now)
    return _effect(calendars_of_address(person.email_key, now), flipped, now)


def _effect(
    calendars: QuerySet[Calendar], flipped: Callable[[Entry], Entry], now: datetime
) -> Effect:
    counts = {"Invite": 0, "Update": 0, "Withdraw": 0}
    last = 0
    while chunk := list(calendars.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = chunk[-1].pk
        loaded = graph.load(chunk)
        for calendar in chunk:
            step = _step(calendar, loaded, flipped, now)
            if step:
                counts[step] += 1
    return Effect(counts["Invite"], counts["Update"], counts["Withdraw"], now)


def _step(
    calendar: Calendar, loaded: graph.Graph, flipped: Callable[[Entry], Entry], now: datetime
) -> str:
    entry = loaded.entry(calendar)
    if entry is None:
        return ""
    told = snapshots.from_json(calendar.told)
    answer = plan(flipped(entry), uid=calendar.uid, key=calendar.address_key, told=told, now=now)
    step = step_for(answer, told)
    if step is None or (isinstance(step, Invite | Update) and step.hold.blocked):
        return ""
    return type(step).__name__


def _hypothetical(entry: DiaryEntry, assigned: Sequence[Person], loaded: graph.Graph) -> Entry:
    people = Person.objects.select_related(graph.ACCOUNT)
    by_id = people.in_bulk([person.pk for person in assigned])
    creator = people.get(pk=entry.creator_id) if entry.creator_id else None
    return graph.view_of(
        entry,
        creator=graph.member(creator) if creator else None,
        assigned=[graph.member(by_id[person.pk]) for person in assigned],
        service=graph.service_organiser(loaded.service),
        fixed=loaded.fixed(entry.uid),
    )


def _would_be_mailed(view: Entry, key: str, row: Calendar | None, now: datetime) -> bool:
    told = snapshots.from_json(row.told) if row else None
    answer = plan(view, uid=view.uid, key=key, told=told, now=now)
    if isinstance(answer, Hold):
        return not answer.blocked
    return isinstance(answer, Withhold) and told is not None
