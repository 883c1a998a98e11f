"""A mail server that behaves until one point of one conversation, and then does not."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

from tests.couriers.mail_server import Conversation, MailServer

RIGHT_AWAY = struct.pack("ii", 1, 0)
# What it may do instead of answering.
CUT, RESET, STALL, GARBAGE = "cut", "reset", "stall", "garbage"
SILENT_WAYS = (CUT, RESET, STALL)


@dataclass
class Fault:
    """At the `mail`th answer to `point` (from 0) the server does `kind`, or answers with it."""

    point: str
    kind: str
    mail: int = 0
    passed: int = 0


class BadConversation(Conversation):
    """One connection of a `BadServer`."""

    server: BadServer

    def _answer(self, verb: str, line: str) -> bool:
        self.step = verb
        return super()._answer(verb, line)

    def _say(self, *lines: str) -> None:
        step, fault = getattr(self, "step", "greeting"), self.server.fault
        if lines[0].startswith("354"):
            self.step = "TEXT"
        elif step == "TEXT":
            self.step = ""
        if fault is None or fault.point != step:
            return super()._say(*lines)
        fault.passed += 1
        if fault.passed != fault.mail + 1:
            return super()._say(*lines)
        self.server.fault = None
        return self._misbehave(fault, step)

    def _misbehave(self, fault: Fault, step: str) -> None:
        if fault.kind not in SILENT_WAYS:
            if step == "TEXT" and fault.kind != GARBAGE:
                self.server.received.pop()
            super()._say("hello you" if fault.kind == GARBAGE else fault.kind)
            return
        leave(self.sock, fault.kind)

    def _take_text(self) -> bool:
        fault = self.server.fault
        if fault is None or fault.point != "in the text":
            return super()._take_text()
        self.server.fault = None
        super()._say("354 go ahead")
        self._receive()
        leave(self.sock, fault.kind)
        return False


class BadServer(MailServer):
    """Serves as `MailServer` does, but for the fault it is given."""

    conversation = BadConversation
    fault: Fault | None = None


def leave(sock: socket.socket, how: str) -> None:
    """End a connection: in order, by a reset, or by saying nothing until the client leaves."""
    if how == STALL:
        while sock.recv(65536):
            pass
    # Without a goodbye of TLS, which a machine that is gone does not say either.
    with socket.socket(fileno=sock.detach()) as line:
        if how == RESET:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RIGHT_AWAY)
    raise ConnectionAbortedError
