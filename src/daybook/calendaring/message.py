"""Compose the message of one step: what the calendar holds after it, and the exact bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from daybook.calendaring import envelope, ical, invitation, letter
from daybook.calendaring.address import wire
from daybook.calendaring.component import CalendarObject, Method
from daybook.calendaring.envelope import CalendarPart, Envelope, Mailbox
from daybook.calendaring.event import Disclosure, Facts, Holding, Person, Told, Way
from daybook.calendaring.invitation import Version
from daybook.calendaring.plan import Organiser
from daybook.calendaring.reconcile import Invite, Step, Update, Withdraw

MAILED_FILE = "FILE"
MAILED_REMOVAL = "NOTICE"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the shell decides about a message: its version, sender and own domain.

    `from_address` is the sending account's; ORGANIZER and Reply-To are the organiser's.
    """

    version: Version
    organiser: Organiser
    from_address: str
    domain: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready to be kept and carried.

    `method` is the iTIP method, or FILE and NOTICE for an own copy mailed as a file. `told` is
    what the calendar holds once this has arrived, None after a withdrawal. The bytes are `head`
    and then `body`, which is one object for all who are told the same.
    """

    method: str
    uid: str
    sequence: int
    message_id: str
    envelope_from: str
    envelope_to: str
    head: bytes
    body: bytes
    told: Told | None

    @property
    def data(self) -> bytes:
        """The whole message."""
        return self.head + self.body


@dataclass(frozen=True, slots=True)
class _Said:
    """What a message says, whoever is to read it: its iTIP method, subject and body."""

    method: str
    subject: str
    body: bytes


ANYBODY = Person(0, "", "", "")


def compose(
    step: Step,
    *,
    uid: str,
    people: Sequence[Person],
    disclosure: Disclosure,
    stamp: Stamp,
    alarm: timedelta | None = None,
) -> Message:
    """Return the message that carries `step` to its calendar.

    `uid` is the entry's; `people` all assigned, in order; `disclosure` the type's at present;
    `alarm` the recipient's own reminder, for an own copy. The same arguments give the same bytes.
    """
    if isinstance(step, Withdraw):
        return _withdrawal(step, disclosure, stamp)
    return _telling(step, uid, people, stamp, alarm)


@dataclass(frozen=True, slots=True)
class Reminding:
    """A reminder by mail: of which entry, as it begins at `starts_at`, so many `minutes` before.

    `facts` and `people` are what may leave, in the reader's zone. `link` is the entry's page, ""
    if the diary has no address.
    """

    uid: str
    starts_at: datetime
    minutes: int
    facts: Facts
    people: Sequence[Person]
    link: str


def reminder(about: Reminding, *, sender: Mailbox, recipient: Person, at: datetime) -> bytes:
    """Return the mail that reminds `recipient`; it has no calendar part.

    The same arguments give the same bytes. The Message-ID is that of this reminder whenever it is
    written, and the mail is read in one thread with the entry's invitations.
    """
    named = f"reminder {about.minutes} of {about.uid} at {about.starts_at.isoformat()}"
    domain = about.uid.rpartition("@")[2]
    outside = Envelope(
        message_id=envelope.message_id(named, 0, recipient.key, domain),
        about=about.uid,
        date=at,
        sender=sender,
        reply_to=sender.address,
        recipient=Mailbox(wire(recipient.address), recipient.name),
    )
    return envelope.mail(outside, letter.reminder(about.facts, about.people, about.link), None)


def _telling(
    step: Invite | Update,
    uid: str,
    people: Sequence[Person],
    stamp: Stamp,
    alarm: timedelta | None,
) -> Message:
    told = _told_after(step, uid, stamp)
    before = step.replaces.holding if isinstance(step, Update) else None
    said = _said(_to_anybody(told), before, tuple(people), alarm)
    return _message(said, told, stamp, after=told)


def _to_anybody(told: Told) -> Told:
    """Return `told` without its recipient, if others on the entry are told the same."""
    holding = told.holding
    if holding.way is not Way.INVITATION or holding.disclosure is Disclosure.BUSY:
        return told
    return replace(told, recipient=ANYBODY)


# Copies of one entry leave together, and say the same.
@lru_cache(maxsize=envelope.COPIES)
def _said(
    told: Told, before: Holding | None, people: Sequence[Person], alarm: timedelta | None
) -> _Said:
    if told.holding.way is Way.FILE:
        # The organiser's own mailbox: its calendar takes only a file that names no organiser.
        calendar = invitation.file(
            told.uid,
            Version(told.sequence, told.dtstamp),
            told.holding,
            organizer=None,
            people=people,
            reader_key=told.recipient.key,
            alarm=alarm,
        )
        method = MAILED_FILE
    else:
        calendar = invitation.request(told, people, alarm=alarm)
        method = Method.REQUEST.value
    if before is None:
        words = letter.invitation(told, people)
    else:
        words = letter.update(told, before, people)
    return _say(method, words, calendar)


def _withdrawal(step: Withdraw, disclosure: Disclosure, stamp: Stamp) -> Message:
    words = letter.withdrawal(step.told, step.reason, disclosure)
    if step.told.holding.way is Way.FILE:
        said = _say(MAILED_REMOVAL, words, None)
    else:
        calendar = invitation.cancel(step.told, stamp.version, disclosure)
        said = _say(Method.CANCEL.value, words, calendar)
    return _message(said, step.told, stamp, after=None)


def _say(method: str, words: letter.Letter, calendar: CalendarObject | None) -> _Said:
    part = CalendarPart(ical.write(calendar), calendar.method) if calendar else None
    return _Said(method, words.subject, envelope.body(words, part))


def _told_after(step: Invite | Update, uid: str, stamp: Stamp) -> Told:
    hold = step.hold
    person, organiser = hold.member.person, stamp.organiser
    wire_uid = invitation.wire_uid(uid, hold.holding.way, person.key)
    organiser_address = organiser.address
    if isinstance(step, Update):
        # A calendar obeys the ORGANIZER it knows, also when his address is another by now.
        wire_uid, organiser_address = step.replaces.uid, step.replaces.organiser_address
    return Told(
        holding=hold.holding,
        uid=wire_uid,
        sequence=stamp.version.sequence,
        dtstamp=stamp.version.dtstamp,
        recipient=person,
        organiser_name=organiser.name,
        organiser_address=organiser_address,
        account=organiser.account,
    )


def _message(said: _Said, told: Told, stamp: Stamp, *, after: Told | None) -> Message:
    version, recipient = stamp.version, told.recipient
    message_id = envelope.message_id(told.uid, version.sequence, recipient.key, stamp.domain)
    outside = Envelope(
        message_id=message_id,
        about=told.uid,
        date=version.dtstamp,
        sender=Mailbox(wire(stamp.from_address), told.organiser_name),
        reply_to=wire(told.organiser_address),
        recipient=Mailbox(wire(recipient.address), recipient.name),
    )
    return Message(
        method=said.method,
        uid=told.uid,
        sequence=version.sequence,
        message_id=message_id,
        envelope_from=outside.sender.address,
        envelope_to=outside.recipient.address,
        head=envelope.head(outside, said.subject),
        body=said.body,
        told=after,
    )
