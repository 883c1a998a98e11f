"""A diary of one entry, with the least ledger that keeps the promises of the engine.

After every change each calendar is planned, the difference composed, "carried" and applied to a
model calendar, all in memory. What the product's ledger adds (waiting, retries, lost answers,
several workers) has no place here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.calendaring.model_calendar import ModelCalendar

from daybook.calendaring.address import normalise
from daybook.calendaring.event import CalendarKind, Disclosure, Facts, Person, State, Told
from daybook.calendaring.invitation import Version
from daybook.calendaring.message import Message, Stamp, compose
from daybook.calendaring.plan import (
    Entry,
    Member,
    Organiser,
    first_failed,
    gates,
    organiser_of,
    plan,
    withdrawing,
)
from daybook.calendaring.reconcile import Step, Withdraw, next_sequence, reconcile

DOMAIN = "daybook.example"
ONE_SECOND = timedelta(seconds=1)
Key = tuple[str, str]


@dataclass
class Row:
    """The last word of one calendar, and the highest number it ever got."""

    told: Told | None = None
    highest: int | None = None


@dataclass
class Counter:
    """What all calendars of one UID have in common."""

    sequence: int = 0
    frozen: bool = False
    dtstamp: datetime | None = None
    organiser: Organiser | None = None

    def edited(self) -> None:
        self.sequence, self.frozen = self.sequence + self.frozen, False


@dataclass(frozen=True)
class Sent:
    """One mail, to whom it went and what the calendar there did with it."""

    key: str
    message: Message
    did: str


@dataclass
class SmallDiary:
    """The firm, its one entry and everybody's calendar."""

    now: datetime = datetime(2026, 11, 2, 8, tzinfo=UTC)
    people: dict[str, Member] = field(default_factory=dict)
    can_send: dict[str, bool] = field(default_factory=dict)
    service: Organiser | None = None
    synchronise: bool = True
    disclosure: Disclosure = Disclosure.FULL
    uid: str = f"1@{DOMAIN}"
    facts: Facts | None = None
    state: State = State.OPEN
    deleted: bool = False
    assigned: tuple[str, ...] = ()
    creator: str | None = None
    rows: dict[Key, Row] = field(default_factory=dict)
    uids: dict[str, Counter] = field(default_factory=dict)
    calendars: dict[str, ModelCalendar] = field(default_factory=dict)

    # People and settings ------------------------------------------------------------------------

    def add(self, name: str, *, can_send: bool, **said: object) -> None:
        number = len(self.people) + 1
        person = Person(number, name.capitalize(), "", "")
        account = number * 10 if can_send else None
        self.people[name] = replace(
            Member(person, active=True, diary_sync=True, account=account),
            **said,  # type: ignore[arg-type]
        )
        self.can_send[name] = can_send
        self.move_to(name, f"{name}@firm.example")

    def set(self, name: str, **said: object) -> None:
        self.people[name] = replace(self.people[name], **said)  # type: ignore[arg-type]

    def move_to(self, name: str, address: str) -> None:
        key = normalise(address) if address else ""
        self.set(name, person=replace(self.people[name].person, address=address, key=key))
        if key:
            takes = self.people[name].kind is CalendarKind.OTHER
            self.calendars.setdefault(key, ModelCalendar(key, takes_own_requests=takes))

    def let_send(self, name: str, *, can_send: bool) -> None:
        self.set(name, account=self.people[name].person.id * 10 if can_send else None)

    def service_is(self, address: str) -> None:
        self.service = (
            Organiser(None, "Firm Diary", address, normalise(address), 900) if address else None
        )

    # The entry ----------------------------------------------------------------------------------

    def entry(self, uid: str) -> Entry:
        """Return the entry as the calendars of one of its UIDs see it."""
        assert self.facts is not None, "nothing was saved yet"
        fixed = self._counter(uid).organiser
        return Entry(
            uid=self.uid,
            facts=self.facts,
            state=self.state,
            deleted=self.deleted,
            synchronise=self.synchronise,
            disclosure=self.disclosure,
            assigned=tuple(self.people[name] for name in self.assigned),
            creator=self.people[self.creator] if self.creator else None,
            service=self.service,
            fixed=replace(fixed, can_send=self._still_sends(fixed)) if fixed else None,
        )

    def edit(self, **said: object) -> None:
        """Change the entry; what guests can see of it counts once it is on its way."""
        before = self._visible()
        for name, value in said.items():
            setattr(self, name, value)
        if self._visible() != before:
            self._counter(self.uid).edited()

    def hand_over(self, name: str) -> None:
        """Give the entry a new UID under another organiser; the old one lets go."""
        person, account = self.people[name].person, self.people[name].account
        assert account is not None, f"{name} cannot send"
        self.uid = f"{len(self.uids) + 1}@{DOMAIN}"
        self._counter(self.uid).organiser = Organiser(
            person.id, person.name, person.address, person.key, account
        )

    def why_not(self, name: str) -> str:
        """Return the first gate that keeps the entry out of a calendar, "" if none does."""
        entry, member = self.entry(self.uid), self.people[name]
        row = self.rows.get((self.uid, member.person.key), Row())
        failed = first_failed(gates(entry, member, row.told, self.now))
        return failed.reason if failed else ""

    # Bringing calendars up to date --------------------------------------------------------------

    def catch_up(self) -> tuple[list[Sent], dict[str, str]]:
        """Send what there is to say; return the mails, and why the rest of the addresses wait."""
        sent, waiting = self._send()
        again, still_waiting = self._send()
        assert not again, "the same was said twice"
        assert still_waiting == waiting
        self.now += timedelta(minutes=1)
        return sent, waiting

    def _send(self) -> tuple[list[Sent], dict[str, str]]:
        sent, waiting = [], {}
        taken: dict[str, datetime] = {}
        for (uid, key), step in self._steps().items():
            organiser, blocked = self._sender(uid, step)
            if organiser is None or blocked:
                waiting[key] = blocked
                continue
            dtstamp = taken.setdefault(uid, self._dtstamp(uid))
            message = self._frozen((uid, key), step, organiser, dtstamp)
            sent.append(Sent(key, message, self.calendars[key].apply(message.data)))
        return sent, waiting

    def _steps(self) -> dict[Key, Step]:
        if self.facts is None:
            return {}
        for name in self.assigned:
            key = self.people[name].person.key
            if key:
                self.rows.setdefault((self.uid, key), Row())
        last_word = {key: row.told for key, row in self.rows.items() if row.told}
        wanted = {
            (uid, key): plan(self.entry(uid), uid=uid, key=key, told=row.told, now=self.now)
            for (uid, key), row in self.rows.items()
        }
        return reconcile(wanted, last_word)

    def _sender(self, uid: str, step: Step) -> tuple[Organiser | None, str]:
        if isinstance(step, Withdraw):
            return withdrawing(self.entry(uid), step.told)
        return step.hold.organiser, step.hold.blocked

    def _frozen(self, at: Key, step: Step, organiser: Organiser, dtstamp: datetime) -> Message:
        uid, row = at[0], self.rows[at]
        counter, entry = self._counter(uid), self.entry(uid)
        if counter.organiser is None:
            counter.organiser = organiser_of(entry)
        number = next_sequence(counter.sequence, row.highest)
        message = compose(
            step,
            uid=uid,
            people=[member.person for member in entry.assigned],
            disclosure=entry.disclosure,
            stamp=Stamp(Version(number, dtstamp), organiser, organiser.address, DOMAIN),
        )
        counter.sequence, counter.frozen = max(counter.sequence, number), True
        counter.dtstamp = dtstamp
        row.told, row.highest = message.told, number
        return message

    def _dtstamp(self, uid: str) -> datetime:
        last = self._counter(uid).dtstamp
        return self.now if last is None else max(self.now, last + ONE_SECOND)

    def _counter(self, uid: str) -> Counter:
        return self.uids.setdefault(uid, Counter())

    def _still_sends(self, organiser: Organiser) -> bool:
        if organiser.person_id is None:
            return self.service is not None
        return any(
            member.account is not None
            for member in self.people.values()
            if member.person.id == organiser.person_id
        )

    def _visible(self) -> object:
        shown = self.state is not State.CANCELLED and not self.deleted
        leaves = self.disclosure if self.synchronise else None
        return self.facts, shown, leaves, frozenset(self.assigned)

    def told(self) -> Iterator[tuple[str, Told]]:
        """Yield what each calendar was last told, by its address."""
        for (_, key), row in self.rows.items():
            if row.told is not None:
                yield key, row.told
