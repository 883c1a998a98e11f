"""Carry out "Send test message": the typed account is tried in steps a person can follow."""

from __future__ import annotations

from concurrent.futures import Executor
from datetime import UTC, datetime
from uuid import uuid4

from django.conf import settings
from django.db import close_old_connections

from daybook.calendaring import address, envelope
from daybook.calendaring.envelope import Envelope, Mailbox
from daybook.calendaring.letter import Letter
from daybook.couriers.courier import Accepted, Mail, Outcome
from daybook.couriers.smtp import SmtpCourier
from daybook.people import mail_test
from daybook.people.models import MailTest
from daybook.people.sealing import SealBroken
from daybook.sync import connecting
from daybook.sync.sentences import sentence

# What each reason says about how far it got.
FAILED_AT = {
    "host_not_allowed": "connect",
    "host_unknown": "connect",
    "unreachable": "connect",
    "server_busy": "connect",
    "server_refused": "connect",
    "server_unverified": "secure",
    "sign_in_refused": "sign_in",
    "credentials_unreadable": "sign_in",
}
STEPS = {
    "connect": "Find and reach the mail server",
    "secure": "Secure the connection",
    "sign_in": "Sign in",
    "send": "Hand over the test message",
}


def start_waiting(pool: Executor, now: datetime) -> None:
    """Begin every waiting test; each is carried out once, by one worker."""
    while (test := mail_test.claim(now)) is not None:
        pool.submit(_in_thread, test)


def carry_out(test: MailTest, courier: SmtpCourier | None = None) -> None:
    """Try the account of `test` and store how far it got."""
    mail = _test_message(test)
    try:
        carried = (courier or _courier(test)).carry([mail], lambda: True)
        outcome: Outcome | None = next((outcome for _, outcome in carried), None)
    except SealBroken:
        _finish(test, "sign_in", "credentials_unreadable", "")
        return
    if isinstance(outcome, Accepted):
        _finish(test, "", "", outcome.reply)
    elif outcome is None:
        _finish(test, "connect", "unreachable", "")
    else:
        _finish(test, FAILED_AT.get(outcome.reason, "send"), outcome.reason, outcome.reply)


def _courier(test: MailTest) -> SmtpCourier:
    return connecting.courier_to(
        host=test.host,
        port=test.port,
        security=test.security,
        username=test.username,
        password=mail_test.open_password(test),
    )


def _finish(test: MailTest, failed_at: str, reason: str, reply: str) -> None:
    steps: list[dict[str, str]] = []
    for step, name in STEPS.items():
        failed = step == failed_at
        said = sentence(reason) if failed else ""
        state = "failed" if failed else "passed"
        steps.append({"step": step, "state": state, "sentence": f"{name}. {said}".strip()})
        if failed:
            # What the server said only where it was asked as itself: at sign-in and at the message.
            if step in ("sign_in", "send") and reply:
                steps[-1]["server_reply"] = reply
            break
    if not failed_at and reply:
        steps[-1]["server_reply"] = reply
    mail_test.finish(test, steps, passed=not failed_at, now=datetime.now(UTC))


def _test_message(test: MailTest) -> Mail:
    sender, recipient = address.wire(test.from_address), address.wire(test.to_address)
    text = "This is the test message you asked Daybook to send. Your mail account works.\n"
    outside = Envelope(
        message_id=f"<{uuid4()}@{settings.DAYBOOK.public_host or 'daybook.invalid'}>",
        about="mail test",
        date=test.asked_at,
        sender=Mailbox(sender),
        reply_to=sender,
        recipient=Mailbox(recipient),
    )
    letter = Letter("Test message from Daybook", text, f"<p>{text}</p>\n")
    return Mail(test.pk, sender, recipient, envelope.mail(outside, letter, None))


def _in_thread(test: MailTest) -> None:
    try:
        carry_out(test)
    finally:
        close_old_connections()
