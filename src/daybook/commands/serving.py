"""`daybook serve`: the web and the worker as two processes, started again when one dies."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

import structlog
from django.db import connections

from daybook.commands.database import prepare, start_django
from daybook.commands.web import free_address

_LOOKED_AFTER_EVERY = 0.25  # seconds, as all below
_SHORTEST_REST, _LONGEST_REST = 1.0, 30.0
_LONG_ENOUGH_UP = 60.0
_TIME_TO_STOP = 30.0

log = structlog.get_logger()


def serve(arguments: argparse.Namespace) -> int:
    """Bring the database up to date and run both until SIGTERM or SIGINT, which stops both."""
    start_django()
    free_address(arguments.host, arguments.port)
    prepare()
    _invite_first_administrator(arguments.host, arguments.port)
    connections.close_all()
    lifeline, held_by_us = os.pipe()
    web = ["web", "--host", arguments.host, "--port", str(arguments.port)]
    if arguments.processes:
        web += ["--processes", str(arguments.processes)]
    parts = [Part("web", web, lifeline), Part("worker", ["worker"], lifeline)]
    stopping = _stopping_on_signals()
    log.info("serving", address=f"http://{arguments.host}:{arguments.port}")
    try:
        while not stopping.wait(_LOOKED_AFTER_EVERY):
            for part in parts:
                part.look_after(time.monotonic())
    finally:
        _stop(parts)
        os.close(held_by_us)
    log.info("stopped")
    return 0


class Part:
    """One process of the two; started anew when it ends, after a rest that doubles."""

    def __init__(self, name: str, command: list[str], lifeline: int) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "daybook.commands", *command]
        self._lifeline = lifeline
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._rest = _SHORTEST_REST
        self._start_at = 0.0

    def look_after(self, now: float) -> None:
        """Start the process if it does not run and has rested; `now` is monotonic seconds."""
        if self._process is not None and (status := self._process.poll()) is not None:
            self._process = None
            self._rest_after(status, now)
        if self._process is None and now >= self._start_at:
            self._start(now)

    def ask_to_stop(self) -> None:
        """Send SIGTERM, if there is a process to hear it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, seconds: float) -> None:
        """Wait for the end of the process; after `seconds` it is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(max(seconds, 0.1))
        except subprocess.TimeoutExpired:
            # Nothing is lost by it: what was being sent is sent again with the same bytes.
            log.warning("killed, it did not stop", part=self.name)
            self._process.kill()
            self._process.wait()

    def _start(self, now: float) -> None:
        self._started_at = now
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [*self._command, "--lifeline", str(self._lifeline)],
            pass_fds=[self._lifeline],
            stdin=subprocess.DEVNULL,
            # Ctrl-C in a terminal reaches this process only, which then stops both in order.
            start_new_session=True,
        )

    def _rest_after(self, status: int, now: float) -> None:
        if now - self._started_at >= _LONG_ENOUGH_UP:
            self._rest = _SHORTEST_REST
        log.error("ended by itself", part=self.name, status=status, restart_in=self._rest)
        self._start_at = now + self._rest
        self._rest = min(self._rest * 2, _LONGEST_REST)


def _stop(parts: list[Part]) -> None:
    for part in parts:
        part.ask_to_stop()
    deadline = time.monotonic() + _TIME_TO_STOP
    for part in parts:
        part.wait(deadline - time.monotonic())


def _stopping_on_signals() -> threading.Event:
    stopping = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping


def _invite_first_administrator(host: str, port: int) -> None:
    """Log a link by which to become the administrator of a diary that has none."""
    from django.conf import settings
    from django.utils import timezone

    from daybook.people import links

    secret = links.first_administrator(timezone.now())
    if secret is None:
        return
    # Without an address of its own the diary answers to this machine's names only.
    local = host if host in ("127.0.0.1", "localhost") else "127.0.0.1"
    address = settings.DAYBOOK.public_url or f"http://{local}:{port}"
    log.warning(
        "there is no administrator yet: whoever uses this link first, within seven days, becomes"
        " one (or use `daybook user add --admin`)",
        link=f"{address}/accounts/link/{secret}/",
    )
