"""A mail server on loopback that takes every mail and remembers what it was."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from tests.servers.process import free_ports
from tests.sync.mailbox import Mailbox, read


@dataclass(frozen=True, slots=True)
class Arrival:
    """One copy of one mail: `at` is monotonic seconds, `digest` of all its bytes."""

    at: float
    sender: str
    recipient: str
    method: str
    uid: str
    sequence: int
    dtstamp: str
    digest: str

    @property
    def stream(self) -> tuple[str, str]:
        """Return what orders it: one event in one mailbox."""
        return self.recipient, self.uid

    @property
    def version(self) -> tuple[str, str, int]:
        return self.recipient, self.uid, self.sequence


@dataclass
class Sink:
    """What arrived, in order, and the calendars that took it.

    Each answer to a text waits for `seconds`, or what `slow` says of its sender; `at_the_dot` is
    called before it.
    """

    port: int = 0
    seconds: float = 0.0
    slow: dict[str, float] = field(default_factory=dict)
    at_the_dot: Callable[[], None] = lambda: None
    arrivals: list[Arrival] = field(default_factory=list)
    mailboxes: dict[str, Mailbox] = field(default_factory=lambda: defaultdict(Mailbox))
    open_now: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_open: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    open_from: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    opened: int = 0
    cut: int = 0

    async def handle_MAIL(  # noqa: N802 - the server's name for it
        self, _server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if not getattr(session, "counted_as", ""):
            # A connection belongs to one account, and says which with its first mail.
            session.counted_as = address
            self.opened += 1
            self.open_now[address] += 1
            self.open_from[session.peer[0]] += 1
            self.most_open[address] = max(self.most_open[address], self.open_now[address])
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        data = bytes(envelope.content)
        for recipient in envelope.rcpt_tos:
            self.take(envelope.mail_from, recipient, data)
        self.at_the_dot()
        await asyncio.sleep(self.slow.get(envelope.mail_from, self.seconds))
        return "250 2.0.0 Ok"

    async def handle_QUIT(self, _server: Any, session: Any, _envelope: Any) -> str:  # noqa: N802
        session.said_goodbye = True
        return "221 2.0.0 Bye"

    def left(self, session: Any) -> None:
        """Count a connection as closed, and as cut if nobody took leave."""
        if sender := getattr(session, "counted_as", ""):
            self.open_now[sender] -= 1
            self.open_from[session.peer[0]] -= 1
            self.cut += not getattr(session, "said_goodbye", False)

    def copies(self) -> int:
        """Return how many arrivals were a copy of one before."""
        return len(self.arrivals) - len({(each.recipient, each.digest) for each in self.arrivals})

    def different_copies(self) -> int:
        """Return how many versions of an event came to one mailbox as two different mails."""
        seen: dict[tuple[str, str, int], set[str]] = defaultdict(set)
        for each in self.arrivals:
            seen[each.version].add(each.digest)
        return sum(len(digests) > 1 for digests in seen.values())

    def out_of_order(self) -> int:
        """Return how many arrivals were older than one before in the same mailbox."""
        newest: dict[tuple[str, str], tuple[int, str]] = {}
        found = 0
        for each in self.arrivals:
            version = each.sequence, each.dtstamp
            found += version < newest.get(each.stream, version)
            newest[each.stream] = max(version, newest.get(each.stream, version))
        return found

    def take(self, sender: str, recipient: str, data: bytes) -> None:
        """Remember one mail, and do what the calendar at its end does."""
        seen = read(data)
        self.mailboxes[recipient].obey(seen)
        digest = hashlib.sha256(data).hexdigest()
        self.arrivals.append(
            Arrival(
                time.monotonic(),
                sender,
                recipient,
                seen.method,
                seen.uid,
                seen.sequence,
                seen.dtstamp,
                digest,
            )
        )


class _Line(SMTP):
    """The server's end of one connection, which says when it is gone."""

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.left(self.session)
        super().connection_lost(error)


class _Server(Controller):
    def factory(self) -> SMTP:
        return _Line(self.handler, **self.SMTP_kwargs)


@contextmanager
def sink(
    *, host: str = "127.0.0.1", server: dict[str, Any] | None = None, **how: Any
) -> Iterator[Sink]:
    """Serve on a free port of `host` from a thread of this process.

    `server` is for aiosmtpd, `how` for the Sink.
    """
    [port] = free_ports(1)
    opened = Sink(port=port, **how)
    running = _Server(opened, hostname=host, port=port, **(server or {}))
    running.start()
    try:
        yield opened
    finally:
        running.stop()
