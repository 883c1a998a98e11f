"""Backups of an installation that goes on writing and sending, and what comes of restoring them."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from tests.sync.mailbox import Mailbox, Seen, read
from tests.sync.test_crash_points import Firm, Sink, a_database_beside

PATIENCE = 60


@dataclass
class LongMemory(Sink):
    """Also keeps everything in the order it came in."""

    all: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.all.append(bytes(envelope.content))
        return await super().handle_DATA(_server, _session, envelope)


@dataclass
class Office(Firm):
    """An installation that can be backed up and restored."""

    sink: LongMemory

    def living(self, command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.sync.living_worker", command],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def count(self) -> int:
        return len(self.sink.all)


@contextlib.contextmanager
def an_office(data: Path) -> Iterator[Office]:
    """Give an installation of its own with people and a mail server."""
    with contextlib.ExitStack() as endings:
        sink = LongMemory()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = Controller(sink, hostname="127.0.0.1", port=port)
        server.start()
        endings.callback(server.stop)
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        root = str(Path(__file__).parents[2])
        environment = {**kept, "PYTHONPATH": root, "DAYBOOK_DATA": str(data)}
        environment["DAYBOOK_QUIET_SECONDS"] = "0"
        if url := os.environ.get("DAYBOOK_DATABASE_URL"):
            environment["DAYBOOK_DATABASE_URL"] = endings.enter_context(a_database_beside(url))
        made = Office(environment, sink)
        made.run("prepare", str(port))
        yield made


@dataclass
class Cycle:
    """What one round came to."""

    before: int  # messages the backup knows
    since: int  # messages that left after it
    orphans: int
    after: int  # messages after the release


def cycle(firm: Office, folder: Path) -> Cycle:
    """Back up while writing, go on, restore, release; check all that a restore promises."""
    with writing(firm):
        grow_by(firm, 4)
        backup = folder / f"backup-{time.time_ns()}"
        daybook(firm, "backup", str(backup))
        at_backup = firm.count()
        grow_by(firm, 6)
    assert backup.stat().st_mode & 0o077 == 0
    said = restored(firm, backup)
    sent = firm.count()
    nothing_leaves(firm)
    orphans = check_orphans(firm, said)
    known = known_as_sent(firm)
    daybook(firm, "quarantine", "--take-back", "--release")
    rows = firm.recovered()
    assert all(row["in_step"] for row in rows), rows
    check_versions(firm)
    check_nothing_twice(firm, sent, known)
    check_calendars(firm)
    return Cycle(at_backup, sent - at_backup, orphans, firm.count() - sent)


@contextlib.contextmanager
def writing(firm: Office) -> Iterator[None]:
    """Let a process save and send all the time; in the end it is killed in the middle of it."""
    process = firm.living("live")
    try:
        yield
        assert process.poll() is None, process.communicate()
    finally:
        process.kill()
        process.communicate()


def grow_by(firm: Office, mails: int) -> None:
    wanted, deadline = firm.count() + mails, time.monotonic() + PATIENCE
    while firm.count() < wanted:
        assert time.monotonic() < deadline, "nothing is sent"
        time.sleep(0.02)


def daybook(firm: Office, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "daybook.commands", *words],
        env=firm.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def restored(firm: Office, backup: Path) -> str:
    said = daybook(firm, "restore", str(backup), "--force")
    assert "are known from the journal" in said, said
    assert "In quarantine" in said
    return said


def nothing_leaves(firm: Office) -> None:
    """Let a worker do all it can, with a clock after the end of every lease."""
    sent = firm.count()
    firm.run("recover")
    assert firm.count() == sent, "something left in quarantine"


def roots(firm: Office) -> set[str]:
    """Return the UIDs the diary has."""
    return set(firm.living("uids").communicate(timeout=PATIENCE)[0].split())


def arrived(firm: Office) -> dict[str, list[Seen]]:
    return {to: [read(data) for data in mails] for to, mails in firm.sink.arrived.items()}


def check_orphans(firm: Office, said: str) -> int:
    """Check that all entries that are in calendars and not in the diary are counted."""
    here = roots(firm)
    held = {(to, seen.uid) for to, mails in arrived(firm).items() for seen in mails}
    gone = {
        (to, seen.uid)
        for to, mails in arrived(firm).items()
        for seen in mails
        if seen.method == "CANCEL"
    }
    lost = {(to, uid) for to, uid in held - gone if uid not in here}
    found = re.search(r"([\d,]+) calendars? shows? an entry", said)
    listed = int(found[1].replace(",", "")) if found else 0
    # What was opened and did not arrive, because the worker was killed, is listed as well.
    assert len(lost) <= listed <= len(lost) + 2, (lost, said)
    return listed


def known_as_sent(firm: Office) -> set[bytes]:
    """Return the Message-IDs the journal says arrived."""
    folder = Path(firm.environment["DAYBOOK_DATA"]) / "sent-journal"
    lines = b"".join(path.read_bytes() for path in folder.glob("*.jsonl"))
    return set(re.findall(rb'"is":"sent".*?"message_id":"([^"]+)"', lines))


def check_nothing_twice(firm: Office, sent: int, known: set[bytes]) -> None:
    for data in firm.sink.all[sent:]:
        found = re.search(rb"^Message-ID: *(\S+)", data, re.MULTILINE)
        assert found
        assert found[1] not in known, "sent again although it is known as sent"


def check_versions(firm: Office) -> None:
    """Check that what a calendar gets is the same bytes again or above all it ever got."""
    for to, mails in firm.sink.arrived.items():
        streams: dict[str, list[bytes]] = defaultdict(list)
        for data in mails:
            streams[read(data).uid].append(data)
        for stream in streams.values():
            for before, after in pairwise(stream):
                same = before == after
                assert same or read(before).sequence < read(after).sequence, (to, read(after))


def check_calendars(firm: Office) -> None:
    """Check that calendars show the entries of the diary and nothing else."""
    here = roots(firm)
    for to, mails in firm.sink.arrived.items():
        box = Mailbox()
        for data in mails:
            box.take(data)
        assert set(box.holds) == here, (to, set(box.holds) ^ here)
