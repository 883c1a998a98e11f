"""Carry out wishes to mail somebody a one-time link, by an account of the firm that can send.

The link is made when its mail is written and is nowhere else: every try makes a new one, and each
that arrived is good until one of them is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from html import escape
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import close_old_connections

from daybook.calendaring import address, envelope
from daybook.calendaring.envelope import Envelope, Mailbox
from daybook.calendaring.letter import Letter
from daybook.couriers.courier import Accepted, Courier, Mail, Outcome, Refused
from daybook.people import link_mail, links, service
from daybook.people.models import LinkMail, LinkPurpose, MailAccount, Person
from daybook.people.sealing import SealBroken
from daybook.sync import connecting

log = structlog.get_logger()

# Somebody waits at a page: soon, and not for long.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20))
Couriers = Callable[[MailAccount], Courier]

OPENINGS = {
    LinkPurpose.INVITATION: (
        "you have a place in the diary of your firm. Choose your password here:"
    ),
    LinkPurpose.RESET: (
        "somebody, probably you, asked for a new password for your place in the diary."
        " Choose one here:"
    ),
}
SUBJECTS = {
    LinkPurpose.INVITATION: "Your place in the diary",
    LinkPurpose.RESET: "A new password for the diary",
}
VALID = {LinkPurpose.INVITATION: "seven days", LinkPurpose.RESET: "one hour"}
CLOSINGS = {
    LinkPurpose.INVITATION: "Your user name is {username}.",
    LinkPurpose.RESET: (
        "Your user name is {username}. If you did not ask for this, you need not do anything:"
        " your password stays as it is."
    ),
}


def start_waiting(pool: Executor, now: datetime) -> None:
    """Begin every wish whose time has come; each is carried out once, by one worker."""
    while (wish := link_mail.claim(now)) is not None:
        pool.submit(_in_thread, wish)


def carry_out(
    wish: LinkMail, *, now: datetime, courier_for: Couriers = connecting.courier_for
) -> None:
    """Mail a link to whoever the wish is about, and store what became of it.

    Nothing is mailed to somebody who got MOST_AN_HOUR already: those links are still good.
    """
    reasons = [_mail_link(wish, person, now, courier_for) for person in link_mail.people_of(wish)]
    troubles = [reason for reason in reasons if reason]
    if not troubles or len(troubles) < len(reasons):
        link_mail.finish(wish, reason="", now=now)
    elif wish.tries < len(WAITS):
        link_mail.postpone(wish, until=now + WAITS[wish.tries], reason=troubles[0])
    else:
        link_mail.finish(wish, reason=troubles[0], now=now)


def _mail_link(wish: LinkMail, person: Person, now: datetime, courier_for: Couriers) -> str:
    """Return "" when the mail left, or why it did not."""
    purpose = LinkPurpose(wish.purpose)
    hour_ago = now - timedelta(hours=1)
    asked = purpose is LinkPurpose.RESET
    if asked and links.made_lately(person, purpose, hour_ago) >= link_mail.MOST_AN_HOUR:
        return ""
    accounts = link_mail.senders()
    if not accounts:
        return "no_sender"
    _, secret = links.make(person, purpose, by=None, now=now)
    letter = _letter(person, purpose, f"{wish.address}/accounts/link/{secret}/")

    def written(account: MailAccount) -> Mail:
        return _written(wish, account, person, letter, now)

    return _first_that_carries(accounts, written, courier_for)


def _first_that_carries(
    accounts: Sequence[MailAccount], written: Callable[[MailAccount], Mail], courier_for: Couriers
) -> str:
    """Try one account after the other; beside their leases, for nothing here has an order."""
    reason = ""
    for account in accounts:
        outcome = _carry(account, written(account), courier_for)
        if isinstance(outcome, Accepted):
            return ""
        reason = outcome.reason if outcome is not None else "unreachable"
        log.warning("a link was not mailed", account=account.pk, reason=reason)
        if isinstance(outcome, Refused):
            # It is the recipient that is wrong, and would be at the next server.
            return reason
    return reason


def _carry(account: MailAccount, mail: Mail, courier_for: Couriers) -> Outcome | None:
    try:
        carried = courier_for(account).carry([mail], lambda: True)
    except SealBroken:
        return None
    return next((outcome for _, outcome in carried), None)


def _written(
    wish: LinkMail, account: MailAccount, person: Person, letter: Letter, now: datetime
) -> Mail:
    sender, recipient = address.wire(account.from_address), address.wire(person.email)
    name = account.person.name if account.person is not None else service.the().name
    outside = Envelope(
        message_id=f"<{uuid4()}@{settings.DAYBOOK.public_host or 'daybook.invalid'}>",
        about=f"link mail {wish.pk}",
        date=now,
        sender=Mailbox(sender, name),
        reply_to=sender,
        recipient=Mailbox(recipient, person.name),
    )
    return Mail(wish.pk, sender, recipient, envelope.mail(outside, letter, None))


def _letter(person: Person, purpose: LinkPurpose, link: str) -> Letter:
    opening = f"Hello {person.forename}, {OPENINGS[purpose]}"
    valid = f"The link can be used once, for {VALID[purpose]}."
    closing = CLOSINGS[purpose].format(username=person.username)
    text = f"{opening}\n\n{link}\n\n{valid} {closing}\n"
    html = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>'
        f"{escape(SUBJECTS[purpose])}</title></head>\n<body>\n<p>{escape(opening)}</p>\n"
        f'<p><a href="{escape(link)}">{escape(link)}</a></p>\n'
        f"<p>{escape(valid)} {escape(closing)}</p>\n</body></html>\n"
    )
    return Letter(SUBJECTS[purpose], text, html)


def _in_thread(wish: LinkMail) -> None:
    try:
        carry_out(wish, now=datetime.now(UTC))
    finally:
        close_old_connections()
