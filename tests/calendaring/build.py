"""Entries, people and calendars for tests, with everything that does not matter already said.

Ada and Ben are on the entry; Olga made it and can send; Cleo is never on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from daybook.calendaring.address import normalise
from daybook.calendaring.event import (
    Disclosure,
    Facts,
    Holding,
    Person,
    Span,
    State,
    Told,
    Way,
    timed,
)
from daybook.calendaring.invitation import Version
from daybook.calendaring.message import Message, Stamp, compose
from daybook.calendaring.plan import (
    Entry,
    Hold,
    Member,
    Organiser,
    Plan,
    plan,
    withdrawing,
)
from daybook.calendaring.reconcile import Invite, Step, Update, Withdraw, next_sequence, reconcile

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
LONG_AFTER = datetime(2027, 6, 1, tzinfo=UTC)
UID = "5f0c2b1e@daybook.example"
DOMAIN = "daybook.example"


def a_person(number: int, name: str, address: str) -> Person:
    return Person(number, name, address, normalise(address) if address else "")


ADA = a_person(1, "Ada Lovelace", "ada@firm.example")
BEN = a_person(2, "Ben Moss", "ben@firm.example")
CLEO = a_person(3, "Cleo Hart", "cleo@firm.example")
OLGA = a_person(4, "Olga Finch", "olga@firm.example")
PEOPLE = {"ada": ADA, "ben": BEN, "cleo": CLEO, "olga": OLGA}
SERVICE = Organiser(None, "Firm Diary", "diary@firm.example", "diary@firm.example", account=90)

TEN = datetime(2026, 11, 26, 10)
FACTS = Facts(
    timed(TEN, TEN + timedelta(hours=1), "Europe/London"),
    "Boiler survey",
    "1 High Street",
    "Bring the plans.",
)
YESTERDAY = timed(datetime(2026, 11, 1, 10), datetime(2026, 11, 1, 11), "Europe/London")


def at(start: datetime, zone: str = "Europe/London") -> Span:
    """Return the hour from `start`."""
    return timed(start, start + timedelta(hours=1), zone)


def member(name: str, **said: Any) -> Member:
    """Return somebody who passes every gate; only Olga has a mail account unless told otherwise."""
    unsaid: dict[str, Any] = {"active": True, "diary_sync": True}
    if name == "olga":
        unsaid["account"] = 40
    return Member(PEOPLE[name], **{**unsaid, **said})


def an_entry(*names: str | Member, **said: Any) -> Entry:
    """Return an entry of Olga's that is in everybody's way to a calendar."""
    unsaid: dict[str, Any] = {
        "uid": UID,
        "facts": FACTS,
        "state": State.OPEN,
        "deleted": False,
        "synchronise": True,
        "disclosure": Disclosure.FULL,
        "assigned": tuple(member(name) if isinstance(name, str) else name for name in names),
        "creator": member("olga"),
        "service": None,
        "fixed": None,
    }
    return Entry(**{**unsaid, **said})


def organiser(name: str, **said: Any) -> Organiser:
    person = PEOPLE[name]
    unsaid: dict[str, Any] = {"account": person.id * 10}
    return Organiser(person.id, person.name, person.address, person.key, **{**unsaid, **said})


def planned(
    entry: Entry, last_word: Mapping[str, Told] | None = None, now: datetime = NOW
) -> dict[str, Plan]:
    """Return the plan of every address on the entry or ever told."""
    told = last_word or {}
    keys = [someone.person.key for someone in entry.assigned if someone.person.key]
    return {
        key: plan(entry, uid=UID, key=key, told=told.get(key), now=now)
        for key in dict.fromkeys([*keys, *told])
    }


def holds(entry: Entry) -> dict[str, Hold]:
    """Return the same for an entry that every address on it should hold."""
    answers = planned(entry)
    assert all(isinstance(answer, Hold) for answer in answers.values())
    return {key: answer for key, answer in answers.items() if isinstance(answer, Hold)}


def steps(
    entry: Entry, last_word: Mapping[str, Told] | None = None, now: datetime = NOW
) -> dict[str, Step]:
    return reconcile(planned(entry, last_word, now), last_word or {})


def composed(
    step: Step,
    entry: Entry,
    *,
    sequence: int = 0,
    minutes: int = 0,
    alarm: timedelta | None = None,
) -> Message:
    """Return the message of a step, sent `minutes` after NOW by whoever is to send it."""
    if isinstance(step, Withdraw):
        sender = withdrawing(_organised_as(entry, step.told), step.told)[0]
    else:
        sender = step.hold.organiser
    assert sender is not None
    return compose(
        step,
        uid=entry.uid,
        people=people_of(entry),
        disclosure=entry.disclosure,
        stamp=Stamp(
            Version(sequence, NOW + timedelta(minutes=minutes)), sender, sender.address, DOMAIN
        ),
        alarm=alarm,
    )


def delivered(
    to_do: Mapping[str, Step], entry: Entry, last_word: Mapping[str, Told] | None = None
) -> dict[str, Told]:
    """Return the last word of every calendar once the steps have arrived."""
    after = dict(last_word or {})
    for key, step in to_do.items():
        if not isinstance(step, Withdraw) and step.hold.blocked:
            continue
        before = after.pop(key, None)
        sequence = next_sequence(0, before.sequence if before else None)
        told = composed(step, entry, sequence=sequence, minutes=sequence).told
        if told is not None:
            after[key] = told
    return after


def held(*names: str | Member, **said: Any) -> dict[str, Told]:
    """Return what calendars hold of such an entry, each told once."""
    entry = an_entry(*names, **said)
    return delivered(steps(entry), entry)


def one(found: Mapping[str, Any] | Iterable[Any]) -> Any:
    """Return the only value there is."""
    values = list(found.values()) if isinstance(found, Mapping) else list(found)
    assert len(values) == 1, values
    return values[0]


def invited(entry: Entry, key: str = ADA.key, *, alarm: timedelta | None = None) -> Message:
    """Return the first invitation to one address, whose owner wants to be reminded by `alarm`."""
    step = steps(entry)[key]
    assert isinstance(step, Invite)
    return composed(step, entry, alarm=alarm)


def updated(before: Entry, after: Entry, key: str = ADA.key) -> Message:
    """Return the mail to one address about the difference."""
    step = steps(after, delivered(steps(before), before))[key]
    assert isinstance(step, Update)
    return composed(step, after, sequence=1, minutes=10)


def withdrawn(before: Entry, after: Entry, key: str = ADA.key) -> Message:
    """Return the mail that takes the entry out of one calendar."""
    step = steps(after, delivered(steps(before), before))[key]
    assert isinstance(step, Withdraw)
    return composed(step, after, sequence=1, minutes=10)


def people_of(entry: Entry) -> list[Person]:
    return [someone.person for someone in entry.assigned]


def a_holding(**said: Any) -> Holding:
    unsaid: dict[str, Any] = {
        "way": Way.INVITATION,
        "facts": FACTS,
        "disclosure": Disclosure.FULL,
        "organiser": OLGA.key,
        "people": frozenset({ADA.id, BEN.id}),
    }
    return Holding(**{**unsaid, **said})


def _organised_as(entry: Entry, told: Told) -> Entry:
    """Return the entry with the organiser that a calendar was told of."""
    known = Organiser(
        None, told.organiser_name, told.organiser_address, told.holding.organiser, told.account
    )
    return replace(entry, fixed=entry.fixed or known)
