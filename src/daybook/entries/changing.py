"""Everything that can be done to an entry. Each verb is one transaction.

It locks the entry, asks whether this person may and has seen the newest revision, writes the
columns that change, and marks the calendars of everybody concerned: the ledger is the outbox.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext, gettext_lazy

from daybook.calendaring.event import State
from daybook.entries import drafts, locking, marking, matching, reminders
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, DiaryEntryType, Origin
from daybook.ledger import due, rows
from daybook.ledger.rows import Insert
from daybook.people.faults import FieldFault, InvalidInput, NotAllowed, Stale
from daybook.people.models import Person

_FIELDS = [field for field in DiaryEntry._meta.concrete_fields if not field.primary_key]
ENTRY = rows.inserting("entries_diaryentry", (str(field.column) for field in _FIELDS))
ASSIGNMENTS = "INSERT INTO entries_assignment (entry_id, person_id, position) VALUES {rows}"
ONLY_LOOK = gettext_lazy(
    "You may look at this entry, but only its creator, the people on it and administrators "
    "may change it."
)

# What reminders depend on, besides people and state.
_FOUND_BY = {"title", "notes", "location", "type"}
_TIMES = {"all_day", "starts_at", "start_wall", "ends_at"}


def create(
    changes: EntryChanges,
    *,
    creator: Person | None,
    now: datetime,
    origin: str = Origin.PERSON,
    uid_domain: str = "",
) -> DiaryEntry:
    """Make an entry and the row of every calendar it belongs in.

    `creator` is None when no person is behind it. Entries of the past may be made: their
    calendars are told nothing. Raises InvalidInput.
    """
    with transaction.atomic():
        draft = drafts.check(changes)
        entry = DiaryEntry(
            uid=marking.new_uid(uid_domain),
            creator=creator,
            origin=origin,
            created_at=now,
            changed_at=now,
            changed_by=creator,
            **draft.columns,
        )
        _insert(entry)
        assigned = draft.assigned or ()
        people = _people(draft, assigned)
        rows.insert_all(
            _assignments(entry, assigned),
            matching.kept_words([(entry, assigned)]),
            due.new_counter(entry.uid, entry.pk),
            marking.calendars(entry, people, now=now),
        )
        reminders.follow(entry, people, now=now, is_new=True)
    return entry


def change(
    entry_id: int,
    changes: EntryChanges,
    *,
    by: Person | None,
    now: datetime,
    expected: int | None = None,
) -> DiaryEntry:
    """Set the fields `changes` names: move, reassign, retype, reword.

    `expected` is the revision the change was made on. A change that changes nothing writes
    nothing. Raises DiaryEntry.DoesNotExist, NotAllowed, Stale, InvalidInput.
    """
    with transaction.atomic():
        entry, on_it = _locked(entry_id, by=by, expected=expected)
        before = _seen_by_guests(entry, on_it)
        draft = drafts.check(changes, entry=entry, on_it=on_it)
        assigned = on_it if draft.assigned is None else draft.assigned
        changed = {
            name: value for name, value in draft.columns.items() if getattr(entry, name) != value
        }
        if not changed and assigned == on_it:
            return entry
        write(entry, changed, by=by, now=now)
        if assigned != on_it:
            entry.assignments.all().delete()
            put_on(entry, assigned)
        if assigned != on_it or _FOUND_BY & changed.keys():
            matching.index(entry, assigned)
        if _seen_by_guests(entry, assigned) != before:
            marking.follow(entry, _people(draft, assigned), now=now)
        if assigned != on_it or _TIMES & changed.keys():
            reminders.follow(entry, _people(draft, assigned), now=now)
    return entry


def complete(
    entry_id: int, *, by: Person | None, now: datetime, expected: int | None = None
) -> DiaryEntry:
    """Note that it took place. It stays in calendars and nobody is mailed.

    Raises what `change` raises; InvalidInput at `state` when it is cancelled.
    """
    with transaction.atomic():
        entry, _ = _locked(entry_id, by=by, expected=expected)
        if entry.state == State.CANCELLED:
            sentence = gettext("This entry is cancelled. Restore it first.")
            raise InvalidInput(FieldFault("state", "is_cancelled", sentence))
        if entry.state != State.COMPLETED:
            write(entry, _to_state(State.COMPLETED, by, now), by=by, now=now)
            reminders.follow(entry, (), now=now)
    return entry


def cancel(
    entry_id: int, *, by: Person | None, now: datetime, expected: int | None = None
) -> DiaryEntry:
    """Call it off: it stays in the diary, struck out, and leaves every calendar."""
    with transaction.atomic():
        entry, on_it = _locked(entry_id, by=by, expected=expected)
        if entry.state != State.CANCELLED:
            write(entry, _to_state(State.CANCELLED, by, now), by=by, now=now)
            _follow(entry, on_it, now)
            reminders.follow(entry, (), now=now)
    return entry


def restore(
    entry_id: int, *, by: Person | None, now: datetime, expected: int | None = None
) -> DiaryEntry:
    """Open a completed, cancelled or deleted entry again; whoever lost it is invited again."""
    with transaction.atomic():
        entry, on_it = _locked(entry_id, by=by, expected=expected, deleted_too=True)
        was_in_calendars = entry.deleted_at is None and entry.state != State.CANCELLED
        if entry.state == State.OPEN and entry.deleted_at is None:
            return entry
        columns = _to_state(State.OPEN, by, now) | {"deleted_at": None, "deleted_by": None}
        write(entry, columns, by=by, now=now)
        if not was_in_calendars:
            _follow(entry, on_it, now)
        reminders.follow(entry, Person.objects.filter(pk__in=on_it), now=now)
    return entry


def delete(
    entry_id: int, *, by: Person | None, now: datetime, expected: int | None = None
) -> DiaryEntry:
    """Take it out of the diary and every calendar; `restore` brings it back.

    A second time it is DiaryEntry.DoesNotExist.
    """
    with transaction.atomic():
        entry, on_it = _locked(entry_id, by=by, expected=expected)
        write(entry, {"deleted_at": now, "deleted_by": by}, by=by, now=now)
        _follow(entry, on_it, now)
        reminders.follow(entry, (), now=now)
    return entry


def may_change(entry: DiaryEntry, person: Person | None, on_it: Collection[int]) -> bool:
    """Return whether `person` may change an entry that has the people `on_it` (ids).

    None is a process of the firm: it keeps what no person made.
    """
    if person is None:
        return entry.creator_id is None
    return person.is_administrator or person.pk == entry.creator_id or person.pk in on_it


def _locked(
    entry_id: int, *, by: Person | None, expected: int | None, deleted_too: bool = False
) -> tuple[DiaryEntry, tuple[int, ...]]:
    """Return the entry, locked until the transaction ends, and the ids of those on it in order."""
    entries = DiaryEntry.objects.select_for_update(of=("self",)).select_related("type")
    if not deleted_too:
        entries = entries.filter(deleted_at=None)
    entry = entries.get(pk=entry_id)
    on_it = tuple(entry.assignments.order_by("position", "pk").values_list("person_id", flat=True))
    if not may_change(entry, by, on_it):
        raise NotAllowed(ONLY_LOOK)
    if expected is not None and expected != entry.revision:
        raise Stale(entry.revision)
    return entry, on_it


def write(
    entry: DiaryEntry, columns: dict[str, object], *, by: Person | None, now: datetime
) -> None:
    """Set `columns` of a locked entry: its next revision, made by `by`."""
    columns = columns | {"revision": entry.revision + 1, "changed_at": now, "changed_by": by}
    for name, value in columns.items():
        setattr(entry, name, value)
    entry.save(update_fields=list(columns))


def put_on(entry: DiaryEntry, people: Sequence[int]) -> None:
    """Put these people (ids, in order) on an entry that has nobody on it."""
    rows.insert(*_assignments(entry, people))


def _assignments(entry: DiaryEntry, people: Sequence[int]) -> Insert:
    return ASSIGNMENTS, [(entry.pk, each, position) for position, each in enumerate(people)]


def _insert(entry: DiaryEntry) -> None:
    """Insert a new entry, which gets its id."""
    values = [field.get_db_prep_save(field.pre_save(entry, True), connection) for field in _FIELDS]
    [(entry.pk,)] = rows.insert(f"{ENTRY} RETURNING id", [tuple(values)])
    entry._state.adding, entry._state.db = False, connection.alias


def _seen_by_guests(entry: DiaryEntry, assigned: Collection[int]) -> object:
    """Return what calendars depend on; the order of people is no part of it."""
    return entry.facts, _leaves(entry.type), frozenset(assigned)


def _leaves(kind: DiaryEntryType) -> str | None:
    return kind.disclosure if kind.synchronise else None


def _to_state(state: State, by: Person | None, now: datetime) -> dict[str, object]:
    return {"state": state, "state_at": now, "state_by": by}


def _follow(entry: DiaryEntry, on_it: tuple[int, ...], now: datetime) -> None:
    marking.follow(entry, locking.lock_people(on_it).values() if on_it else (), now=now)


def _people(draft: drafts.Draft, assigned: Sequence[int]) -> list[Person]:
    return [draft.people[person_id] for person_id in assigned]
