"""A worker process on a machine whose clock is wrong: its own time is faked, and nothing else.

It needs `faketime`, which `make test` and `make torture` install on Debian. Mail goes over
STARTTLS, so that certificates are looked at by the wrong clock as well.
"""

from __future__ import annotations

import logging
import shutil
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from tests.servers import process
from torture.figures import Figure
from torture.running import start_worker
from torture.sink import Sink, sink

from daybook.entries.models import DiaryEntry
from daybook.people.models import Person, Security
from torture import firm, installation

ON_BOTH = True
# What `faketime` is told, by what the clock does.
WRONG = {
    "an hour ahead": "+1h",
    "an hour back": "-1h",
    "a day ahead": "+1d",
    "a day back": "-1d",
    "in 1970": "@1970-01-01 00:00:00",
    "in 2038": "@2038-01-19 03:14:08",
}
LEASE = 3.0
GUESTS = 4
# Where it is over by the clock of 2038, and where it is not.
SOON, FAR = 100, 5_000


def measured(short: bool) -> Iterator[Figure]:
    if shutil.which("faketime") is None:
        raise FileNotFoundError("faketime is missing (apt-get install faketime)")
    names, starts = (["in 1970"], 1) if short else (list(WRONG), 2)
    server = {"tls_context": installation.server_tls(), "require_starttls": True}
    # A handshake that the worker breaks off would be a line.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    with sink(seconds=0.02, server=server) as mail:
        story = Story(mail, starts)
        for name in names:
            story.tell(name)
    left = ", ".join(f"{name} {count}" for name, count in story.left.items())
    yield Figure(
        f"{len(names)} times the clock of a machine is wrong ({', '.join(names)}): its worker is "
        f"started {starts} times and killed the first time, entries wait, are saved and changed, "
        "and then the clock is right again: nothing lost, no burst, SEQUENCE and DTSTAMP never "
        "fall, and nothing is sent in 1970",
        f"{len(mail.arrivals):,} mails, by the wrong clock: {left}; {len(story.wrong)} ended "
        f"badly, {mail.copies()} copies of {mail.cut} connections that were cut, {_fell(mail)} "
        "mailboxes where DTSTAMP fell" + "".join(f"; {each}" for each in story.wrong),
        not story.wrong
        and not _fell(mail)
        and mail.copies() <= mail.cut
        and mail.different_copies() == 0
        and mail.out_of_order() == 0
        and story.left["in 1970"] == 0,
    )


class Story:
    """A firm whose web and worker believe a wrong clock for a while; `wrong` is what ended badly.

    `left` is how many mails left meanwhile, by what the clock did.
    """

    def __init__(self, mail: Sink, starts: int) -> None:
        self.mail, self.starts = mail, starts
        self.left: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.entries: list[tuple[DiaryEntry, Person]] = []
        self.senders, self.guests = firm.senders(3, mail.port), firm.guests(GUESTS)
        for sender in self.senders:
            sender.mail_account.security = Security.STARTTLS
            sender.mail_account.save()

    def tell(self, name: str) -> None:
        """Let the clock be wrong for some starts of the worker, and then be right."""
        before, cut = len(self.mail.arrivals), self.mail.cut
        self._save(firm.now(), SOON, FAR)
        for number in range(self.starts):
            with self._worker(name, ends_by=signal.SIGKILL if number == 0 else signal.SIGTERM):
                self._save(_by(name), SOON, FAR)
                for entry, sender in self.entries[-4:]:
                    firm.reword(entry, f"{name} {number}", by=sender, at_time=_by(name))
                self._wait(4, mails=2 if number == 0 else 1_000)
        self.left[name] = len(self.mail.arrivals) - before
        with self._worker():
            # What is edited on and on leaves two minutes after the first edit, by the right clock.
            deadline = time.monotonic() + 150
            while self._unsettled() and time.monotonic() < deadline:
                time.sleep(0.2)
        self._check(name, len(self.mail.arrivals) - before - (self.mail.cut - cut))

    def _wait(self, seconds: float, *, mails: int) -> None:
        """Wait until so many mails have left, but not longer."""
        until, enough = time.monotonic() + seconds, len(self.mail.arrivals) + mails
        while time.monotonic() < until and len(self.mail.arrivals) < enough:
            time.sleep(0.01)

    def _check(self, name: str, mails: int) -> None:
        if found := firm.wrong_calendars(self.mail):
            self.wrong.append(f"{name}: {len(found)} calendars, as {found[0]}")
        # Two entries made, and two more each time; four reworded each time.
        most = GUESTS * (2 + self.starts * (2 + 4))
        if mails > most:
            self.wrong.append(f"{name}: a burst of {mails} mails instead of {most}")

    def _unsettled(self) -> bool:
        return bool(firm.waiting()) or bool(firm.wrong_calendars(self.mail))

    def _save(self, at_time: datetime, *in_days: int) -> None:
        for days in in_days:
            sender = self.senders[len(self.entries) % len(self.senders)]
            entry = firm.save(sender, self.guests, at_time=at_time, in_days=days)
            self.entries.append((entry, sender))

    @contextmanager
    def _worker(
        self, name: str = "", *, ends_by: signal.Signals = signal.SIGTERM
    ) -> Iterator[None]:
        # Waiting goes by the monotonic clock, which no machine sets.
        environment = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"}
        inside = ("faketime", "-m", "-f", WRONG[name]) if name else ()
        log = installation.DATA / "worker.log"
        started = start_worker(LEASE, log=log, environment=environment, inside=inside)
        try:
            yield
        finally:
            process.end(started, by=ends_by)


def _by(name: str) -> datetime:
    """Return what the wrong clock says."""
    said = WRONG[name]
    if said.startswith("@"):
        return datetime.fromisoformat(said[1:]).replace(tzinfo=UTC)
    unit = {"h": timedelta(hours=1), "d": timedelta(days=1)}[said[-1]]
    return firm.now() + int(said[:-1]) * unit


def _fell(mail: Sink) -> int:
    stamps: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in mail.arrivals:
        stamps[each.stream].append(each.dtstamp)
    return sum(found != sorted(found) for found in stamps.values())
