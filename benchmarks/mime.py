"""How fast a mail is put together, against the usual ways of building the same tree.

Both others get the same words and the same calendar text, and build what calendars need:
mixed(alternative(text, html, calendar), file).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.policy import SMTP
from email.utils import format_datetime

import django
from benchmarks.measure import Ratio, report, side_by_side
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from daybook.calendaring import ical, invitation, letter
from daybook.calendaring.component import Method
from daybook.calendaring.envelope import CalendarPart, Envelope, Mailbox, mail, message_id
from daybook.calendaring.event import Disclosure, Facts, Person, State, timed
from daybook.calendaring.invitation import Version
from daybook.calendaring.letter import Letter
from daybook.calendaring.message import Message, Stamp, compose
from daybook.calendaring.plan import Entry, Hold, Member, plan
from daybook.calendaring.reconcile import Invite

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


def _person(number: int, name: str, address: str) -> Person:
    return Person(number, name, address, address)


FIVE = tuple(_person(n, f"Zoë Bridge {n}", f"zoe.{n}@firm.example") for n in range(1, 6))
OLGA = _person(6, "Olga Finch", "olga@firm.example")


@dataclass(frozen=True)
class Mail:
    """Everything one mail is made of."""

    outside: Envelope
    words: Letter
    data: bytes
    step: Invite
    stamp: Stamp


def mails(count: int) -> list[Mail]:
    """Return different invitations, each to one of five people of its entry."""
    return [_mail(number) for number in range(count)]


def _mail(number: int) -> Mail:
    start = datetime(2026, 11, 26, 9) + timedelta(hours=7 * number)
    uid = f"{number:08}-5f0c-4c8e-9a1e-3d1f0f9f7f11@daybook.example"
    entry = Entry(
        uid=uid,
        facts=Facts(
            timed(start, start + timedelta(hours=1), "Europe/London"),
            f"Site visit {number}, Café Łódź",
            "1 High Street, London",
            "Bring the plans; ring first.\nThe gate code is on the plan. Grüße " * 3,
        ),
        state=State.OPEN,
        deleted=False,
        synchronise=True,
        disclosure=Disclosure.FULL,
        assigned=tuple(Member(person, active=True, diary_sync=True) for person in FIVE),
        creator=Member(OLGA, active=True, diary_sync=True, account=1),
        service=None,
        fixed=None,
    )
    hold = plan(entry, uid=uid, key=FIVE[number % 5].key, told=None, now=NOW)
    assert isinstance(hold, Hold)
    assert hold.organiser is not None
    step = Invite(hold)
    stamp = Stamp(Version(0, NOW), hold.organiser, OLGA.address, "daybook.example")
    message = compose(step, uid=uid, people=FIVE, disclosure=Disclosure.FULL, stamp=stamp)
    told = message.told
    assert told is not None
    outside = Envelope(
        message_id=message_id(uid, 0, told.recipient.key, "daybook.example"),
        about=uid,
        date=NOW,
        sender=Mailbox(OLGA.address, OLGA.name),
        reply_to=OLGA.address,
        recipient=Mailbox(told.recipient.address, told.recipient.name),
    )
    data = ical.write(invitation.request(told, FIVE))
    return Mail(outside, letter.invitation(told, FIVE), data, step, stamp)


def by_us(one: Mail) -> bytes:
    return mail(one.outside, one.words, CalendarPart(one.data, Method.REQUEST))


def by_the_standard_library(one: Mail) -> bytes:
    """Return the same mail by `email.message.EmailMessage`."""
    message = EmailMessage(policy=SMTP)
    for name, value in _plain_headers(one).items():
        message[name] = value
    message["From"] = _address(one.outside.sender)
    message["To"] = _address(one.outside.recipient)
    message["Subject"] = one.words.subject
    message.set_content(one.words.text, cte="quoted-printable")
    message.add_alternative(one.words.html, subtype="html", cte="quoted-printable")
    message.add_alternative(
        one.data.decode(),
        subtype="calendar",
        cte="quoted-printable",
        params={"method": "REQUEST"},
    )
    message.add_attachment(one.data, maintype="application", subtype="ics", filename="invite.ics")
    return message.as_bytes()


def by_django(one: Mail) -> bytes:
    """Return the same mail by `django.core.mail.EmailMultiAlternatives`, with LF line ends."""
    message = EmailMultiAlternatives(
        one.words.subject,
        one.words.text,
        str(_address(one.outside.sender)),
        [str(_address(one.outside.recipient))],
        headers=_plain_headers(one),
    )
    message.attach_alternative(one.words.html, "text/html")
    message.attach_alternative(one.data.decode(), "text/calendar; method=REQUEST")
    attachment = MIMEApplication(one.data, "ics")
    attachment.add_header("Content-Disposition", "attachment", filename="invite.ics")
    message.attach(attachment)
    return message.message().as_bytes()


def _plain_headers(one: Mail) -> dict[str, str]:
    return {
        "Date": format_datetime(one.outside.date),
        "Reply-To": one.outside.reply_to,
        "Message-ID": one.outside.message_id,
        "References": "<root.entry@daybook.example>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF",
    }


def _address(mailbox: Mailbox) -> Address:
    return Address(mailbox.name, addr_spec=mailbox.address)


def tree(raw: bytes) -> list[str]:
    """Return the content types of all parts, outermost first."""
    return [part.get_content_type() for part in message_from_bytes(raw).walk()]


def run() -> list[Ratio]:
    if not settings.configured:
        settings.configure(USE_TZ=True)
        django.setup()
    many, few = mails(1000), mails(40)
    if not tree(by_us(few[0])) == tree(by_the_standard_library(few[0])) == tree(by_django(few[0])):
        raise AssertionError("they do not build the same mail")

    def envelopes() -> int:
        return len([by_us(one) for one in many])

    def whole_messages() -> int:
        return len([_whole(one) for one in many])

    def standard() -> int:
        return len([by_the_standard_library(one) for one in few])

    def djangos() -> int:
        return len([by_django(one) for one in few])

    return [
        side_by_side("mail / EmailMessage", envelopes, standard, promise=40),
        side_by_side("mail / EmailMultiAlternatives", envelopes, djangos, promise=15),
        # Ours finds the words and writes the calendar as well; theirs only wraps them.
        side_by_side("words, calendar, mail / EmailMessage", whole_messages, standard, promise=15),
    ]


def _whole(one: Mail) -> Message:
    return compose(
        one.step,
        uid=one.outside.about,
        people=FIVE,
        disclosure=Disclosure.FULL,
        stamp=one.stamp,
    )


if __name__ == "__main__":
    report(run())
