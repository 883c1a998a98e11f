"""A sample entry of a type, and the very message a guest would get: composed as any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

from daybook.calendaring.event import Disclosure, Facts, Person, State, timed
from daybook.calendaring.invitation import Version
from daybook.calendaring.message import Stamp, compose
from daybook.calendaring.plan import Entry, Hold, Member, Organiser, plan
from daybook.calendaring.reconcile import Invite
from daybook.people.models import Person as Colleague

DOMAIN = "daybook.example"
LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """What a guest receives: the headers people see, the words, and the calendar text."""

    disclosure: Disclosure
    sender: str
    subject: str
    text: str
    calendar: str


def samples(type_name: str, organiser: Colleague, now: datetime) -> list[Sample]:
    """Return the invitation to a sample entry for each disclosure, the most open first.

    The sample is made by `organiser` for tomorrow morning, in that person's zone; its guests are
    invented.
    """
    return [_sample(disclosure, type_name, organiser, now) for disclosure in Disclosure]


def _sample(disclosure: Disclosure, type_name: str, organiser: Colleague, now: datetime) -> Sample:
    host = Person(
        organiser.pk or -1,
        organiser.name,
        organiser.email or f"you@{DOMAIN}",
        organiser.email_key or f"you@{DOMAIN}",
    )
    guests = [
        Person(-2, "Robin Sample", f"robin@{DOMAIN}", f"robin@{DOMAIN}"),
        Person(-3, "Kim Example", f"kim@{DOMAIN}", f"kim@{DOMAIN}"),
    ]
    people = [Member(person, active=True, diary_sync=True) for person in (*guests, host)]
    speaker = Organiser(host.id, host.name, host.address, host.key, account=1)
    entry = _entry(
        disclosure=disclosure,
        type_name=type_name,
        zone=organiser.timezone,
        people=people,
        organiser=speaker,
        now=now,
    )
    answer = plan(entry, uid=entry.uid, key=guests[0].key, told=None, now=now)
    if not isinstance(answer, Hold):
        raise TypeError("a guest of an open entry to come is always wanted")
    message = compose(
        Invite(answer),
        uid=entry.uid,
        people=[member.person for member in people],
        disclosure=disclosure,
        stamp=Stamp(Version(0, now.replace(microsecond=0)), speaker, host.address, DOMAIN),
    )
    return _read(disclosure, message.data)


def _entry(
    *,
    disclosure: Disclosure,
    type_name: str,
    zone: str,
    people: list[Member],
    organiser: Organiser,
    now: datetime,
) -> Entry:
    tomorrow = (now.astimezone(UTC) + timedelta(days=1)).replace(tzinfo=None)
    start = tomorrow.replace(hour=10, minute=0, second=0, microsecond=0)
    return Entry(
        uid=f"sample@{DOMAIN}",
        facts=Facts(
            timed(start, start + timedelta(hours=1), zone),
            f"{type_name[:LONGEST_TITLE] or 'Entry'} with Mrs Miller",
            "Mill House, 3 Weir Lane",
            "The key is with the neighbour.",
        ),
        state=State.OPEN,
        deleted=False,
        synchronise=True,
        disclosure=disclosure,
        assigned=tuple(people),
        creator=people[-1],
        service=None,
        fixed=organiser,
    )


def _read(disclosure: Disclosure, data: bytes) -> Sample:
    """Return what a mail program shows of the message, and the calendar text inside it."""
    mail = message_from_bytes(data, policy=policy.default)
    parts = {part.get_content_type(): part for part in mail.walk() if not part.is_multipart()}
    return Sample(
        disclosure=disclosure,
        sender=str(mail["From"]),
        subject=str(mail["Subject"]),
        text=_content(parts["text/plain"]),
        calendar=_content(parts["text/calendar"]),
    )


def _content(part: EmailMessage) -> str:
    return str(part.get_content()).replace("\r\n", "\n").strip()
