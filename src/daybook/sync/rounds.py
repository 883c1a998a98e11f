"""The worker's loop: look, serve several accounts at once, and do the chores in their time."""

from __future__ import annotations

import gc
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import structlog
from django.db import OperationalError, close_old_connections, connection, transaction
from django.db.models import Exists, OuterRef, Q

from daybook.entries import reminders
from daybook.ledger.models import Calendar
from daybook.people.models import LinkMail, MailTest
from daybook.sync import (
    clocks,
    figures,
    journal,
    lease,
    link_mails,
    mail_tests,
    quarantine,
    reminding,
    repair,
)
from daybook.sync.ahead import Ahead
from daybook.sync.models import Chore, Quarantine, ReminderMail, WorkerBeat
from daybook.sync.outbound import Outbound

log = structlog.get_logger()

ACCOUNTS_AT_ONCE = 8
LOOK_EVERY = 0.4
BEAT_EVERY = 10.0
# Seconds from trouble that is not a mail server's to the next try.
AGAIN_AFTER = 2.0
# Objects that are made and not gone, from one search for garbage to the next; Python's own is 700.
COLLECT_AFTER = 20_000
REPAIR_EVERY = timedelta(minutes=15)

Chores = dict[str, tuple[timedelta, Callable[[datetime], object]]]


@dataclass
class Worker:
    """One worker process: any number of them may run against one database."""

    outbound: Outbound = field(default_factory=Outbound)
    stopping: threading.Event = field(default_factory=threading.Event)
    # Called between rounds by whoever also keeps house (the API's kept answers).
    chores: Chores = field(default_factory=dict)
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:24]} {uuid4()}"[:64])
    # The account that was begun last.
    _last: int = 0

    def run(self) -> None:
        """Work until `stopping` is set; mails that are under way are finished first."""
        ahead = self.outbound.ahead or Ahead()
        self.outbound = replace(self.outbound, stopping=self.stopping.is_set, ahead=ahead)
        self._wait_for_a_clock()
        if self.stopping.is_set():
            return
        now = self._now()
        WorkerBeat.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()
        WorkerBeat.objects.create(worker=self.name, started_at=now, seen_at=now)
        journal.here().begin(now)
        with ThreadPoolExecutor(ACCOUNTS_AT_ONCE, thread_name_prefix="account") as pool:
            self._loop(pool)
        ahead.stop()
        figures.HERE.write(self._now())
        WorkerBeat.objects.filter(worker=self.name).delete()

    def _loop(self, pool: ThreadPoolExecutor) -> None:
        serving: dict[int, Future[int]] = {}
        beaten = 0.0
        while not self.stopping.is_set():
            self._wait_for_a_clock()
            try:
                if time.monotonic() - beaten >= BEAT_EVERY:
                    beaten = time.monotonic()
                    self._beat()
                busy = self._round(pool, serving)
            except OperationalError as trouble:
                # The database is away or locked: nothing was claimed, so nothing is lost.
                log.warning("database not available", trouble=str(trouble)[:200])
                connection.close()
                self.stopping.wait(AGAIN_AFTER)
                continue
            if serving:
                wait(serving.values(), timeout=LOOK_EVERY, return_when=FIRST_COMPLETED)
            elif not busy:
                self.stopping.wait(LOOK_EVERY)

    def _wait_for_a_clock(self) -> None:
        """Return when the clock says something that can be, or when this worker is to stop."""
        told = False
        while not clocks.is_possible(now := self._now()) and not self.stopping.wait(LOOK_EVERY):
            if not told:
                log.error("the clock must be wrong: nothing is sent", says=now.isoformat())
            told = True

    def _round(self, pool: Executor, serving: dict[int, Future[int]]) -> bool:
        """Start whatever can be started; return whether the next look should come at once."""
        for account_id in [key for key, future in serving.items() if future.done()]:
            del serving[account_id]
        calendars, tests, links, remind, mails = self._look()
        if tests:
            mail_tests.start_waiting(pool, self._now())
        if links:
            link_mails.start_waiting(pool, self._now())
        if remind:
            reminding.give_due(self._now())
        if mails:
            reminding.start_waiting(pool, self._now())
        if not calendars:
            return tests or links or remind
        routed = self.outbound.route()
        for account_id in self._accounts_with_work(ACCOUNTS_AT_ONCE + len(serving)):
            if account_id not in serving and len(serving) < ACCOUNTS_AT_ONCE:
                serving[account_id] = pool.submit(self._serve, account_id)
                self._last = account_id
        return bool(routed)

    def _serve(self, account_id: int) -> int:
        """Serve one account, in a thread of the pool; return how many mails were tried."""
        try:
            return self.outbound.serve(account_id)
        except Exception:
            log.exception("an account's round failed", account=account_id)
            # A disk that is full, say, will be full at once again. The account keeps its place.
            self.stopping.wait(AGAIN_AFTER)
            return 0
        finally:
            close_old_connections()

    def _look(self) -> tuple[bool, bool, bool, bool, bool]:
        """Return whether calendars, mail tests, links, reminders, and their mails are due.

        One indexed read. In quarantine nothing is.
        """
        now = self._now()
        due = Calendar.objects.filter(due_at__lte=now)
        tests = MailTest.objects.filter(state="waiting")
        links = LinkMail.objects.filter(next_at__lte=now)
        mails = ReminderMail.objects.filter(next_at__lte=now)
        beat = WorkerBeat.objects.filter(worker=self.name).values_list(
            *map(Exists, (due, tests, links, reminders.due(now), mails)),
            Exists(Quarantine.objects.all()),
        )
        # A row somebody removed is no reason to stop working.
        *waiting, quarantined = beat.first() or (*(True,) * 5, quarantine.is_on())
        calendars, tries, wishes, remind, letters = (found and not quarantined for found in waiting)
        return calendars, tries, wishes, remind, letters

    def _accounts_with_work(self, limit: int) -> list[int]:
        """Return at most `limit` accounts in turns, from the one after the last on.

        Or the first ones, where something is due again and again, would be all that is served.
        """
        due = Calendar.objects.filter(account_id=OuterRef("pk"), due_at__lte=self._now())
        usable = lease.usable(self._now()).filter(Exists(due)).order_by("pk").values_list("pk")
        chosen = [pk for (pk,) in usable.filter(pk__gt=self._last)[:limit]]
        if len(chosen) < limit and self._last:
            chosen += [pk for (pk,) in usable.filter(pk__lte=self._last)[: limit - len(chosen)]]
        return chosen

    def _beat(self) -> None:
        now = self._now()
        WorkerBeat.objects.filter(worker=self.name).update(seen_at=now)
        self.outbound.renew_leases()
        figures.HERE.write(now)
        chores = {
            "repair": (REPAIR_EVERY, repair.repair),
            "old reminders": (timedelta(days=1), _forget_reminders),
            "figures": (timedelta(minutes=10), figures.fold),
            **self.chores,
        }
        for name, (every, work) in chores.items():
            if _take_turn(name, every, now):
                found = work(now)
                if found:
                    log.warning("chore found work", chore=name, found=found)

    def _now(self) -> datetime:
        return datetime.now(UTC)


def _forget_reminders(now: datetime) -> None:
    """Nothing to report: what is over is forgotten as planned."""
    reminders.forget(now)


def _take_turn(name: str, every: timedelta, now: datetime) -> bool:
    """Return whether it is this worker's turn to do the chore, and write down the next turn."""
    with transaction.atomic():
        _, first = Chore.objects.get_or_create(name=name, defaults={"next_at": now + every})
        # Later than it can be: written by a clock that was wrong.
        due = Chore.objects.filter(Q(next_at__lte=now) | Q(next_at__gt=now + every), name=name)
        return bool(due.update(next_at=now + every)) and not first


def collect_seldom() -> None:
    """Let Python look for garbage it has to search for seldom, and not in the program itself.

    A batch makes tens of thousands of objects that go by themselves; to look through them and
    through all there is took a tenth of the time a mail takes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def run_forever(chores: Chores | None = None) -> None:
    """Run one worker in this process until it is asked to stop (SIGTERM, SIGINT).

    `chores` are done besides the worker's own: name to how often and what.
    """
    collect_seldom()
    worker = Worker(chores=chores or {})
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: worker.stopping.set())
    log.info("worker started", worker=worker.name)
    worker.run()
    log.info("worker stopped", worker=worker.name)
