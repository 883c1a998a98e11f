"""The next batch of an account, planned in a process beside while one is carried.

Planning keeps a processor busy and carrying waits for others: where much is to go, both together
take as long as the slower of them. The process is begun when it is first needed and serves one
account at a time. It ends by itself, when its worker has died or has not asked for long.
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from operator import attrgetter

import structlog
from django.db import DEFAULT_DB_ALIAS, connection

from daybook.ledger.models import Calendar, Parcel
from daybook.ledger.rows import Row
from daybook.sync import claiming, figures, pace
from daybook.sync.lease import Lease

log = structlog.get_logger()

# Seconds: from one look to the next whether it is worth waiting, and from a death to a new process.
LOOK_EVERY = 0.5
BEGIN_AGAIN_AFTER = 60.0
READY = b"ready"
PARCEL = [field.attname for field in Parcel._meta.concrete_fields]
CALENDAR = ["id", "uid", "address_key", "mark"]
_OF_PARCEL, _OF_CALENDAR = attrgetter(*PARCEL), attrgetter(*CALENDAR)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be planned: at most `limit`, and what the pace allows at `now`.

    Not the calendars whose ids are `under_way`: what they are to be told is about to leave.
    """

    lease: Lease
    limit: int
    per_minute: int
    now: datetime
    under_way: list[int]


@dataclass(frozen=True, slots=True)
class Planned:
    """What is frozen on disk and due, as rows, and the seconds it took.

    As rows, because models take four times as long on their way from one process to the other.
    """

    rows: list[Row]
    seconds: float

    @classmethod
    def of(cls, parcels: Sequence[Parcel], seconds: float) -> Planned:
        return cls([_row(parcel) for parcel in parcels], seconds)

    @property
    def calendars(self) -> list[int]:
        """The ids of their calendars."""
        return [of_calendar[0] for _, of_calendar, _, _ in self.rows]

    @property
    def parcels(self) -> list[Parcel]:
        """The parcels with their contents; of the calendar only what their carrier needs."""
        return [_parcel(row) for row in self.rows]


NOTHING = Planned([], 0)


def _row(parcel: Parcel) -> Row:
    return _OF_PARCEL(parcel), _OF_CALENDAR(parcel.calendar), parcel.told, parcel.pieces


def _parcel(row: Row) -> Parcel:
    of_parcel, of_calendar, told, pieces = row
    parcel = Parcel.from_db(DEFAULT_DB_ALIAS, PARCEL, of_parcel)
    parcel.calendar = Calendar.from_db(DEFAULT_DB_ALIAS, CALENDAR, of_calendar)
    parcel.told, parcel.pieces = told, pieces
    return parcel


def plan(asked: Asked) -> Planned:
    """Claim what comes next, beside the worker whose lease it is.

    Never raises: whatever goes wrong, the worker finds it when it claims by itself.
    """
    began = time.monotonic()
    parcels: list[Parcel] = []
    try:
        allowed, _ = pace.allowance(asked.lease.account_id, asked.per_minute, asked.now)
        # Whether those under way are counted already nobody knows.
        limit = min(asked.limit, max(0, allowed - len(asked.under_way)))
        batch = claiming.claim(asked.lease, limit=limit, now=asked.now, under_way=asked.under_way)
        if batch is not None:
            parcels = batch.parcels
    except Exception:
        log.exception("not planned ahead", account=asked.lease.account_id)
        connection.close()
    return Planned.of(parcels, time.monotonic() - began)


@dataclass
class Ahead:
    """The process beside a worker; any of its threads may have it for a turn, one at a time."""

    program: str = "daybook.sync.planner"
    _free: threading.Lock = field(default_factory=threading.Lock)
    _process: subprocess.Popen[bytes] | None = None
    _line: Connection | None = None
    _ready: bool = False
    _not_before: float = 0

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Let one account ask, as often as it likes."""
        turn = Turn(self)
        try:
            yield turn
        finally:
            turn.end()

    def take(self) -> Connection | None:
        """Return the line to the process, if it is there, ready, and nobody else's now.

        It is begun if there is none. Whoever has it calls `release`.
        """
        if not self._free.acquire(blocking=False):
            return None
        try:
            line = self._there()
        except OSError as trouble:
            # Memory, or processes, may have run out: whoever asked goes on without.
            log.warning("planning ahead cannot begin", trouble=str(trouble))
            self._not_before = time.monotonic() + BEGIN_AGAIN_AFTER
            line = None
        if line is None:
            self._free.release()
        return line

    def release(self, *, in_the_middle: bool) -> None:
        """Let others have it; `in_the_middle` of something it is ended instead."""
        if in_the_middle:
            self.stop()
        self._free.release()

    def stop(self) -> None:
        """End the process at once, wherever it is; what it has frozen by then is on disk."""
        if self._process is None or self._line is None:
            return
        self._line.close()
        self._process.kill()
        if self._process.wait() not in (0, -signal.SIGKILL):
            self._not_before = time.monotonic() + BEGIN_AGAIN_AFTER
            log.error("planning ahead died", status=self._process.returncode)
        self._process = self._line = None
        self._ready = False

    def _there(self) -> Connection | None:
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        if self._line is None:
            self._begin()
        if self._line is not None and not self._ready and self._line.poll(0):
            with suppress(EOFError):
                self._ready = self._line.recv_bytes() == READY
        return self._line if self._ready else None

    def _begin(self) -> None:
        if time.monotonic() < self._not_before:
            return
        line, theirs = Pipe()
        command = [sys.executable, "-m", self.program, str(theirs.fileno())]
        with theirs:
            # Out of reach of the terminal's Ctrl-C: it ends with its worker, which first finishes.
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
            )
        self._line = line


@dataclass
class Turn:
    """What one account asks of the process; without one, nothing is ever planned."""

    ahead: Ahead | None = None
    _line: Connection | None = None
    _waiting: bool = False

    def ask(self, asked: Asked) -> None:
        """Have a batch planned meanwhile, if that can be."""
        if self.ahead is not None and self._line is None:
            self._line = self.ahead.take()
        if self._line is not None:
            self._waiting = True
            with suppress(OSError):
                self._line.send_bytes(pickle.dumps(asked))

    def planned(self, still_ours: Callable[[], bool]) -> Planned:
        """Return what was planned, waited for while `still_ours`; nothing if it will not come."""
        if self._line is None or not self._waiting:
            return NOTHING
        try:
            while not self._line.poll(LOOK_EVERY):
                if not still_ours():
                    return NOTHING
            planned: Planned = pickle.loads(self._line.recv_bytes())  # noqa: S301 - our own process
        except (EOFError, OSError):
            return NOTHING
        self._waiting = False
        if count := len(planned.rows):
            figures.HERE.observe("compose", planned.seconds / count, times=count)
        return planned

    def end(self) -> None:
        """Ask no more; nothing is planned under this lease from here on."""
        if self.ahead is not None and self._line is not None:
            self._line = None
            self.ahead.release(in_the_middle=self._waiting)
