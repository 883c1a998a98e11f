"""The sent journal: what left this host, in files beside the database.

A database that is restored has forgotten what it sent since its backup, and calendars outside have
not. The journal remembers for it: for each message who got which version, and no word of what was
said. It is written before the database is: what is on its way before the connection, what arrived
before that is committed.

One folder for each host, shared by all its workers; a line is a JSON object.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import structlog
from django.conf import settings

from daybook.ledger.models import Parcel

log = structlog.get_logger()

CURRENT = "current.jsonl"
# About 20,000 messages a file, and about 600,000 in all.
LARGEST_FILE = 16 * 1024 * 1024
MOST_FILES = 32
# Seconds for which a file that another process has put aside may still be written to. To ask with
# every line costs much: after each question the kernel writes a new time of change to disk.
LOOK_EVERY = 1.0

Json = dict[str, Any]


class Event(StrEnum):
    """What a line tells."""

    BEGUN = "begun"  # of the file, not of a message
    OPENED = "opened"
    SENT = "sent"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Line:
    """What happened to one message, or when a file was begun (`message` is then empty).

    `message` has "to", "key", "uid", "sequence", "dtstamp" and "message_id"; that of OPENED also
    "method", "print", and "shows" if it is no withdrawal: organiser, way, zone, start, end and
    all_day, as in a told snapshot.
    """

    event: Event
    at: datetime
    message: Json = field(default_factory=dict)


class _File:
    """A file of the journal that is open."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.size = 0
        self._itself = _identity(os.fstat(number))
        # Where the last line ended that was written here.
        self._end = 0
        self._looked_at = -LOOK_EVERY

    def is_at(self, path: str, *, surely: bool) -> bool:
        """Return whether it is the file of that name; then `size` is right while it is locked.

        Not `surely` means that it was a moment ago.
        """
        now = time.monotonic()
        if surely or now - self._looked_at >= LOOK_EVERY:
            try:
                if _identity(os.stat(path)) != self._itself:
                    return False
            except FileNotFoundError:
                return False
            self._looked_at = now
        self.size = os.lseek(self.number, 0, os.SEEK_END)
        return True

    def append(self, data: bytes) -> None:
        """Append `data` whole or not at all, after the end of a line. The file is locked."""
        start = self.size
        if start not in (0, self._end) and os.pread(self.number, 1, start - 1) != b"\n":
            # Somebody died while writing a line.
            data = b"\n" + data
        try:
            while data:
                written = os.write(self.number, data)
                self.size += written
                data = data[written:]
        except OSError:
            os.ftruncate(self.number, start)
            self.size = start
            raise
        self._end = self.size


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


class Journal:
    """Appends to the journal in `folder`; threads and processes may share it.

    A file that would pass `largest` is put aside; of those the oldest go, so that there are never
    more than `most` files.
    """

    def __init__(self, folder: Path, *, largest: int = LARGEST_FILE, most: int = MOST_FILES):
        self.folder = folder
        self._largest, self._most = largest, most
        self._lock = threading.Lock()
        self._current = os.fspath(folder / CURRENT)
        self._file: _File | None = None

    def begin(self, now: datetime) -> None:
        """Make sure there is a file, so that the journal covers the time from `now` on."""
        self._append([], now)

    def opened(self, parcels: Sequence[Parcel], now: datetime) -> None:
        """Keep that `parcels` are about to leave; on disk when this returns. Raises OSError."""
        lines = [{**_message(parcel), **_contents(parcel)} for parcel in parcels]
        self._append([_line(Event.OPENED, now, line) for line in lines], now)

    def sent(self, parcels: Sequence[Parcel], now: datetime) -> None:
        """Note that the server took `parcels`; a disk that is full is logged and no more.

        That they were opened is on disk already, and what may have arrived is treated as if it
        had: nothing waits for the disk here, once for every mail.
        """
        self._note(Event.SENT, parcels, now)

    def undelivered(self, parcels: Sequence[Parcel], now: datetime) -> None:
        """Note that `parcels` surely did not arrive; what loses this note is only more careful."""
        self._note(Event.UNDELIVERED, parcels, now)

    def _note(self, event: Event, parcels: Sequence[Parcel], now: datetime) -> None:
        lines = [_line(event, now, _message(parcel)) for parcel in parcels]
        try:
            self._append(lines, now, durable=False)
        except OSError as trouble:
            log.exception("sent journal cannot be written", trouble=str(trouble))

    def _append(self, lines: Sequence[bytes], now: datetime, *, durable: bool = True) -> None:
        data = b"".join(lines)
        with self._lock:
            file = self._locked_file(len(data), now, surely=durable)
            try:
                file.append(data)
            finally:
                fcntl.flock(file.number, fcntl.LOCK_UN)
            if durable:
                os.fsync(file.number)

    def _locked_file(self, coming: int, now: datetime, *, surely: bool) -> _File:
        """Return the current file, locked, with room for `coming` bytes.

        Not `surely` it may be one that was put aside a moment ago: it is read as well.
        """
        while True:
            if self._file is None:
                self._file = self._open()
            file = self._file
            fcntl.flock(file.number, fcntl.LOCK_EX)
            if not file.is_at(self._current, surely=surely):
                self._close(file)
                continue
            if file.size == 0:
                file.append(_line(Event.BEGUN, now, {}))
                return file
            if file.size + coming <= self._largest:
                return file
            if file.is_at(self._current, surely=True):
                self._rotate()
            self._close(file)

    def _open(self) -> _File:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        number = os.open(self._current, flags, 0o600)
        _sync_folder(self.folder)
        return _File(number)

    def _rotate(self) -> None:
        before = _put_aside(self.folder)
        number = int(before[-1].stem) + 1 if before else 1
        (self.folder / CURRENT).rename(self.folder / f"{number:08}.jsonl")
        for old in _put_aside(self.folder)[: -(self._most - 1)]:
            old.unlink(missing_ok=True)

    def _close(self, file: _File) -> None:
        os.close(file.number)  # which also unlocks it
        self._file = None


def folder_here() -> Path:
    """Return the folder of this installation's journal on this host."""
    data: Path = settings.DAYBOOK.data
    return data / "sent-journal"


def here() -> Journal:
    """Return the journal of this host, the same one in all of a process."""
    return _at(folder_here())


@lru_cache(maxsize=1)
def _at(folder: Path) -> Journal:
    return Journal(folder)


def files(folder: Path) -> list[Path]:
    """Return the files of a journal, the oldest first, the current one last."""
    current = folder / CURRENT
    return [*_put_aside(folder), *([current] if current.exists() else [])]


def read(folder: Path) -> Iterator[Line]:
    """Yield the lines of a journal in the order they were written.

    A line that was cut off, because the machine died while it was written, is left out.
    """
    for path in files(folder):
        with path.open("rb") as file:
            for raw in file:
                if (line := _read(raw)) is not None:
                    yield line


def begins_at(folders: Iterable[Path]) -> datetime | None:
    """Return when the youngest of several journals begins, None if one of them is empty."""
    beginnings = [next((line.at for line in read(folder)), None) for folder in folders]
    known = [at for at in beginnings if at is not None]
    return max(known) if known and len(known) == len(beginnings) else None


def _put_aside(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.jsonl"))


def _read(raw: bytes) -> Line | None:
    try:
        values = orjson.loads(raw)
        event, at = Event(values.pop("is")), datetime.fromisoformat(values.pop("at"))
    except (ValueError, KeyError, AttributeError):
        return None
    return Line(event, at, values)


def _line(event: Event, now: datetime, message: Json) -> bytes:
    values = {"at": now.isoformat(), "is": event.value, **message}
    return orjson.dumps(values) + b"\n"


def _message(parcel: Parcel) -> Json:
    return {
        "to": parcel.envelope_to,
        "key": parcel.calendar.address_key,
        "uid": parcel.calendar.uid,
        "sequence": parcel.sequence,
        "dtstamp": parcel.dtstamp.isoformat(),
        "message_id": parcel.message_id,
    }


def _contents(parcel: Parcel) -> Json:
    about = {"method": parcel.method, "print": parcel.print}
    told = parcel.told
    if told is None:
        return about
    _, address, key = told["organiser"]
    when = {name: told[name] for name in ("zone", "start", "end", "all_day")}
    return {
        **about,
        "shows": {"uid": told["uid"], "organiser": [address, key], "way": told["way"], **when},
    }


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
