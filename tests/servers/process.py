"""Server programs as children of the test run: they end when it ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path


class ServerError(Exception):
    """A server program did not do what its test needs; says what it wrote last."""


def start(
    command: Sequence[str | Path],
    *,
    user: str | None = None,
    ended_by: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` as the leader of a process group, as `user` if given (needs root).

    On Linux the kernel sends it `ended_by` when the test process dies, even by SIGKILL.
    """
    lead: list[str | Path] = []
    if sys.platform == "linux":
        lead = ["setpriv", "--pdeathsig", ended_by.name.removeprefix("SIG")]
        if user is not None:
            lead += ["--reuid", user, "--regid", user, "--clear-groups"]
    return subprocess.Popen(
        [*lead, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def end(server: subprocess.Popen[bytes], *, by: signal.Signals = signal.SIGTERM) -> None:
    """End a started server and whatever it started; returns when all of it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, by)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(timeout=10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait(timeout=10)


def wait_until(
    claim: Callable[[], bool], *, server: subprocess.Popen[bytes], log: Path, seconds: float = 20
) -> None:
    """Return once `claim()` holds; a ServerError when the server dies or time is up first."""
    deadline = time.monotonic() + seconds
    while not claim():
        if server.poll() is not None or time.monotonic() > deadline:
            last_words = log.read_text(errors="replace")[-2000:] if log.exists() else "nothing"
            raise ServerError(f"{server.args!r} is not ready; {log} says: {last_words}")
        time.sleep(0.02)


def free_ports(count: int) -> list[int]:
    """Return `count` different ports of 127.0.0.1 nobody listened on just now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


def listens(port: int) -> bool:
    """Return whether something on 127.0.0.1 accepts connections at `port`."""
    with socket.socket() as line:
        line.settimeout(1)
        return line.connect_ex(("127.0.0.1", port)) == 0


def remove(folder: Path) -> None:
    """Remove a server's folder, also when a last child is still tidying up in it."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.02)
    raise ServerError(f"{folder} could not be removed")
