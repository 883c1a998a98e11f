"""A line to a server: bytes out, bounded replies in, and no wait without an end."""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from daybook.couriers.replies import NotAReplyError, Reply, read_reply

LONGEST_REPLY = 64 * 1024  # octets; an honest one has a few hundred
MOST_SEEN = 16
_TLS_RECORD = 16 * 1024  # octets


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long we wait, in seconds; none of it can be stretched by a server that trickles.

    `connect`: one address, and again the TLS handshake. `reply`: one reply. `total`:
    signing in, and again each mail up to its final dot. `data_reply`: the answer to the
    final dot.

    RFC 5321 §4.5.3.2 asks for five minutes before the final dot and ten after it. We keep
    the ten, because giving up earlier makes duplicates; before the dot, trying later costs
    nothing and a hostile server must not hold a worker for long.
    """

    connect: float = 30
    reply: float = 60
    total: float = 120
    data_reply: float = 600


class BrokenError(Exception):
    """The line failed and is closed; `reason` is one of the reasons of a TryLater.

    `reached` says how many octets of the last `send` may have left.
    """

    def __init__(self, reason: str, reached: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reached = reached


@dataclass(slots=True)
class Wire:
    """A connected socket with the deadlines of `timeouts`; it owns and closes `sock`."""

    sock: socket.socket
    timeouts: Timeouts
    secrets: tuple[str, ...] = ()
    now: Callable[[], float] = time.monotonic
    _unread: bytes = b""
    # What was said before, and means the same again: most replies are the same for every mail.
    _seen: dict[bytes, Reply] = field(default_factory=dict)
    _phase_ends: float = field(default=float("inf"))

    def begin(self) -> None:
        """Start the clock of one phase: signing in, or one mail up to its final dot."""
        self._phase_ends = self.now() + self.timeouts.total

    @property
    def has_unread(self) -> bool:
        """Whether the server said more than it was asked."""
        return bool(self._unread)

    def send(self, data: bytes) -> None:
        """Hand over all of `data`. Raises BrokenError."""
        deadline = self._deadline()
        view, sent = memoryview(data), 0
        over_tls = isinstance(self.sock, ssl.SSLSocket)
        while sent < len(view):
            # A failed write of a plain socket took nothing; a failed TLS write may have.
            piece = view[sent : sent + _TLS_RECORD] if over_tls else view[sent:]
            try:
                self._wait_until(deadline)
                sent += self.sock.send(piece)
            except OSError as error:
                reached = sent + len(piece) if over_tls else sent
                self.close()
                raise BrokenError(_reason(error), reached) from error

    def reply(self) -> Reply:
        """Read one reply. Raises BrokenError."""
        return self._read(self._deadline())

    def final_reply(self) -> Reply:
        """Read the answer to a message's final dot. Raises BrokenError."""
        return self._read(self.now() + self.timeouts.data_reply)

    def start_tls(self, context: ssl.SSLContext, name: str) -> None:
        """Speak TLS from here on with a server that proves to be `name`.

        Raises ssl.SSLError when it does not prove it or does not speak TLS,
        and BrokenError when the line fails meanwhile.
        """
        self.sock.settimeout(self.timeouts.connect)
        try:
            self.sock = context.wrap_socket(self.sock, server_hostname=name)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise BrokenError("connection_lost") from error
        except ssl.SSLError:
            raise
        except OSError as error:
            raise BrokenError(_reason(error)) from error

    def leave(self) -> None:
        """Take leave between two mails; whether the server hears it does not matter."""
        with contextlib.suppress(BrokenError):
            self.send(b"QUIT\r\n")
        self.close()

    def close(self) -> None:
        """Close at once, whatever was under way."""
        self.sock.close()

    def _deadline(self) -> float:
        return min(self.now() + self.timeouts.reply, self._phase_ends)

    def _wait_until(self, deadline: float) -> None:
        remaining = deadline - self.now()
        if remaining <= 0:
            raise TimeoutError
        self.sock.settimeout(remaining)

    def _read(self, deadline: float) -> Reply:
        try:
            lines = self._lines(deadline)
            if len(lines) == 1 and (seen := self._seen.get(lines[0])):
                return seen
            reply = read_reply(lines, self.secrets)
        except (NotAReplyError, OSError) as error:
            # Closed, so that an answer that comes late is never taken for the next one.
            self.close()
            raise BrokenError(_reason(error)) from error
        if len(lines) == 1 and len(self._seen) < MOST_SEEN:
            self._seen[lines[0]] = reply
        return reply

    def _lines(self, deadline: float) -> list[bytes]:
        """Return the lines of one reply: the last is the one without a hyphen after its code."""
        lines, size = [], 0
        while True:
            line = self._line(deadline, max(0, LONGEST_REPLY - size))
            size += len(line) + 1
            lines.append(line)
            if line[3:4] != b"-":
                return lines
            if not line[:3].isdigit():
                raise NotAReplyError

    def _line(self, deadline: float, limit: int) -> bytes:
        while (end := self._unread.find(b"\n", 0, limit)) < 0:
            if len(self._unread) >= limit:
                raise NotAReplyError
            self._wait_until(deadline)
            more = self.sock.recv(16 * 1024)
            if not more:
                raise ConnectionResetError
            self._unread += more
        line, self._unread = self._unread[:end], self._unread[end + 1 :]
        return line.removesuffix(b"\r")


def _reason(error: Exception) -> str:
    if isinstance(error, NotAReplyError):
        return "protocol_error"
    return "timed_out" if isinstance(error, TimeoutError) else "connection_lost"
