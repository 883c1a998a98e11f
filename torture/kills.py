"""Worker processes are killed at random moments, while entries are saved and changed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess

from torture.figures import Figure
from torture.sink import Sink, sink

from torture import firm, workers

ON_BOTH = True
# A killed worker's accounts wait for the end of its lease: a minute, and 500 kills would be a day.
LEASE = 0.7
# Between two kills; what is changed before it has left becomes no mail of its own.
EDITS = 8
# Where each process has one connection, a kill cuts one; as shipped it has up to eight.
ONE, AS_SHIPPED = 1, 0


def measured(short: bool) -> Iterator[Figure]:
    with sink(seconds=0.004) as mail:
        story = Story(mail, accounts=4 if short else 40, processes=4, connections=ONE)
        kills, pushes = (10, 150) if short else (500, 10_000)
        story.run(kills, pushes)
        yield story.figure(
            f"{kills:,} random SIGKILLs during {pushes:,} pushes, a process a connection: nothing "
            "lost, nothing out of order, at most one extra copy a kill, copies byte for byte alike",
            most_copies=story.killed,
        )
    if short:
        return
    with sink(seconds=0.004) as mail:
        story = Story(mail, accounts=40, processes=2, connections=AS_SHIPPED)
        story.run(50, 1_000)
        yield story.figure(
            "The same with workers as shipped, of eight connections each, 50 kills: at most one "
            "extra copy a connection that was cut",
            most_copies=mail.cut,
        )


class Story:
    """A firm that goes on editing, and workers that do not live long."""

    def __init__(
        self, mail: Sink, *, accounts: int, processes: int, connections: int, batch: int = 0
    ) -> None:
        self.mail, self.processes, self.connections = mail, processes, connections
        self.batch = batch
        self.random, self.killed, self.version = random.Random(processes), 0, 0
        label = f"of{processes}by{batch}"
        guests = firm.guests(20, label=f"guest{label}")
        self.entries = [
            (firm.save(sender, self.random.sample(guests, 5)), sender)
            for sender in firm.senders(accounts, mail.port, label=f"sender{label}")
            for _ in range(12)
        ]

    def run(self, kills: int, pushes: int) -> None:
        """Kill and edit until both numbers are reached, then let the last workers finish."""
        running = [self._worker() for _ in range(self.processes)]
        while self.killed < kills or self.pushed < pushes:
            time.sleep(self.random.uniform(0.02, 0.15))
            if self.killed < kills:
                self._kill_one(running)
            self._edit_some()
        deadline = time.monotonic() + 90
        while firm.waiting() and time.monotonic() < deadline:
            time.sleep(0.2)
        for each in running:
            workers.kill(each)

    def _kill_one(self, running: list[ForkServerProcess]) -> None:
        place = self.random.randrange(self.processes)
        workers.kill(running[place])
        running[place] = self._worker()
        self.killed += 1

    def figure(self, claim: str, *, most_copies: int) -> Figure:
        lost = firm.waiting() + len(firm.wrong_calendars(self.mail, self.entries))
        disorder, copies = self.mail.out_of_order(), self.mail.copies()
        different = self.mail.different_copies()
        return Figure(
            claim,
            f"{self.killed:,} kills, {self.pushed:,} pushes: {lost} lost or wrong, {disorder} out "
            f"of order, {copies:,} extra copies of {most_copies:,}, {different} of them different",
            not (lost or disorder or different) and copies <= most_copies,
        )

    @property
    def pushed(self) -> int:
        return len(self.mail.arrivals) - self.mail.copies()

    def _worker(self) -> ForkServerProcess:
        return workers.start(
            lease_seconds=LEASE, accounts_at_once=self.connections, batch=self.batch
        )

    def _edit_some(self) -> None:
        """Change as many entries as keeps the workers busy, and no more."""
        if firm.waiting() > 3 * len(self.entries):
            return
        self.version += 1
        for entry, sender in self.random.sample(self.entries, EDITS):
            firm.reword(entry, f"Visit {self.version}", by=sender)
