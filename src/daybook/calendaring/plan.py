"""Decide what one calendar should hold, and explain it: the same gates do both.

The order of the gates is the order of the sentences people read under "Why is this (not) in my
calendar?".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from daybook.calendaring.event import (
    CalendarKind,
    Disclosure,
    Facts,
    Holding,
    Person,
    State,
    Told,
    Way,
)

BUSY = "Busy"


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the gates see one. `account` is the mail account if this person can send."""

    person: Person
    active: bool
    diary_sync: bool
    kind: CalendarKind = CalendarKind.UNKNOWN
    account: int | None = None


@dataclass(frozen=True, slots=True)
class Organiser:
    """Whose entry it is on the wire: a member (`person_id`) or the service organiser (None)."""

    person_id: int | None
    name: str
    address: str
    key: str
    account: int
    can_send: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One diary entry and everything the decision about its calendars depends on.

    `assigned` keeps the order people were named in. `fixed` is the organiser the first message of
    this UID named; None before. `service` is the firm's service organiser, None if it has none.
    """

    uid: str
    facts: Facts
    state: State
    deleted: bool
    synchronise: bool
    disclosure: Disclosure
    assigned: tuple[Member, ...]
    creator: Member | None
    service: Organiser | None
    fixed: Organiser | None


class GateCode(StrEnum):
    """The gates, in the order they are asked."""

    ENTRY_OPEN = "entry_open"
    TYPE_SYNCHRONISES = "type_synchronises"
    PERSON_ACTIVE = "person_active"
    ASSIGNED = "assigned"
    DIARY_SYNC = "diary_sync"
    ADDRESS = "address"
    NOT_OVER = "not_over"
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition; `reason` is the code of why it does not hold, "" when it does."""

    code: GateCode
    reason: str = ""

    @property
    def holds(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class Hold:
    """The calendar should show `holding`.

    `organiser` says it, by its account. `blocked` is a reason why nobody can say it now; what the
    calendar was told before stays as it is. `member` is whose calendar it is.
    """

    holding: Holding
    member: Member
    organiser: Organiser | None
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class Withhold:
    """The calendar should not show the entry; what it was told is withdrawn."""

    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Both the entry and what was told of it are over: leave the calendar alone.

    `reason` is what people read: of a calendar that shows nothing, the first gate that is closed.
    """

    reason: str = "over"


Plan = Hold | Withhold | Settled
Asked = Iterator[tuple[GateCode, str]]


def plan(entry: Entry, *, uid: str, key: str, told: Told | None, now: datetime) -> Plan:
    """Return what the calendar `(uid, key)` should hold at `now` (aware).

    `key` is a normalised address; `told` its last word. People who share an address share a
    calendar: it is wanted if any of them passes the gates; if none does, the first one's reason
    is given.
    """
    over = is_over(entry, told, now)
    if over and told is not None:
        return Settled()
    # Never told, or taken back: that it is over is only one of the reasons there may be.
    closed = Settled if over else Withhold
    if uid != entry.uid:
        return closed("handed_over")
    sharing = [member for member in entry.assigned if member.person.key == key]
    reasons: list[str] = []
    for member in sharing:
        reason = _first_reason(entry, member, told, now)
        if not reason:
            return _hold(entry, member, told)
        reasons.append(reason)
    return closed(reasons[0] if reasons else _reason_nobody_is_there(entry, told, now))


def gates(entry: Entry, member: Member, told: Told | None, now: datetime) -> tuple[Gate, ...]:
    """Return every gate for one person's calendar, passed or not, in order.

    `told` is the last word of the calendar at this person's address, None if there is none.
    """
    asked = (*_but_the_sender(entry, member, told, now), _the_sender(entry, member, told))
    return tuple(Gate(code, reason) for code, reason in asked)


def first_failed(asked: Iterable[Gate]) -> Gate | None:
    """Return the first gate that does not hold; those behind it are not asked."""
    return next((gate for gate in asked if gate.reason), None)


def _first_reason(entry: Entry, member: Member, told: Told | None, now: datetime) -> str:
    """Return why a calendar should not hold the entry, "" if it should."""
    for _, reason in _but_the_sender(entry, member, told, now):
        if reason:
            return reason
    return ""


def _but_the_sender(entry: Entry, member: Member, told: Told | None, now: datetime) -> Asked:
    """Yield the gates that decide what a calendar should hold; whether somebody can say it waits.

    One after the other, because each is asked for every calendar of every round.
    """
    yield GateCode.ENTRY_OPEN, _closed(entry)
    yield GateCode.TYPE_SYNCHRONISES, "" if entry.synchronise else "type_not_synchronised"
    yield GateCode.PERSON_ACTIVE, "" if member.active else "person_inactive"
    yield GateCode.ASSIGNED, "" if _is_assigned(entry, member) else "not_assigned"
    yield GateCode.DIARY_SYNC, "" if member.diary_sync else "diary_sync_off"
    yield GateCode.ADDRESS, "" if member.person.key else "address_missing"
    yield GateCode.NOT_OVER, "over" if is_over(entry, told, now) else ""


def _the_sender(entry: Entry, member: Member, told: Told | None) -> tuple[GateCode, str]:
    return GateCode.SENDER, _sender(entry, member, told)[1]


def is_over(entry: Entry, told: Told | None, now: datetime) -> bool:
    """Return whether the entry's end, and the end last told, are both past.

    Only then does silence do no harm: a future that was told and will not happen is still shown.
    """
    return entry.facts.span.ends_at() <= now and (told is None or told.ends_at() <= now)


def organiser_of(entry: Entry) -> Organiser | None:
    """Return who invites, None if nobody can.

    Once fixed it stays, also when no longer able to send. Before: the creator; else the service
    organiser; else the first assigned person who can send.
    """
    if entry.fixed is not None:
        return entry.fixed
    return next(_candidates(entry), None)


def stricter(told: Disclosure, present: Disclosure) -> Disclosure:
    """Return the one of both that lets less leave the diary."""
    return max(told, present, key=Disclosure.strictness)


def disclosed(facts: Facts, disclosure: Disclosure) -> Facts:
    """Return what may leave the diary of `facts`."""
    match disclosure:
        case Disclosure.FULL:
            return facts
        case Disclosure.TITLE:
            return replace(facts, location="", notes="")
        case Disclosure.BUSY:
            return Facts(facts.span, BUSY)


def _candidates(entry: Entry) -> Iterator[Organiser]:
    if entry.creator is not None and entry.creator.active and entry.creator.account is not None:
        yield _organising(entry.creator, entry.creator.account)
    if entry.service is not None and entry.service.can_send:
        yield entry.service
    for member in entry.assigned:
        if member.active and member.account is not None:
            yield _organising(member, member.account)


def _organising(member: Member, account: int) -> Organiser:
    person = member.person
    return Organiser(person.id, person.name, person.address, person.key, account)


def _hold(entry: Entry, member: Member, told: Told | None) -> Hold:
    organiser, blocked = _sender(entry, member, told)
    reader = frozenset({member.person.id})
    holding = Holding(
        way=_way(entry, member, told),
        facts=disclosed(entry.facts, entry.disclosure),
        disclosure=entry.disclosure,
        organiser=told.holding.organiser if told else organiser.key if organiser else "",
        people=reader if entry.disclosure is Disclosure.BUSY else _everybody(entry),
    )
    return Hold(holding, member, organiser, blocked)


def _sender(entry: Entry, member: Member, told: Told | None) -> tuple[Organiser | None, str]:
    """Return who tells this calendar, and why nobody can ("" if somebody can)."""
    organiser = organiser_of(entry)
    if organiser is None:
        return None, "no_sender"
    return _carrying(entry, organiser, _way(entry, member, told))


def withdrawing(entry: Entry, told: Told) -> tuple[Organiser | None, str]:
    """Return who takes back `told`, and why nobody can ("" if somebody can).

    A calendar obeys only the organiser it knows (RFC 5546 section 3.2.5), so `entry.fixed` must
    be the organiser of the UID that was told.
    """
    if entry.fixed is None:
        return None, "organiser_cannot_send"
    return _carrying(entry, entry.fixed, told.holding.way)


def _carrying(entry: Entry, organiser: Organiser, way: Way) -> tuple[Organiser | None, str]:
    carrier = entry.service if way is Way.SERVICE else organiser
    if carrier is None:
        return None, "organiser_cannot_send"
    return carrier, "" if carrier.can_send else "organiser_cannot_send"


def _way(entry: Entry, member: Member, told: Told | None) -> Way:
    """Return how the entry reaches this person; chosen once and kept until withdrawn."""
    if told is not None:
        return told.holding.way
    organiser = organiser_of(entry)
    if organiser is None or not _is_own(organiser, member):
        return Way.INVITATION
    if entry.service is not None and entry.service.can_send:
        return Way.SERVICE
    return Way.SELF if member.kind is CalendarKind.OTHER else Way.FILE


def _is_own(organiser: Organiser, member: Member) -> bool:
    """Return whether the organiser's own mailbox would receive it.

    The person counts as well as the address: an organiser who got a new address since goes on
    organising by the old one.
    """
    return member.person.key == organiser.key or member.person.id == organiser.person_id


def _closed(entry: Entry) -> str:
    if entry.deleted:
        return "entry_deleted"
    return "entry_cancelled" if entry.state is State.CANCELLED else ""


def _is_assigned(entry: Entry, member: Member) -> bool:
    # Most often it is one of them who is asked about.
    return member in entry.assigned or member.person.id in _everybody(entry)


def _everybody(entry: Entry) -> frozenset[int]:
    return frozenset([member.person.id for member in entry.assigned])


def _reason_nobody_is_there(entry: Entry, told: Told | None, now: datetime) -> str:
    """Return why the address of no assigned person is the one asked about."""
    recipient = told.recipient.id if told else None
    for member in entry.assigned:
        if member.person.id == recipient:
            return _first_reason(entry, member, told, now) or "address_changed"
    return _closed(entry) or ("not_assigned" if entry.synchronise else "type_not_synchronised")
