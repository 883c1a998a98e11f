"""A little mail server on loopback that does what a test tells it with each mail."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Self

USERNAME, PASSWORD = "ada@firm.test", "sesame, öffne dich"
TOKEN = base64.b64encode(f"\0{USERNAME}\0{PASSWORD}".encode()).decode()

# What a mail may meet, and where: (command, answer); an empty answer is a closed connection.
MEETINGS = {
    "is welcome": ("", ""),
    "has an unknown recipient": ("RCPT", "550 5.1.1 no such user"),
    "comes too early": ("RCPT", "451 4.7.1 greylisted, come back"),
    "has a sender not allowed": ("MAIL", "550 5.7.60 not allowed to send as this sender"),
    "looks like spam": ("TEXT", "554 5.7.1 looks like spam"),
    "meets a closing server": ("RCPT", "421 4.3.2 shutting down"),
    "is cut off before its text": ("DATA", ""),
    "loses its answer": ("TEXT", ""),
}


class MailServer:
    """Serves connections until left. `received` holds (from, to, data) of whole messages.

    `meetings` are for the mails in the order of their MAIL, then all are welcome. Whoever wants a
    server that is worse than that gives it another `conversation`.
    """

    conversation: type[Conversation]

    def __init__(
        self,
        meetings: Iterable[str] = (),
        *,
        pipelining: bool = False,
        auth: str = "",
        starttls: ssl.SSLContext | None = None,
        implicit_tls: ssl.SSLContext | None = None,
    ) -> None:
        self.received: list[tuple[str, str, bytes]] = []
        self.commands: list[str] = []
        self.connections = 0
        self.spoke_out_of_turn = False
        self._meetings = iter(meetings)
        self._pipelining, self._auth = pipelining, auth
        self._starttls, self._implicit_tls = starttls, implicit_tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

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
        self._thread.join(timeout=10)
        self._listener.close()
        assert not self._thread.is_alive(), "a client never left"

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            sock.settimeout(10)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conversation = self.conversation(self, sock)
            try:
                conversation.hold()
            except (ConnectionError, ssl.SSLError):
                pass  # clients may leave at any time
            finally:
                conversation.close()


class Conversation:
    """The server's end of one connection."""

    def __init__(self, server: MailServer, sock: socket.socket) -> None:
        self.server, self.sock = server, sock
        self.tls_is_up = False
        self.unread = b""
        self.signed_in = not server._auth
        self.sender = self.recipient = ""
        self.meets = ("", "")

    def hold(self) -> None:
        if self.server._implicit_tls:
            self._secure(self.server._implicit_tls)
        self._say("220 mail.test ready")
        while line := self._line():
            if not self._pipelined() and self.unread:
                self.server.spoke_out_of_turn = True
            verb = line[:4].upper()
            self.server.commands.append(line)
            if verb == "QUIT":
                return self._say("221 bye")
            if not self._answer(verb, line):
                return None
        return None

    def close(self) -> None:
        self.sock.close()

    def _answer(self, verb: str, line: str) -> bool:
        """Answer one command; False hangs up."""
        if verb == "MAIL":
            self.meets = MEETINGS[next(self.server._meetings, "is welcome")]
        if verb == self.meets[0]:
            return self._meet()
        if verb == "DATA" and self.recipient:
            return self._take_text()
        if verb in ("MAIL", "RCPT", "DATA", "RSET"):
            self._say(self._transact(verb, line.partition("<")[2].partition(">")[0]))
        else:
            self._begin(verb, line)
        return True

    def _begin(self, verb: str, line: str) -> None:
        match verb:
            case "EHLO":
                self._say(*self._offers())
            case "STAR":
                self._say("220 go ahead")
                assert self.server._starttls
                self._secure(self.server._starttls)
            case "AUTH":
                self._authenticate(line)
            case _:
                self._say("502 what?")

    def _transact(self, verb: str, address: str) -> str:
        match verb:
            case "RSET":
                self.sender = self.recipient = ""
                return "250 forgotten"
            case "MAIL" if not self.signed_in:
                return "530 5.7.0 sign in first"
            case "MAIL" if self.sender:
                return "503 5.5.1 nested MAIL"
            case "MAIL":
                self.sender = address
                return "250 sender ok"
            case "RCPT":
                self.recipient = address
                return "250 recipient ok"
            case _:
                return "554 5.5.1 no valid recipients"

    def _meet(self) -> bool:
        answer, self.meets = self.meets[1], ("", "")
        if answer:
            self._say(answer)
        return bool(answer) and not answer.startswith("421")

    def _take_text(self) -> bool:
        self._say("354 go ahead")
        while b"\r\n.\r\n" not in self.unread:
            if not self._receive():
                return False
        text, _, self.unread = self.unread.partition(b"\r\n.\r\n")
        data = (b"\r\n" + text + b"\r\n").replace(b"\r\n.", b"\r\n")[2:]
        mail = (self.sender, self.recipient, data)
        self.sender = self.recipient = ""
        if self.meets[0] == "TEXT":
            if not self.meets[1]:
                self.server.received.append(mail)
            return self._meet()
        self.server.received.append(mail)
        self._say("250 2.0.0 taken")
        return True

    def _offers(self) -> list[str]:
        offers = ["250-mail.test", "250-SIZE 1000000"]
        if self._pipelined():
            offers.append("250-PIPELINING")
        if self.server._starttls and not self.tls_is_up:
            return [*offers, "250 STARTTLS"]
        return [*offers, f"250 AUTH {self.server._auth}" if self.server._auth else "250 HELP"]

    def _pipelined(self) -> bool:
        return self.server._pipelining

    def _authenticate(self, line: str) -> None:
        said = line.split()[2:]
        if line == "AUTH LOGIN":
            answers = []
            for question in ("Username:", "Password:"):
                self._say("334 " + base64.b64encode(question.encode()).decode())
                answers.append(base64.b64decode(self._line()).decode())
            self.signed_in = answers == [USERNAME, PASSWORD]
        else:
            self.signed_in = said == [TOKEN]
        self._say("235 welcome" if self.signed_in else "535 5.7.8 no")

    def _secure(self, context: ssl.SSLContext) -> None:
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.tls_is_up = True

    def _say(self, *lines: str) -> None:
        self.sock.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def _line(self) -> str:
        while b"\r\n" not in self.unread:
            if not self._receive():
                return ""
        line, _, self.unread = self.unread.partition(b"\r\n")
        return line.decode()

    def _receive(self) -> bool:
        more = self.sock.recv(65536)
        self.unread += more
        return bool(more)


MailServer.conversation = Conversation
