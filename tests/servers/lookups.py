"""Tables that Postfix asks for at every use, so that a test's change holds at once.

Postfix looks at files too seldom: it compares whole seconds, and only between connections.
The protocol is Postfix's socketmap: one netstring asks "table key", one answers.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Mapping
from io import BufferedIOBase
from pathlib import Path

Table = Callable[[str], str | None]


class Lookups(socketserver.ThreadingUnixStreamServer):
    """Answers from `tables` at the Unix socket `path`, which anybody may open, until `end`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, path: Path, tables: Mapping[str, Table]) -> None:
        super().__init__(str(path), Conversation)
        path.chmod(0o777)
        self.tables = tables
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Answer no new conversations and give the socket back."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class Conversation(socketserver.StreamRequestHandler):
    """One process of Postfix asking until it hangs up."""

    server: Lookups

    def handle(self) -> None:
        while (question := _read_netstring(self.rfile)) is not None:
            table, _, key = question.partition(" ")
            found = self.server.tables[table](key)
            answer = ("NOTFOUND " if found is None else f"OK {found}").encode()
            self.wfile.write(b"%d:%b," % (len(answer), answer))


def _read_netstring(stream: BufferedIOBase) -> str | None:
    digits = b""
    while (byte := stream.read(1)) not in (b":", b""):
        digits += byte
    if not digits:
        return None
    text = stream.read(int(digits))
    stream.read(1)
    return text.decode()
