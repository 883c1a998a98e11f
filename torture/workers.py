"""Worker processes that start in milliseconds, so that they can be killed by the hundred.

They are forked from a process that has loaded Daybook once. Each is the product's own worker; only
the length of the lease may be another, where a minute for each kill would be too long.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, TextIO

from daybook.couriers.courier import Accepted, Mail, Outcome


def work(
    lease_seconds: float | None, name: str, accounts_at_once: int, planner: str = "", batch: int = 0
) -> None:
    """Run one worker in this process until it is asked to stop."""
    from daybook.sync import lease, rounds
    from daybook.sync.ahead import Ahead
    from daybook.sync.outbound import BATCH, Outbound
    from daybook.sync.rounds import Worker

    rounds.ACCOUNTS_AT_ONCE = accounts_at_once or rounds.ACCOUNTS_AT_ONCE

    if lease_seconds is not None:
        lease.LENGTH = timedelta(seconds=lease_seconds)
        lease.MARGIN = lease.LENGTH / 3
    ahead = Ahead(planner) if planner else None
    worker = Worker(Outbound(ahead=ahead, batch=batch or BATCH))
    worker.name = name or worker.name
    signal.signal(signal.SIGTERM, lambda *_: worker.stopping.set())
    worker.run()


_forks = multiprocessing.get_context("forkserver")
# All that a worker needs is read once; nothing is connected there.
_forks.set_forkserver_preload(["torture.preloaded"])


def work_mortally(lease_seconds: float, deadly: str) -> None:
    """Run a worker that dies, as by a crash of the interpreter, when it writes a certain title.

    What plans ahead for it dies too.
    """
    os.environ["TORTURE_DEADLY"] = deadly
    dies_of(deadly)
    work(lease_seconds, "", 0, planner="torture.mortal_planner")


def dies_of(deadly: str) -> None:
    """Let this process die when it writes the title `deadly`."""
    from daybook.calendaring.message import Message
    from daybook.sync import freezing

    compose: Callable[..., Message] = vars(freezing)["compose"]

    def dying(step: Any, **how: Any) -> Message:
        if step.hold.holding.facts.title == deadly:
            os.abort()
        return compose(step, **how)

    vars(freezing)["compose"] = dying


def carry_and_stop(account_id: int, point: str, lease_seconds: float) -> None:
    """Serve one account once, and stop as a frozen machine does at `point`.

    Ends with status 0 when it could not write down afterwards what became of its first mail, and
    with 1 when it could.
    """
    from daybook.sync import lease
    from daybook.sync.outbound import Outbound

    lease.LENGTH = timedelta(seconds=lease_seconds)
    lease.MARGIN = lease.LENGTH / 3
    passed: list[str] = []

    def passing(name: str) -> None:
        passed.append(name)
        if name == point and passed.count(name) == 1:
            os.kill(os.getpid(), signal.SIGSTOP)

    Outbound(per_minute=0, passing=passing).serve(account_id)
    sys.exit(1 if "written" in passed else 0)


def post_and_die(token: str, key: str, sent: dict[str, Any], statement: str) -> None:
    """Save an entry by the API; die before the statement `statement`, "" before answering."""
    from django.db import connection
    from tests.api.build import Caller

    def dying(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if statement and statement in sql.replace('"', ""):
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, *rest)

    with connection.execute_wrapper(dying):
        Caller(token).post("/entries", sent, Idempotency_Key=key, Host="127.0.0.1")
    os.kill(os.getpid(), signal.SIGKILL)


def claim_into(path: str, name: str) -> None:
    """Work as a worker whose mails all arrive at once; each is a line "NAME KEY" of `path`.

    Before it begins, a line says NAME alone.
    """
    from django.db import connection

    from daybook.sync.outbound import Outbound
    from daybook.sync.rounds import Worker

    with open(path, "a", buffering=1) as book:
        courier = _Bookkeeper(book, name)
        worker = Worker(Outbound(courier_for=lambda _: courier, per_minute=0), name=name)
        signal.signal(signal.SIGTERM, lambda *_: worker.stopping.set())
        connection.ensure_connection()
        book.write(f"{name}\n")
        worker.run()


@dataclass(frozen=True)
class _Bookkeeper:
    """Takes every mail, and says in a book who carried it."""

    book: TextIO
    name: str

    def carry(
        self, mails: Sequence[Mail], still_ours: Callable[[], bool]
    ) -> Iterator[tuple[int, Outcome]]:
        for mail in mails:
            if not still_ours():
                return
            self.book.write(f"{self.name} {mail.key}\n")
            yield mail.key, Accepted("250 2.0.0 Ok")


def fork(target: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """Start a process of its own that calls `target`."""
    process = _forks.Process(target=_quietly, args=(target, *arguments), daemon=True)
    process.start()
    return process


def _quietly(target: Callable[..., None], *arguments: object) -> None:
    logging.getLogger().setLevel(logging.CRITICAL)
    target(*arguments)


def start(
    *,
    lease_seconds: float | None = None,
    name: str = "",
    accounts_at_once: int = 0,
    batch: int = 0,
) -> ForkServerProcess:
    """Start a worker; whoever starts it ends it. 0 and None leave it as the product has it."""
    return fork(work, lease_seconds, name, accounts_at_once, "", batch)


def kill(process: ForkServerProcess) -> None:
    """End a process as a power cut would, and wait until it is gone."""
    process.kill()
    process.join()


@contextmanager
def workers(count: int, *, lease_seconds: float | None = None) -> Iterator[list[ForkServerProcess]]:
    """Run `count` workers, which are killed at the end."""
    started = [start(lease_seconds=lease_seconds) for _ in range(count)]
    try:
        yield started
    finally:
        for each in started:
            kill(each)


def wait_until_stopped(process: ForkServerProcess) -> None:
    """Return when a process has stopped as one does that is frozen. Raises if it ended instead."""
    while _state(process) != "T":
        process.join(0.01)
        if process.exitcode is not None:
            raise RuntimeError(f"it ended with {process.exitcode}")


def _state(process: ForkServerProcess) -> str:
    """Return the kernel's letter for what a process does."""
    try:
        text = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return text.rpartition(")")[2].split()[0]


if __name__ == "__main__":
    # One worker with a shorter lease, for whoever starts it on another host.
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybook.settings")
    django.setup()
    work(float(sys.argv[1]), "", 0)
