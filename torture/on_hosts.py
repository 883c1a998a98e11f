"""The story `hosts.py` tells, in a process whose own database is on one of the hosts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.api.build import new_entry
from tests.entries.build import a_type
from tests.servers import process
from torture.figures import Figure
from torture.networks import Host
from torture.running import Api
from torture.sink import Sink, sink

from daybook.entries.models import DiaryEntry
from daybook.people import tokens
from daybook.sync import lease
from torture import firm, installation, networks, running

ON_EACH = 5
PORT = 8000


class Story:
    """A firm whose web and two workers are on three hosts; `lease_seconds` is theirs."""

    def __init__(self, places: dict[str, Host], mail: Sink, *, short: bool) -> None:
        self.places, self.mail = places, mail
        self.lease_seconds = 2.0 if short else lease.LENGTH.total_seconds()
        self.entries = 8 if short else 60
        self.senders = firm.senders(4 if short else 12, mail.port)
        for sender in self.senders:
            sender.mail_account.host = networks.here()
            sender.mail_account.save()
        self.creators = {sender.pk: sender for sender in self.senders}
        self.guests = firm.guests(ON_EACH)
        self.kind = a_type()
        self.tokens = [tokens.issue(sender, "torture")[1] for sender in self.senders]
        self.answers: Counter[int] = Counter()
        self.saved = 0
        self.open = 0
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, endings: ExitStack) -> None:
        """Start all three, each with a data folder of its own and the same keys."""
        for name in ("web", "worker1", "worker2"):
            folder = installation.DATA / name
            folder.mkdir()
            shutil.copytree(installation.DATA / "keys", folder / "keys")
            (folder / "static").mkdir()
            started = self._start(name, folder)
            self._started[name] = started
            endings.callback(process.end, started)
        running.wait_until_it_answers(self.places["web"].address, PORT)

    def _start(self, name: str, folder: Path) -> subprocess.Popen[bytes]:
        host = self.places[name]
        own = {"DAYBOOK_DATA": str(folder)}
        log = folder / "log"
        if name == "web":
            web = ("web", "--host", host.address, "--port", str(PORT), "--processes", "1")
            return running.start(*web, log=log, environment=own, inside=host.inside)
        return running.start_worker(
            self.lease_seconds, log=log, environment=own, inside=host.inside
        )

    def while_it_sends(self, trouble: Callable[[], None]) -> None:
        """Save and reword through the web, and let trouble come in the middle of it."""
        begun = len(self.mail.arrivals)
        for number in range(self.entries):
            self._save(number)
        while len(self.mail.arrivals) < begun + ON_EACH:
            time.sleep(0.01)
        trouble()
        for entry in DiaryEntry.objects.order_by("-pk")[: self.entries // 2]:
            firm.reword(entry, f"{entry.title} again", by=self.creators[entry.creator_id or 0])
        deadline = time.monotonic() + 240
        while firm.waiting() and time.monotonic() < deadline:
            time.sleep(0.2)

    def _save(self, number: int) -> None:
        place = number % len(self.senders)
        sent = new_entry(self.kind, *self.guests, title=f"Visit {number}")
        api = Api(self.places["web"].address, PORT, self.tokens[place])
        self.saved += 1
        # Asked again under its key until it is saved, as programs do.
        for _ in range(60):
            answer = api.call("POST", "/api/v1/entries", sent, key=f"save {self.saved}", seconds=30)
            self.answers[answer.status] += 1
            if answer.status == 201:
                return
            time.sleep(1)
        raise RuntimeError(f"it was never saved: {self.answers}")

    def _one_that_carries(self) -> str:
        """Return the name of a worker with connections open; each of them may leave one copy."""
        while True:
            for name in ("worker1", "worker2"):
                if found := self.mail.open_from[self.places[name].address]:
                    self.open += found
                    return name
            if not firm.waiting():
                self._save(self.saved)
            time.sleep(0.002)

    def cut_off(self) -> None:
        """Pull the cable of a worker's host for longer than its lease."""
        host = self.places[self._one_that_carries()]
        host.unplug()
        time.sleep(1.5 * self.lease_seconds)
        self._reword_some()
        self._until_the_other_has_gone_on()
        host.plug_in()

    def freeze(self) -> None:
        """Stop every process of a worker's host for longer than a lease."""
        process = self._started[self._one_that_carries()]
        os.killpg(process.pid, signal.SIGSTOP)
        time.sleep(1.5 * self.lease_seconds)
        self._reword_some()
        self._until_the_other_has_gone_on()
        os.killpg(process.pid, signal.SIGCONT)

    def restart_the_database(self) -> None:
        before = self.mail.opened
        self.open += sum(self.mail.open_now.values())
        print("restart the database", flush=True)
        sys.stdin.readline()
        # It was told, and may have lived on for a moment.
        self.open += self.mail.opened - before
        # As Django does between requests: what was connected is not any more.
        from django.db import connections

        connections.close_all()

    def _reword_some(self) -> None:
        for entry in DiaryEntry.objects.order_by("-pk")[: self.entries // 3]:
            firm.reword(entry, f"{entry.title} new", by=self.creators[entry.creator_id or 0])

    def _until_the_other_has_gone_on(self) -> None:
        deadline = time.monotonic() + 60 + 2 * self.lease_seconds
        while firm.waiting() and time.monotonic() < deadline:
            time.sleep(0.1)

    def figure(self, what: str, copies_before: int) -> Figure:
        mail = self.mail
        wrong, waiting = firm.wrong_calendars(mail), firm.waiting()
        copies = mail.copies() - copies_before
        return Figure(
            f"{what}: nothing lost, nothing out of order, no version as two mails, at most one "
            "extra copy a connection that was open then",
            f"{self.saved} entries saved (answers {dict(sorted(self.answers.items()))}), "
            f"{len(mail.arrivals):,} mails: {len(wrong) + waiting} calendars wrong, "
            f"{mail.out_of_order()} out of order, {copies} copies of {self.open} connections",
            not wrong
            and not waiting
            and mail.out_of_order() == 0
            and mail.different_copies() == 0
            and copies <= self.open,
        )


def told(places: dict[str, Host], *, short: bool) -> Iterator[Figure]:
    """Tell it, and yield a figure after each trouble."""
    with ExitStack() as endings:
        mail = endings.enter_context(sink(host=networks.here(), seconds=0.05))
        story = Story(places, mail, short=short)
        story.start(endings)
        for what, trouble in (
            ("One worker's host is cut off in the middle of a batch, beyond its lease", "cut_off"),
            ("The database crashes and comes back", "restart_the_database"),
            ("A worker's host is frozen for longer than a lease, and wakes", "freeze"),
        ):
            copies, story.open = mail.copies(), 0
            story.while_it_sends(getattr(story, trouble))
            yield story.figure(what, copies)


def main(places: str, short: str) -> None:
    """Tell it on `places`, JSON of names and what a Host is made of; `short` is "1" or "0"."""
    found = {name: Host(*values) for name, values in json.loads(places).items()}
    for figure in told(found, short=short == "1"):
        print(figure.to_json(), flush=True)
