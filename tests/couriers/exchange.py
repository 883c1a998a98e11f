"""A server that says exactly what a text file tells it to, byte for byte.

An exchange is a head and a conversation, with an empty line between:

    security: starttls         how the account protects its line; default none
    signs in: yes              whether the account has a user name; default no
    size: 12000000             octets of each mail; default a short one
    mails: 2                   how many are carried; default 1
    patience: short            limits of fractions of a second; default ten seconds
    expect: 1 TryLater timed_out
                               one line for each outcome; "may have arrived" if uncertain
    never: AUTH                what no line of the client begins with
    reply: 554 go away         what is kept of the server's words in the last outcome

    S: 220 mail.test ready     the server says a line (\\x1b and the like are understood)
    S...: 220 mail.te          the server says this without a line end
    C: EHLO *                  the client says a line like this
    TEXT                       the client sends a text up to its final dot
    TLS good                   both begin TLS, with this kind of certificate
    FLOOD 250-again            the server repeats this until the client leaves
    TRICKLE x                  the server says this one character, every 20 ms, for ever
    SILENCE                    the server waits for the client to leave
    PAUSE                      the server thinks for 0.3 s: within one limit of short patience
    ALONE                      the client has said no more than it was asked
    DEAF                       the server stops reading for longer than short patience
    RESET                      the server is gone, as if its machine had been switched off

When the conversation is over the server ends its side and reads what is left.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType
from typing import Self

RIGHT_AWAY = struct.pack("ii", 1, 0)
MOST_FLOODED = 30_000_000  # octets; a client that reads all of this has no limit


@dataclass(frozen=True)
class Exchange:
    """One file, read."""

    name: str
    head: dict[str, str]
    expected: tuple[str, ...]
    never: tuple[str, ...]
    turns: tuple[str, ...]


def read_exchange(path: Path) -> Exchange:
    head_text, _, conversation = path.read_text().partition("\n\n")
    lines = [line for line in head_text.splitlines() if not line.startswith("#")]
    pairs = [(line.partition(":")[0], line.partition(":")[2].strip()) for line in lines]
    known = {"security", "signs in", "size", "mails", "patience", "expect", "never", "reply"}
    assert {key for key, _ in pairs} <= known, path
    return Exchange(
        name=path.stem,
        head=dict(pairs),
        expected=tuple(value for key, value in pairs if key == "expect"),
        never=tuple(value for key, value in pairs if key == "never"),
        turns=tuple(line for line in conversation.splitlines() if line),
    )


@dataclass
class ScriptedServer:
    """Holds the conversation with one client, then hears it out.

    `complaints` says where the client left the script; `heard` is every octet it sent,
    `heard_in_clear` what of it anybody on the way could have read.
    """

    turns: Sequence[str]
    context: Callable[[str], ssl.SSLContext]
    complaints: list[str] = field(default_factory=list)
    heard: bytes = b""
    heard_in_clear: bytes = b""
    said: int = 0
    texts: int = 0
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._unread = b""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=15)
        self._listener.close()
        assert not self._thread.is_alive(), "the client never left"

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # nobody came, or the listener was closed
            while True:
                self._sock, _ = self._listener.accept()
                self.connections += 1
                self._unread = b""
                self._sock.settimeout(12)
                self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    with contextlib.suppress(OSError):  # the client may leave in the middle
                        self._converse()
                finally:
                    self._sock.close()

    def _converse(self) -> None:
        for turn in self.turns:
            if not self._take(turn):
                break
        self._sock.shutdown(socket.SHUT_WR)
        self._hear_out()

    def _take(self, turn: str) -> bool:  # noqa: C901, PLR0912 - one case for each word of the files
        what, _, words = turn.partition(" ")
        match what:
            case "S:":
                self._say(octets(words) + b"\r\n")
            case "S...:":
                self._say(octets(words))
            case "C:":
                return self._hear(words)
            case "TEXT":
                return self._hear_text()
            case "TLS":
                self._sock = self.context(words).wrap_socket(self._sock, server_side=True)
            case "FLOOD":
                self._flood(octets(words) + b"\r\n")
            case "TRICKLE":
                self._trickle(octets(words))
            case "SILENCE":
                self._hear_out()
            case "PAUSE":
                time.sleep(0.3)
            case "ALONE":
                self._hear_nothing()
            case "DEAF":
                time.sleep(1)
            case "RESET":
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RIGHT_AWAY)
                self._sock.close()
            case _:
                raise AssertionError(turn)
        return True

    def _hear_nothing(self) -> None:
        self._sock.settimeout(0.05)
        with contextlib.suppress(TimeoutError):
            self._receive()
        self._sock.settimeout(12)
        if self._unread:
            self.complaints.append(f"{self._unread!r} came too early")

    def _hear_out(self) -> None:
        while self._receive():
            pass

    def _flood(self, line: bytes) -> None:
        while self.said < MOST_FLOODED:
            self._say(line * 1000)

    def _trickle(self, drop: bytes) -> None:
        self._sock.settimeout(0.02)
        for _ in range(500):
            self._say(drop)
            with contextlib.suppress(TimeoutError):
                if not self._receive():
                    return
        self.complaints.append("the client waited for all of a trickle")

    def _say(self, data: bytes) -> None:
        self._sock.sendall(data)
        self.said += len(data)

    def _hear(self, pattern: str) -> bool:
        while b"\r\n" not in self._unread:
            if not self._receive():
                self.complaints.append(f"no {pattern!r} came")
                return False
        line, _, self._unread = self._unread.partition(b"\r\n")
        if not fnmatchcase(line.decode(), pattern):
            self.complaints.append(f"{line!r} came instead of {pattern!r}")
            return False
        return True

    def _hear_text(self) -> bool:
        while b"\r\n.\r\n" not in b"\r\n" + self._unread:
            if not self._receive():
                return False
        _, _, rest = (b"\r\n" + self._unread).partition(b"\r\n.\r\n")
        self._unread, self.texts = rest, self.texts + 1
        return True

    def _receive(self) -> bool:
        more = self._sock.recv(65536)
        self.heard += more
        if not isinstance(self._sock, ssl.SSLSocket):
            self.heard_in_clear += more
        self._unread += more
        return bool(more)


def octets(words: str) -> bytes:
    return words.encode().decode("unicode_escape").encode("latin-1")
