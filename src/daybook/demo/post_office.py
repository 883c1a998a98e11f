"""The demo's own mail server: it takes every message and keeps it on this machine.

A mailbox is a folder per address, a message a file in it, numbered in the order of arrival.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_MESSAGE = 10_000_000


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it lies in a mailbox. `number` counts from 1 through all mailboxes."""

    number: int
    arrived_at: datetime
    data: bytes

    def message(self) -> EmailMessage:
        """Return the message, parsed."""
        return BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(self.data)


class Mailboxes:
    """The mailboxes below one folder. Several processes may read while one writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def letters(self, address_key: str) -> list[Letter]:
        """Return what came for one normalised address, oldest first."""
        box = self._box(address_key)
        if not box.is_dir():
            return []
        return [_read(path) for path in sorted(box.glob("*.eml"))]

    def count(self, address_key: str) -> int:
        """Return how many messages came for one normalised address."""
        box = self._box(address_key)
        return sum(1 for _ in box.glob("*.eml")) if box.is_dir() else 0

    def keep(self, address_key: str, number: int, data: bytes) -> None:
        """Store one message; it is there completely or not at all."""
        box = self._box(address_key)
        box.mkdir(parents=True, exist_ok=True)
        fresh = box / f"{number:08d}.new"
        fresh.write_bytes(data)
        os.replace(fresh, fresh.with_suffix(".eml"))

    def _box(self, address_key: str) -> Path:
        # Quoted, so that no address can name another folder.
        return self._folder / quote(address_key, safe="@").replace(".", "%2E")


def _read(path: Path) -> Letter:
    arrived_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Letter(int(path.stem), arrived_at, path.read_bytes())


class AnyPort(Controller):
    """aiosmtpd's server in a thread, on a port the system chooses."""

    def _trigger_server(self) -> None:
        if isinstance(self.server, asyncio.Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class PostOffice:
    """A mail server on a free port of the loopback interface, from `open` to `close`."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self._mailboxes = mailboxes
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._controller = AnyPort(
            self,
            hostname="127.0.0.1",
            port=0,
            data_size_limit=LARGEST_MESSAGE,
            ready_timeout=20,
        )

    def open(self) -> int:
        """Begin to take mail and return the port."""
        # Every command of every conversation would be a line of the demo's output.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self._controller.start()
        port: int = self._controller.port
        return port

    def close(self) -> None:
        """Stop taking mail."""
        self._controller.stop(no_assert=True)

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one message for each recipient it was handed in for (called by the server)."""
        with self._lock:
            for address in envelope.rcpt_tos:
                number = next(self._numbers)
                self._mailboxes.keep(address.casefold(), number, envelope.original_content or b"")
        return "250 2.0.0 Kept in the demo mailbox"
