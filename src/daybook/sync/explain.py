"""Say of every calendar of an entry where it stands and why: by the gates that decide it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from daybook.calendaring.event import Told, Way
from daybook.calendaring.plan import Entry, Gate, Hold, Member, gates, plan
from daybook.calendaring.reconcile import Step, print_of
from daybook.entries.models import DiaryEntry
from daybook.ledger import told as snapshots
from daybook.ledger.models import (
    Calendar,
    CalendarState,
    Json,
    LogLine,
    Parcel,
    ParcelState,
)
from daybook.people.models import MailAccount, Person
from daybook.sync import graph
from daybook.sync.decision import Worlds, removal_was_refused, step_in, worlds_of
from daybook.sync.sentences import GATES, sentence, state_sentence


@dataclass(frozen=True, slots=True)
class GateShown:
    """One gate with the sentence of what it asks, or of why it does not hold."""

    gate: str
    holds: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class CalendarShown:
    """Where one calendar stands. `person` is an id, None if nobody has the address any more.

    `in_step`: what it was last told is what it should hold, and nothing is under way.
    `by_file`: an own copy mailed as a file, not something a calendar took in.
    """

    person: int | None
    name: str
    address: str
    in_step: bool
    state: CalendarState
    reason: str
    sentence: str
    method: str | None
    uid: str
    sequence: int | None
    told_at: datetime | None
    answer: str | None
    gates: tuple[GateShown, ...]
    by_file: bool


@dataclass(frozen=True, slots=True)
class Why:
    """Why one person's calendar shows an entry or does not, and what happens to it next.

    `told` is what it was last told, None for nothing. `step` is the word for what has yet to be
    told ("invite", "update", "withdraw"), "" if nothing has; `due_at` is when somebody looks at it
    next, None if nobody will by themselves. `line` is what became of the last message, if any.
    """

    shown: CalendarShown
    told: Told | None
    step: str
    due_at: datetime | None
    line: LogLine | None


def why(entry: DiaryEntry, person: Person, now: datetime) -> Why:
    """Return where `person`, on the entry or not, stands with it; a fixed number of queries."""
    rows = list(
        Calendar.objects.filter(entry_id=entry.pk, uid=entry.uid, address_key=person.email_key)
        if person.email_key
        else ()
    )
    scene = _scene(entry, rows, now)
    view = scene.view(entry)
    row = rows[0] if rows else None
    member = next(
        (each for each in _people(view) if each.person.id == person.pk), None
    ) or graph.member(person)
    shown = scene.shown(view, member, row)
    if row is None:
        return Why(shown, None, "", None, None)
    step = step_in(scene.worlds(row), row, view, now)
    lines = LogLine.objects.filter(calendar_id=row.pk, parcel_id__isnull=False)
    return Why(
        shown,
        snapshots.from_json(row.told),
        type(step).__name__.lower() if step else "",
        row.due_at,
        lines.order_by("-pk").first(),
    )


def calendars(entry: DiaryEntry, now: datetime) -> list[CalendarShown]:
    """Return a row for each assigned person, the creator, and each other address ever told.

    A fixed number of queries, however many people there are.
    """
    rows = list(Calendar.objects.filter(entry_id=entry.pk).order_by("pk"))
    scene = _scene(entry, rows, now)
    view = scene.view(entry)
    by_key = {row.address_key: row for row in rows if row.uid == entry.uid}
    shown = []
    for member in _people(view):
        # People who share an address share its calendar.
        row = by_key.get(member.person.key) if member.person.key else None
        shown.append(scene.shown(view, member, row))
    keys = {member.person.key for member in _people(view)}
    others = [row for row in rows if row.uid != entry.uid or row.address_key not in keys]
    names = _names(others)
    shown += [scene.other(view, row, names) for row in others if row.frozen is not None]
    return shown


@dataclass(frozen=True)
class _Scene:
    loaded: graph.Graph
    parcels: dict[int, Parcel]
    # What calendars hold if a message arrived that waits to go once more, by its parcel.
    perhaps: dict[int, Json | None]
    held: dict[int, MailAccount]
    now: datetime

    def view(self, entry: DiaryEntry) -> Entry:
        return self.loaded.view(entry.pk, entry.uid)

    def shown(self, view: Entry, member: Member, row: Calendar | None) -> CalendarShown:
        """Return the row of a person who is on the entry, or made it."""
        told = snapshots.from_json(row.told) if row else None
        all_gates = gates(view, member, told, self.now)
        if row is None:
            return _never(member, view.uid, all_gates)
        return self._row(view, row, all_gates, name=member.person.name, person=member.person.id)

    def other(self, view: Entry, row: Calendar, names: dict[int, str]) -> CalendarShown:
        """Return the row of an address that was told, and is on the entry no more."""
        own = self.loaded.entry(row) or view
        name = names.get(row.person_id or 0, "")
        return self._row(own, row, (), name=name, person=row.person_id)

    def _row(
        self,
        view: Entry,
        row: Calendar,
        all_gates: tuple[Gate, ...],
        *,
        name: str,
        person: int | None,
    ) -> CalendarShown:
        told = snapshots.from_json(row.told)
        state, reason, in_step = self._standing(view, row, told)
        parcel = self.parcels.get(row.parcel_id or 0)
        way = told.holding.way if told else None
        return CalendarShown(
            person=person,
            name=name,
            address=row.address,
            in_step=in_step,
            state=state,
            reason=reason,
            sentence=state_sentence(state, reason, by_file=way is Way.FILE),
            method=parcel.method if parcel else None,
            uid=told.uid if told else parcel.uid if parcel else row.uid,
            sequence=parcel.sequence if parcel else None,
            told_at=row.told_at,
            answer=None,
            gates=_shown(all_gates),
            by_file=way is Way.FILE,
        )

    def _standing(
        self, view: Entry, row: Calendar, told: Told | None
    ) -> tuple[CalendarState, str, bool]:
        """Return state, reason and whether the calendar is in step, as of this moment."""
        answer = plan(view, uid=row.uid, key=row.address_key, told=told, now=self.now)
        step = step_in(self.worlds(row), row, view, self.now)
        parcel = self.parcels.get(row.parcel_id or 0)
        open_ = parcel is not None and (
            parcel.state == ParcelState.OPENED
            # One that nobody will carry any more, because the entry is over, waits no longer.
            or (parcel.state == ParcelState.FROZEN and (parcel.resend or row.due_at is not None))
        )
        if step is None and not open_:
            return self._at_rest(row, answer, told)
        return *(self._stopped(view, row, told, step) or self._on_its_way(row)), False

    def worlds(self, row: Calendar) -> Worlds:
        """Return what a calendar may hold, by a message as well that waits to go once more."""
        if row.parcel_id not in self.perhaps:
            return worlds_of(row)
        return snapshots.from_json(self.perhaps[row.parcel_id]), *worlds_of(row)

    def _stopped(
        self, view: Entry, row: Calendar, told: Told | None, step: Step | None
    ) -> tuple[CalendarState, str] | None:
        """Return state and reason of a calendar whose step does not go by itself, else None."""
        if row.released_at is not None:
            return CalendarState(row.state), "released"
        if step is not None:
            if blocked := graph.blocked(view, step):
                return (CalendarState.PROBLEM if told else CalendarState.NOT_SENT), blocked
            if row.refused_print == print_of(step):
                return CalendarState.PROBLEM, row.reason
        # Also a Resend that nobody can carry: nothing is to be told, and yet it waits.
        return None if row.due_at is not None else (CalendarState(row.state), row.reason)

    def _on_its_way(self, row: Calendar) -> tuple[CalendarState, str]:
        account = self.held.get(row.account_id or 0)
        if account is not None:
            return CalendarState.PROBLEM, account.held_reason
        return CalendarState.WAITING, row.reason if row.state == CalendarState.WAITING else ""

    @staticmethod
    def _at_rest(
        row: Calendar, answer: object, told: Told | None
    ) -> tuple[CalendarState, str, bool]:
        reason = "" if isinstance(answer, Hold) else str(getattr(answer, "reason", ""))
        if told is not None:
            return CalendarState.SENT, reason, True
        if removal_was_refused(row):
            return CalendarState.WITHDRAWN, row.reason, True
        gone = row.frozen is not None and row.told_at is not None
        return (CalendarState.WITHDRAWN if gone else CalendarState.NOT_SENT), reason, True


def _scene(entry: DiaryEntry, rows: Sequence[Calendar], now: datetime) -> _Scene:
    loaded = graph.load([*rows, Calendar(uid=entry.uid, entry_id=entry.pk)])
    parcels = Parcel.objects.in_bulk([row.parcel_id for row in rows if row.parcel_id])
    waiting = (one for one in parcels.values() if one.state == ParcelState.FROZEN)
    perhaps = snapshots.of_parcels([one.pk for one in waiting if one.uncertain])
    held = _held_accounts({row.account_id for row in rows if row.account_id})
    return _Scene(loaded, parcels, perhaps, held, now)


def _people(view: Entry) -> Iterable[Member]:
    yield from view.assigned
    on_it = {member.person.id for member in view.assigned}
    if view.creator is not None and view.creator.person.id not in on_it:
        yield view.creator


def _never(member: Member, uid: str, all_gates: tuple[Gate, ...]) -> CalendarShown:
    """Return the row of somebody nothing was ever kept for: the first closed gate says why."""
    reason = next((gate.reason for gate in all_gates if not gate.holds), "")
    return CalendarShown(
        person=member.person.id,
        name=member.person.name,
        address=member.person.address,
        in_step=bool(reason),
        state=CalendarState.NOT_SENT,
        reason=reason,
        sentence=state_sentence(CalendarState.NOT_SENT, reason),
        method=None,
        uid=uid,
        sequence=None,
        told_at=None,
        answer=None,
        gates=_shown(all_gates),
        by_file=False,
    )


def _shown(all_gates: tuple[Gate, ...]) -> tuple[GateShown, ...]:
    return tuple(
        GateShown(gate.code, gate.holds, sentence(gate.reason) or str(GATES[gate.code]))
        for gate in all_gates
    )


def _held_accounts(ids: set[int]) -> dict[int, MailAccount]:
    return MailAccount.objects.exclude(held_reason="").in_bulk(ids) if ids else {}


def _names(rows: Sequence[Calendar]) -> dict[int, str]:
    ids = {row.person_id for row in rows if row.person_id is not None}
    return {person.pk: person.name for person in Person.objects.filter(pk__in=ids)} if ids else {}
