"""What a save, a page and a mail cost: the measure of `daybook capacity`."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from tests.entries.build import a_type
from tests.servers import process
from torture.figures import Figure
from torture.running import running, start
from torture.sink import sink
from torture.soak import Load

from daybook.commands import capacity
from daybook.people.models import Person
from torture import firm, installation

ON_BOTH = True
TICKS = os.sysconf("SC_CLK_TCK")


def measured(short: bool) -> Iterator[Figure]:
    saves, pages = (10, 5) if short else (300, 100)
    senders, guests, kind = firm.senders(4, 1), firm.guests(10), a_type()
    with sink() as mail:
        for sender in senders:
            sender.mail_account.port = mail.port
            sender.mail_account.save()
        with running(installation.DATA, workers=0, processes=1) as (port, [web]):
            load = Load(port, senders, guests, kind)
            load._save(0, guests[:3])
            load._look("/")
            clock = Clock([web.pid])
            save_ms = clock.of(lambda: _save(load, guests[:3], saves), saves)
            page_ms = clock.of(lambda: _look(load, pages), pages)
        with _a_worker() as worker:
            mails = (saves + 1) * 3
            # From its start on: by now it has sent the first.
            _until_sent()
            mail_ms = Clock([worker.pid])._ours() / mails, 0.0
    for what, found, assumed in (
        ("A save", save_ms, (capacity.SAVE_MS, capacity.DATABASE_SAVE_MS)),
        ("A page of the diary", page_ms, (capacity.PAGE_MS, capacity.DATABASE_PAGE_MS)),
        (
            "A mail, the worker's start included",
            mail_ms,
            (capacity.MAIL_MS, capacity.DATABASE_MAIL_MS),
        ),
    ):
        yield _figure(what, found, assumed, short=short)


@contextmanager
def _a_worker() -> Iterator[subprocess.Popen[bytes]]:
    worker = start("worker", log=installation.DATA / "worker.log")
    try:
        yield worker
    finally:
        process.end(worker)


def _figure(
    what: str, found: tuple[float, float], assumed: tuple[float, float], *, short: bool
) -> Figure:
    ours, databases = found
    theirs = f", the database {databases:.1f} ms" if databases else ""
    return Figure(
        f"{what} costs no more than `daybook capacity` reckons: {assumed[0]:.0f} ms of a "
        f"processor, and {assumed[1]:.0f} ms of a database server's",
        f"{ours:.1f} ms{theirs}",
        # A few units say nothing about one: the short form shows that it can be measured.
        short or (ours <= assumed[0] and databases <= assumed[1]),
    )


def _save(load: Load, guests: list[Person], times: int) -> None:
    for number in range(times):
        load._save(number, guests)


def _look(load: Load, times: int) -> None:
    for _ in range(times):
        load._look("/")


def _until_sent() -> None:
    deadline = time.monotonic() + 200
    while firm.waiting() and time.monotonic() < deadline:
        time.sleep(0.1)


class Clock:
    """Processor time of processes with all their children, and of a database server."""

    def __init__(self, pids: list[int]) -> None:
        self.pids = pids
        self.server = _postmaster()

    def of(self, work: Callable[[], object], units: int) -> tuple[float, float]:
        """Return milliseconds for each unit of `work`: ours, and the database server's."""
        ours, theirs = self._ours(), self._theirs()
        work()
        return (self._ours() - ours) / units, (self._theirs() - theirs) / units

    def _ours(self) -> float:
        return sum(map(_with_children, self.pids))

    def _theirs(self) -> float:
        return _with_children(self.server) if self.server else 0.0


def _postmaster() -> int:
    """Return the process behind all connections of PostgreSQL, 0 for SQLite."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(_stat(int(cursor.fetchone()[0]))[1])


def _with_children(pid: int) -> float:
    """Return milliseconds of a process and all it ever started."""
    fields = _stat(pid)
    own = sum(map(int, fields[11:15])) * 1000 / TICKS
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return own + sum(_with_children(int(child)) for child in children)


def _stat(pid: int) -> list[str]:
    """Return the fields behind the name in /proc/PID/stat: state, parent, and so on."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ["0"] * 20
    return text.rpartition(")")[2].split()
