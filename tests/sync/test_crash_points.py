"""A worker killed at each point of the way out: nothing is lost, and a copy is the same bytes.

The two points before it, a save that is not committed and an answer that is not heard, are told
in `tests/api/test_idempotency.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from aiosmtpd.controller import Controller

GUESTS = {"ben@firm.example", "dora@firm.example"}


@dataclass
class Sink:
    """What arrived, by recipient. `at_the_dot` is called when a text is in and not yet answered."""

    arrived: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    at_the_dot: Callable[[], None] = lambda: None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        for recipient in envelope.rcpt_tos:
            self.arrived[recipient].append(bytes(envelope.content))
        self.at_the_dot()
        return "250 2.0.0 Ok"


@dataclass
class Firm:
    """An installation with its mail server."""

    environment: dict[str, str]
    sink: Sink

    def start(self, *words: str, **settings: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.sync.crashing_worker", *words],
            env={**self.environment, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> str:
        process = self.start(*words)
        said, trouble = process.communicate(timeout=60)
        assert process.returncode == 0, trouble
        return said

    def recovered(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = json.loads(self.run("recover").splitlines()[-1])
        return rows


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    with contextlib.ExitStack() as endings:
        sink = Sink()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = Controller(sink, hostname="127.0.0.1", port=port)
        server.start()
        endings.callback(server.stop)
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        environment = {
            **kept,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "DAYBOOK_DATA": str(tmp_path_factory.mktemp("crashes")),
            "DAYBOOK_QUIET_SECONDS": "0",
        }
        if url := os.environ.get("DAYBOOK_DATABASE_URL"):
            environment["DAYBOOK_DATABASE_URL"] = endings.enter_context(a_database_beside(url))
        made = Firm(environment, sink)
        made.run("prepare", str(port))
        yield made


@contextlib.contextmanager
def a_database_beside(url: str) -> Iterator[str]:
    name = f"crashes_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def mailboxes(firm: Firm) -> Iterator[dict[str, list[bytes]]]:
    """Empty mailboxes, and one entry saved that nobody was told of yet."""
    firm.sink.arrived.clear()
    firm.sink.at_the_dot = lambda: None
    firm.run("save")
    yield firm.sink.arrived
    firm.sink.at_the_dot = lambda: None


def check(firm: Firm, mailboxes: dict[str, list[bytes]], *, copies: int) -> None:
    """Recover, and find every guest told once, or by that many copies of the same bytes."""
    rows = firm.recovered()

    assert {row["address"] for row in rows} == GUESTS
    assert all(row["in_step"] and row["state"] == "sent" for row in rows)
    assert set(mailboxes) == GUESTS
    assert all(len(set(mails)) == 1 for mails in mailboxes.values())
    assert sum(map(len, mailboxes.values())) - len(GUESTS) == copies


@pytest.mark.parametrize(
    ("point", "copies"),
    [
        ("before claim", 0),
        ("claimed", 0),
        ("opened", 0),
        ("before MAIL", 0),
        ("before DATA", 0),
        ("in the text", 0),
        # The server has it, and we do not know: RFC 1047 prefers twice to never.
        ("answered", 1),
        ("written", 0),
    ],
)
def test_a_worker_killed_there_loses_nothing(
    firm: Firm, mailboxes: dict[str, list[bytes]], point: str, copies: int
) -> None:
    process = firm.start("work", point)
    process.communicate(timeout=60)

    assert process.returncode == -signal.SIGKILL
    check(firm, mailboxes, copies=copies)


def test_answers_that_share_a_commit_may_all_come_twice_and_no_more(
    firm: Firm, mailboxes: dict[str, list[bytes]]
) -> None:
    process = firm.start("work", "answered twice", DAYBOOK_ANSWERS_PER_COMMIT="50")
    process.communicate(timeout=60)

    assert process.returncode == -signal.SIGKILL
    check(firm, mailboxes, copies=2)


def test_a_worker_killed_after_the_last_dot_sends_one_copy_of_the_same_bytes(
    firm: Firm, mailboxes: dict[str, list[bytes]]
) -> None:
    process = firm.start("work", "nowhere")
    firm.sink.at_the_dot = process.kill
    process.communicate(timeout=60)
    firm.sink.at_the_dot = lambda: None

    assert process.returncode == -signal.SIGKILL
    check(firm, mailboxes, copies=1)


def test_a_worker_that_slept_through_its_lease_sends_nothing_when_it_wakes(
    firm: Firm, mailboxes: dict[str, list[bytes]]
) -> None:
    process = firm.start("work", "asleep: opened")
    try:
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        time.sleep(1.5)
        check(firm, mailboxes, copies=0)
        process.send_signal(signal.SIGCONT)
        _, trouble = process.communicate(timeout=60)
    finally:
        process.kill()

    assert process.returncode == 0, trouble
    assert all(len(mails) == 1 for mails in mailboxes.values())
