"""Put a calendar object and its letter into the bytes of one mail (RFC 6047, RFC 5322).

A pure function of stored values: the same message built twice is the same bytes, so that a retry
after a lost answer cannot be taken for something new.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from daybook.calendaring.component import Method
from daybook.calendaring.ical import clean
from daybook.calendaring.letter import Letter

CRLF = "\r\n"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
PLAIN = re.compile(r"[\x20-\x7e]*")
# A line with an encoded word has at most 76 characters (RFC 2047 section 2); the longest field
# name before one and "=?utf-8?b?" "?=" leave room for this many octets in base64.
ENCODED_WORD_BYTES = 39
COPIES = 16


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mail address in its ASCII form, and the name shown beside it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything on the outside of one message.

    `about` is the UID: messages of one entry refer to one root and so are read as one thread.
    """

    message_id: str
    about: str
    date: datetime
    sender: Mailbox
    reply_to: str
    recipient: Mailbox


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """A calendar text. With a `method` it is acted on by calendars and is part of the text;
    without one it is a file to open."""

    data: bytes
    method: Method | None


def message_id(uid: str, sequence: int, address_key: str, domain: str) -> str:
    """Return the Message-ID, brackets included, of one version for one calendar."""
    text = f"{uid}\n{sequence}\n{address_key}"
    return f"<{hashlib.sha256(text.encode()).hexdigest()[:40]}@{domain}>"


def mail(envelope: Envelope, letter: Letter, calendar: CalendarPart | None) -> bytes:
    """Return the whole message: 7-bit, CRLF, no line over 998 octets (RFC 5322 section 2.1.1)."""
    return head(envelope, letter.subject) + body(letter, calendar)


def head(envelope: Envelope, subject: str) -> bytes:
    """Return the fields that a `body` is put behind."""
    return _headers(envelope, subject).encode("ascii")


# Copies of one entry leave together, and are written once. Bodies are large, so few are kept.
@lru_cache(maxsize=COPIES)
def body(letter: Letter, calendar: CalendarPart | None) -> bytes:
    """Return what follows the `head`: the field Content-Type, and everything after the fields.

    With a method the tree is mixed(alternative(text, html, calendar), file), the calendar being
    the richest and therefore last alternative. A file has no calendar alternative, and a
    withdrawal of a file has no calendar at all.
    """
    calendar_text = b"" if calendar is None else calendar.data
    words = letter.text.encode("utf-8", "replace")
    boundary = hashlib.sha256(words + calendar_text).hexdigest()[:24]
    inner, outer = f"=_a{boundary}", f"=_m{boundary}"
    alternatives = [
        _part('text/plain; charset="utf-8"', _quoted(letter.text)),
        _part('text/html; charset="utf-8"', _quoted(letter.html)),
    ]
    if calendar is not None and calendar.method is not None:
        kind = f"text/calendar; charset=utf-8; method={calendar.method}"
        alternatives.append(_part(kind, _quoted_bytes(calendar.data)))
    text = _multipart("alternative", inner, alternatives)
    if calendar is not None:
        text = _multipart("mixed", outer, [text, _file(calendar.data)])
    return text.encode("ascii")


def _headers(envelope: Envelope, subject: str) -> str:
    return (
        f"Date: {_date(envelope.date)}{CRLF}"
        f"From: {_mailbox(envelope.sender)}{CRLF}"
        f"Reply-To: {envelope.reply_to}{CRLF}"
        f"To: {_mailbox(envelope.recipient)}{CRLF}"
        f"Subject: {_unstructured(subject)}{CRLF}"
        f"Message-ID: {envelope.message_id}{CRLF}"
        f"References: {_root(envelope.about, _domain(envelope))}{CRLF}"
        # Vacation notices answer neither (RFC 3834 section 2; the second is Microsoft's own).
        f"Auto-Submitted: auto-generated{CRLF}"
        f"X-Auto-Response-Suppress: OOF{CRLF}"
        f"MIME-Version: 1.0{CRLF}"
    )


@lru_cache(maxsize=COPIES)
def _root(about: str, domain: str) -> str:
    return f"<{hashlib.sha256(about.encode()).hexdigest()[:40]}.entry@{domain}>"


def _domain(envelope: Envelope) -> str:
    return envelope.message_id.rstrip(">").rpartition("@")[2]


def _multipart(kind: str, boundary: str, parts: list[str]) -> str:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"{CRLF}{CRLF}'
    return head + "".join(f"--{boundary}{CRLF}{part}" for part in parts) + f"--{boundary}--{CRLF}"


def _part(kind: str, body: str) -> str:
    return (
        f"Content-Type: {kind}{CRLF}"
        f"Content-Transfer-Encoding: quoted-printable{CRLF}{CRLF}{body}{CRLF}"
    )


def _file(data: bytes) -> str:
    text = binascii.b2a_base64(data, newline=False).decode("ascii")
    lines = "".join(text[at : at + 76] + CRLF for at in range(0, len(text), 76))
    return (
        f'Content-Type: application/ics; name="invite.ics"{CRLF}'
        f'Content-Disposition: attachment; filename="invite.ics"{CRLF}'
        f"Content-Transfer-Encoding: base64{CRLF}{CRLF}{lines}"
    )


def _quoted(text: str) -> str:
    return _quoted_bytes(text.replace("\n", CRLF).encode("utf-8", "replace"))


def _quoted_bytes(data: bytes) -> str:
    text = binascii.b2a_qp(data, istext=True).decode("ascii")
    # Its own line ends are like the first one of `data`, LF if there is none; a CR alone stays.
    return text.replace(CRLF, "\n").replace("\r", "=0D").replace("\n", CRLF)


@lru_cache(maxsize=COPIES)
def _date(moment: datetime) -> str:
    at = moment.astimezone(UTC)
    return f"{DAYS[at.weekday()]}, {at.day} {MONTHS[at.month - 1]} {at:%Y %H:%M:%S} +0000"


@lru_cache(maxsize=1024)
def _mailbox(mailbox: Mailbox) -> str:
    name = _one_line(mailbox.name)
    if not name:
        return mailbox.address
    if len(name) <= 60 and ATOMS.fullmatch(name) and "=?" not in name:
        return f"{name} <{mailbox.address}>"
    # Anything but bare atoms goes into encoded words: no quoting, so nothing to quote wrongly.
    return f"{_encoded_words(name)}{CRLF} <{mailbox.address}>"


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


@lru_cache(maxsize=COPIES)
def _unstructured(text: str) -> str:
    text = _one_line(text)
    if len(text) <= 66 and PLAIN.fullmatch(text) and "=?" not in text:
        return text
    return _encoded_words(text)


def _encoded_words(text: str) -> str:
    """Return `text` as RFC 2047 words, one a line, none of them splitting a character."""
    octets = text.encode("utf-8", "replace")
    words, at = [], 0
    while at < len(octets):
        end = at + ENCODED_WORD_BYTES
        while end < len(octets) and octets[end] & 0xC0 == 0x80:  # inside a UTF-8 sequence
            end -= 1
        words.append(octets[at:end])
        at = end
    return f"{CRLF} ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)
