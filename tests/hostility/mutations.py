"""Documents changed at random: by octets, by lines, and by pieces of other documents.

What is changed are our own messages, other programs' calendar texts, mails and bodies of the API;
what reads them has to end soon and to raise nothing.
"""

from __future__ import annotations

import contextlib
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.hostility import corpus
from tests.hostility.corpus import octets

from daybook.api.body import read_json
from daybook.api.problems import Refusal
from daybook.calendaring import ical_explain, ical_reader
from daybook.demo import mailbox_pages
from daybook.demo.model_calendar import ModelCalendar
from daybook.demo.post_office import Letter

GOLDEN = Path(__file__).parents[1] / "calendaring" / "golden"
# Seeds above this size would only measure how long it takes to copy them.
LARGEST_SEED = 40_000
LONGEST_SECONDS = 2.0
WORDS = (
    *(b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"BEGIN:VCALENDAR\r\n", b"END:VCALENDAR\r\n"),
    *(b"RRULE:FREQ=SECONDLY\r\n", b"DTSTART;TZID=Europe:20360101T000000\r\n", b"\r\n ", b"\r\n\t"),
    *(
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\r",
        b"\n",
        b"\xe2\x80\xa8",
        b"=?utf-8?b?",
    ),
    *(b"Content-Type: message/rfc822\r\n\r\n", b"Content-Type: text/calendar\r\n\r\n", b"--x\r\n"),
    *(b'{"', b"[[", b'":', b"1e999", b"NaN", b"\\ud800", b"\\u0000", b"9" * 40, b"null", b"-"),
    *(b'"', b";", b":", b",", b"\\", b"^n", b"%00", b"/etc/passwd", b"99999999T999999Z"),
)


class TooSlowError(Exception):
    """Reading one document took longer than LONGEST_SECONDS."""


@dataclass(frozen=True)
class Kind:
    """One kind of document: what it begins as, and everything that reads it."""

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes], None]


def kinds() -> tuple[Kind, ...]:
    """Return the three kinds of document."""
    files = [path.read_bytes() for path in sorted(GOLDEN.rglob("*.ics"))]
    mails = [path.read_bytes() for path in sorted(GOLDEN.rglob("*.eml"))]
    bodies = [
        b'{"title": "Survey", "type": 1, "start": "2036-03-03T09:00", "assigned": [1, 2]}',
        b'{"username": "eve", "forename": "Eve", "email": "eve@x.test", "email_syncing": true}',
        b'{"host": "smtp.x.test", "port": 587, "security": "tls", "password": "secret"}',
    ]
    return (
        Kind("calendar texts", _seeds("icalendar", files), read_calendar),
        Kind("mails", _seeds("mail", mails), read_mail),
        Kind("bodies", _seeds("body", bodies), read_body),
    )


def _seeds(kind: str, ours: list[bytes]) -> tuple[bytes, ...]:
    hostile = [octets(given.text) for given in corpus.inputs(kind)]
    return (*ours, *(each for each in hostile if 0 < len(each) <= LARGEST_SEED))


def mutated(seed: int, sources: tuple[bytes, ...]) -> bytes:
    """Return one document made of `sources`; the same for the same seed."""
    chance = random.Random(seed)
    document = chance.choice(sources)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        document = chance.choice(CHANGES)(document, chance, sources)
    return document[: 4 * LARGEST_SEED]


def _octet(document: bytes, chance: random.Random, _: tuple[bytes, ...]) -> bytes:
    at = chance.randrange(len(document) + 1)
    return document[:at] + bytes([chance.randrange(256)]) + document[at + chance.randrange(2) :]


def _word(document: bytes, chance: random.Random, _: tuple[bytes, ...]) -> bytes:
    at = chance.randrange(len(document) + 1)
    return document[:at] + chance.choice(WORDS) * chance.choice((1, 1, 1, 50)) + document[at:]


def _cut(document: bytes, chance: random.Random, _: tuple[bytes, ...]) -> bytes:
    begin = chance.randrange(len(document) + 1)
    return document[:begin] + document[begin + chance.randrange(200) :]


def _lines(document: bytes, chance: random.Random, _: tuple[bytes, ...]) -> bytes:
    lines = document.split(b"\r\n")
    line = chance.choice(lines)
    at = chance.randrange(len(lines))
    if chance.random() < 0.5:
        return b"\r\n".join(lines[:at] + [line] * chance.choice((1, 2, 100)) + lines[at:])
    del lines[at]
    return b"\r\n".join(lines)


def _splice(document: bytes, chance: random.Random, sources: tuple[bytes, ...]) -> bytes:
    other = chance.choice(sources)
    begin, end = sorted(chance.randrange(len(other) + 1) for _ in range(2))
    at = chance.randrange(len(document) + 1)
    return document[:at] + other[begin:end] + document[at:]


CHANGES = (_octet, _octet, _word, _word, _cut, _lines, _splice)


def read_calendar(data: bytes) -> None:
    """Read a calendar text by everything that does."""
    found = ical_reader.read(data)
    if isinstance(found, ical_reader.Unreadable):
        assert found.reason
    assert len(ical_explain.explain(data)) <= 501
    ModelCalendar("ben@firm.example").apply(data)


def read_mail(data: bytes) -> None:
    """Read a mail as the pages of the demo's mailbox do."""
    message = Letter(1, datetime.now(UTC), data).message()
    mailbox_pages.said_in(message)
    calendar = ModelCalendar("ben@firm.example")
    calendar.receive(message)
    calendar.events()


def read_body(data: bytes) -> None:
    """Read a body as the API does: it is a value, or refused."""
    with contextlib.suppress(Refusal):
        read_json(data)


@contextlib.contextmanager
def in_time() -> Iterator[None]:
    """Raise TooSlowError when what happens inside takes longer than LONGEST_SECONDS."""

    def ring(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def complaints(seeds: range) -> tuple[list[str], float]:
    """Read one document of each kind for every seed.

    Return a line for each that raised or took too long, and the longest time in seconds.
    """
    found, longest = [], 0.0
    for kind in kinds():
        for seed in seeds:
            document = mutated(seed, kind.seeds)
            begun = time.monotonic()
            try:
                with in_time():
                    kind.read(document)
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is what is looked for
                found.append(f"{kind.name}, seed {seed}: {type(fault).__name__}: {fault}"[:300])
            longest = max(longest, time.monotonic() - begun)
    return found, longest
