"""Turn a step into the calendar object a person receives, or a reader downloads.

One object per recipient: what somebody is told depends on who it is (RFC 5546 section 3.2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from daybook.calendaring.address import normalise
from daybook.calendaring.component import (
    Attendee,
    CalendarObject,
    Method,
    Organizer,
    PartStat,
    Role,
    Status,
    VEvent,
)
from daybook.calendaring.event import Disclosure, Facts, Holding, Person, Told, Way
from daybook.calendaring.plan import disclosed, stricter


@dataclass(frozen=True, slots=True)
class Version:
    """What orders the messages of one UID (RFC 5546 section 2.1.5)."""

    sequence: int
    dtstamp: datetime


def wire_uid(uid: str, way: Way, key: str) -> str:
    """Return the UID a calendar knows the entry by.

    An own copy sent by the service organiser has a UID of its own: one calendar server must never
    see one UID under two organisers.
    """
    if way is not Way.SERVICE:
        return uid
    local, _, domain = uid.partition("@")
    return f"{local}.self.{hashlib.sha256(key.encode()).hexdigest()[:12]}@{domain}"


def request(
    told: Told, people: Sequence[Person], *, alarm: timedelta | None = None
) -> CalendarObject:
    """Return the REQUEST that makes a calendar hold `told` (RFC 5546 section 3.2.2).

    `people` are all assigned, in order; those without an address cannot be attendees. `alarm` is
    the recipient's own reminder, and is written into an own copy only: nobody is reminded by
    somebody else.
    """
    holding = told.holding
    return CalendarObject(
        _event(
            told.uid,
            Version(told.sequence, told.dtstamp),
            holding.facts,
            organizer=Organizer(told.organiser_address, told.organiser_name),
            attendees=_attendees(told, people),
            alarm=None if holding.way is Way.INVITATION else alarm,
        ),
        Method.REQUEST,
    )


def cancel(told: Told, version: Version, disclosure: Disclosure) -> CalendarObject:
    """Return the CANCEL that takes `told` out of one calendar (RFC 5546 section 3.2.5).

    Made from what was told, so it works when the entry is gone. `disclosure` is the present one;
    the stricter of both decides what is said.
    """
    recipient = told.recipient
    strictest = stricter(told.holding.disclosure, disclosure)
    only = Attendee(recipient.address, recipient.name, rsvp=None)
    return CalendarObject(
        _event(
            told.uid,
            version,
            disclosed(told.holding.facts, strictest),
            organizer=Organizer(told.organiser_address, told.organiser_name),
            attendees=(only,),
            status=Status.CANCELLED,
        ),
        Method.CANCEL,
    )


def file(
    uid: str,
    version: Version,
    holding: Holding,
    *,
    organizer: Organizer | None,
    people: Sequence[Person],
    reader_key: str,
    alarm: timedelta | None = None,
) -> CalendarObject:
    """Return the calendar file of an entry for one reader, named by a normalised address.

    `organizer` is the creator, None if there is no human one; left out also when the reader is
    that very mailbox, because some calendars refuse a file organised by themselves. METHOD is
    REQUEST only for a reader who is invited by somebody else; a file without METHOD is imported
    as it is (the PUBLISH of RFC 5546 section 3.2.1 would need an organiser). `alarm` is the
    reader's own reminder.
    """
    organiser_key = "" if organizer is None else normalise(organizer.address)
    if organiser_key == reader_key:
        organizer, organiser_key = None, ""
    people = _with_addresses(people)
    if holding.disclosure is Disclosure.BUSY:
        people = [person for person in people if person.key == reader_key]
    invited = any(person.key == reader_key for person in people)
    return CalendarObject(
        _event(
            uid,
            version,
            holding.facts,
            organizer=organizer,
            attendees=tuple(_attendee(person, organiser_key) for person in people),
            alarm=alarm,
        ),
        Method.REQUEST if organizer is not None and invited else None,
    )


def _attendees(told: Told, people: Sequence[Person]) -> tuple[Attendee, ...]:
    recipient, holding = told.recipient, told.holding
    if holding.way is Way.SERVICE:
        own = Attendee(recipient.address, recipient.name, partstat=PartStat.ACCEPTED, rsvp=False)
        return (own,)
    everybody = _with_addresses(people)
    if holding.disclosure is Disclosure.BUSY:
        everybody = [recipient]
    return tuple(_attendee(person, holding.organiser) for person in everybody)


@lru_cache(maxsize=1024)
def _attendee(person: Person, organiser_key: str) -> Attendee:
    if person.key == organiser_key:
        return Attendee(person.address, person.name, Role.CHAIR, PartStat.ACCEPTED, rsvp=None)
    return Attendee(person.address, person.name)


def _with_addresses(people: Sequence[Person]) -> list[Person]:
    """Return those with an address, each address once, first come first."""
    once: dict[str, Person] = {}
    for person in people:
        if person.key:
            once.setdefault(person.key, person)
    return list(once.values())


def _event(
    uid: str,
    version: Version,
    facts: Facts,
    *,
    organizer: Organizer | None,
    attendees: tuple[Attendee, ...],
    status: Status = Status.CONFIRMED,
    alarm: timedelta | None = None,
) -> VEvent:
    return VEvent(
        uid=uid,
        sequence=version.sequence,
        dtstamp=version.dtstamp,
        span=facts.span,
        summary=facts.title,
        location=facts.location,
        description=facts.notes,
        status=status,
        organizer=organizer,
        attendees=attendees,
        alarm=alarm,
    )
