"""Debian's Firefox, driven like Chromium: both speak to Playwright, Firefox by WebDriver BiDi.

Playwright sets up every context with a command that long-term releases of Firefox do not know yet.
This stands between the two and turns that command into one that changes nothing; everything else
passes as it is. Run as a program it starts Firefox in its place.
"""

from __future__ import annotations

import re
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

FIREFOX = "/usr/bin/firefox-esr"
ANNOUNCEMENT = b"WebDriver BiDi listening on ws://127.0.0.1:"
ANNOUNCED = re.compile(re.escape(ANNOUNCEMENT) + rb"(\d+)")
UNKNOWN = b'"emulation.setMediaFeaturesOverride"'
# Of the same length, so that the frame stays as long as it says.
HARMLESS = b'"session.status"'.ljust(len(UNKNOWN))


def executable(folder: Path) -> Path:
    """Return a program in `folder` that starts Firefox with this between it and its driver."""
    program = folder / "firefox"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).resolve()} "$@"\n')
    program.chmod(0o755)
    return program


def start(arguments: list[str]) -> int:
    """Start Firefox, let its driver in by another door, and return how Firefox ended."""
    with (
        socket.create_server(("127.0.0.1", 0)) as door,
        subprocess.Popen([FIREFOX, *arguments], stderr=subprocess.PIPE) as firefox,
    ):
        assert firefox.stderr is not None
        port = door.getsockname()[1]
        for line in firefox.stderr:
            if found := ANNOUNCED.search(line):
                inside = int(found[1])
                threading.Thread(target=_welcome, args=(door, inside), daemon=True).start()
            sys.stderr.buffer.write(ANNOUNCED.sub(ANNOUNCEMENT + b"%d" % port, line))
            sys.stderr.flush()
    return firefox.returncode


def _welcome(door: socket.socket, port: int) -> None:
    while True:
        driver, _ = door.accept()
        firefox = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=_answers, args=(firefox, driver), daemon=True).start()
        threading.Thread(target=_commands, args=(driver, firefox), daemon=True).start()


def _answers(firefox: socket.socket, driver: socket.socket) -> None:
    while data := firefox.recv(65536):
        driver.sendall(data)
    driver.close()


def _commands(driver: socket.socket, firefox: socket.socket) -> None:
    """Pass on the opening request, then every frame of the WebSocket (RFC 6455 section 5.2)."""
    with driver.makefile("rb") as stream:
        host = b"Host: 127.0.0.1:%d\r\n" % firefox.getpeername()[1]
        for line in stream:
            firefox.sendall(host if line.lower().startswith(b"host:") else line)
            if line == b"\r\n":
                break
        while head := stream.read(2):
            length, longer = head[1] & 127, b""
            if length >= 126:
                longer = stream.read(2 if length == 126 else 8)
                [length] = struct.unpack(">H" if length == 126 else ">Q", longer)
            mask = stream.read(4)
            plain = _masked(stream.read(length), mask).replace(UNKNOWN, HARMLESS)
            firefox.sendall(head + longer + mask + _masked(plain, mask))
    firefox.close()


def _masked(data: bytes, mask: bytes) -> bytes:
    key = (mask * (len(data) // 4 + 1))[: len(data)]
    size = len(data)
    return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


if __name__ == "__main__":
    raise SystemExit(start(sys.argv[1:]))
