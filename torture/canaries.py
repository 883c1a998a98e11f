"""Twenty secrets in a running diary where everything goes wrong, and no trace in what is kept."""

from __future__ import annotations

import base64
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from tests.couriers.mail_server import Conversation, MailServer
from tests.entries.build import an_entry
from tests.hostility.canaries import Story
from tests.hostility.firm import Firm, InProcess, OverALine
from tests.servers import process
from torture.figures import Figure
from torture.running import running, start

from daybook.people.models import MailAccount, MailTest
from torture import installation

ON_BOTH = True
PATIENCE = 60
# A name somebody asks a new password for is a row until a worker has looked it up, and what was
# deleted stays in the pages of a file until they are used again. A backup is made without those.
TYPED_AS_A_NAME = "typed in the wrong field"
KEPT_A_WHILE = ("daybook.sqlite3", "daybook.sqlite3-wal")


def measured(short: bool) -> Iterator[Figure]:
    del short  # it takes a few seconds
    story = Story(Firm().with_passwords())
    with everything_logged(installation.DATA / "faults.log"):
        over_http(story)
        in_one_process(story)
        a_worker_is_sent_away(story)
    data = installation.DATA
    files = {str(path.relative_to(data)): path.read_bytes() for path in files_of(data)}
    copy = backup(installation.DATA / "friday")
    seen = story.seen
    found = {
        *(trace for octets in seen.answers for trace in seen.traces("an answer", octets)),
        *(trace for octets in seen.mails for trace in seen.traces("a mail", octets)),
        *(trace for name, octets in files.items() for trace in seen.traces(name, octets)),
        *seen.traces("the command lines", command_lines()),
    }
    known = {f"{TYPED_AS_A_NAME} in {where}" for where in ("an answer", *KEPT_A_WHILE)}
    # Whoever looks in the wrong place finds nothing: what is no secret is in both.
    looked = b"Breaks" in copy and b"a fault" in files["faults.log"] and b"event=" in log(files)
    yield Figure(
        f"{len(seen.secrets)} secrets (passwords, tokens, links, codes, keys) in a diary where "
        "everything goes wrong: none is in an answer, a mail, a log, a command line, the sent "
        "journal or the database, as it is or as it travels, but for what was typed as a name",
        f"{len(seen.answers):,} answers, {len(seen.mails)} mails and {len(files)} files: "
        f"{words(found - known)}",
        looked and not found - known,
    )
    in_backup = set(seen.traces("the backup", copy))
    yield Figure(
        "None of them is in a backup, not even that",
        f"{len(copy):,} octets: {words(in_backup)}",
        looked and not in_backup,
    )


def words(found: set[str]) -> str:
    return f"{len(found)} traces" + "".join(f"; {trace}" for trace in sorted(found)[:3])


@contextmanager
def everything_logged(path: Path) -> Iterator[None]:
    """Write what this process logs to `path`, in the form of the product."""
    root = logging.getLogger()
    handler = logging.FileHandler(path)
    handler.setFormatter(root.handlers[0].formatter)
    kept, root.handlers[:] = root.handlers[:], [handler]
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.handlers[:] = kept
        root.setLevel(logging.ERROR)
        handler.close()


class Visiting(OverALine):
    """Has been at the door also as nobody, as a browser has that shows the form there."""

    def _sign_in(self, who: str) -> tuple[str, str]:
        if who == "nobody":
            return self.at_the_door()
        return super()._sign_in(who)


def over_http(story: Story) -> None:
    """Let people and programs be refused by a running web, and look at every page."""
    with running(installation.DATA, workers=0, processes=1) as (port, _):
        story.line = Visiting(story.firm, port)
        story.forms_that_are_refused()
        story.signing_in_that_fails()
        story.programs_that_are_refused()
        story.look_everywhere()
        for path in ("/healthz", "/metrics"):
            story.ask("GET", path, who="nobody")
    story.line = InProcess(story.firm)


def in_one_process(story: Story) -> None:
    """Let what cannot be broken from outside break inside."""
    story.faults_of_ours()
    story.servers_that_misbehave()
    story.workers_that_break()


class Repeating(Conversation):
    """Refuses whoever signs in, and says loudly with what."""

    def _authenticate(self, line: str) -> None:
        said = line.rsplit(maxsplit=1)[-1]
        password = base64.b64decode(said).decode().rpartition("\0")[2]
        self._say(f"535 5.7.8 {password} is wrong; you said {said}")


class RepeatingServer(MailServer):
    """Tells everybody's password to whoever reads its answers."""

    conversation = Repeating


def a_worker_is_sent_away(story: Story) -> None:
    """Let a real worker try every mail account and every test at a server that repeats all."""
    story.ada_gets_her_account()
    with RepeatingServer(auth="PLAIN", starttls=installation.server_tls()) as server:
        here = {"host": "127.0.0.1", "port": server.port, "security": "starttls"}
        MailAccount.objects.update(**here, held_reason="", leased_until=None, next_try_at=None)
        MailTest.objects.filter(state="waiting").update(**here)
        an_entry(story.firm.ben, creator=story.firm.ada, kind=story.firm.kind, title="Refused")
        worker = start("worker", log=installation.DATA / "worker.log")
        deadline = time.monotonic() + PATIENCE
        while not _all_tried() and time.monotonic() < deadline:
            time.sleep(0.1)
        process.end(worker)
    if not _all_tried():
        raise RuntimeError("the worker did not try them all")
    story.look_everywhere()


def _all_tried() -> bool:
    held = MailAccount.objects.filter(person__username="ada", held_reason="sign_in_refused")
    return held.exists() and not MailTest.objects.filter(done_at=None).exists()


def files_of(folder: Path) -> Iterator[Path]:
    """Yield all files but the keys, which are what is kept apart."""
    connection.close()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "keys" not in path.parts:
            yield path


def log(files: dict[str, bytes]) -> bytes:
    return b"".join(octets for name, octets in files.items() if name.endswith(".log"))


def backup(path: Path) -> bytes:
    """Make a backup, and return what is in it, unpacked."""
    said = subprocess.run(
        [sys.executable, "-m", "daybook.commands", "backup", str(path)],
        capture_output=True,
        check=True,
    )
    if connection.vendor != "postgresql":
        return path.read_bytes() + said.stdout + said.stderr
    unpacked = subprocess.run(
        ["pg_restore", "--file=-", str(path)], capture_output=True, check=True
    )
    return path.read_bytes() + unpacked.stdout + said.stdout + said.stderr


def command_lines() -> bytes:
    """Return the command line of every process here, but of the servers of databases."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            continue
    return b"\n".join(lines)
