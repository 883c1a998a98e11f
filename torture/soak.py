"""Saves and pages for minutes on end, while a worker sends."""

from __future__ import annotations

import http.client
import random
import statistics
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from tests.api.build import new_entry
from tests.entries.build import a_type
from torture.figures import Figure
from torture.running import Api, running
from torture.sink import sink

from daybook.entries.models import DiaryEntryType
from daybook.people import tokens
from daybook.people.models import Person
from torture import firm, installation

RATE = 20.0
PAGES = ("/", "/?view=agenda", "/sync-log/")
MEGABYTE = 1024 * 1024


def measured(short: bool) -> Iterator[Figure]:
    seconds, rate, web = (8.0, 4.0, 1) if short else (480.0, RATE, 2)
    senders, guests = firm.senders(1 if short else 20, 1), firm.guests(10)
    kind = a_type()
    with sink(seconds=0.01) as mail:
        for sender in senders:
            sender.mail_account.port = mail.port
            sender.mail_account.save()
        with running(installation.DATA, workers=1, processes=web) as (port, processes):
            load = Load(port, senders, guests, kind)
            memory = Memory([process.pid for process in processes])
            load.run(rate, seconds, memory)
            until = time.monotonic() + 60
            while firm.waiting() and time.monotonic() < until:
                time.sleep(0.1)
        first = {each.uid: each.at for each in reversed(mail.arrivals)}
    ages = sorted(first[uid] - at for uid, at in load.saved.items() if uid in first)
    yield _figure(load, memory, ages, seconds=seconds, rate=rate, short=short)


def _figure(
    load: Load, memory: Memory, ages: list[float], *, seconds: float, rate: float, short: bool
) -> Figure:
    age = ages[int(len(ages) * 0.99)] if ages else float("inf")
    achieved = len(load.saved) / load.seconds
    good = {200, 201}
    bad = sum(count for status, count in load.answers.items() if status not in good)
    growth = memory.growth
    grew = "not measured" if short else f"{growth:+.1%}"
    return Figure(
        f"{seconds / 60:.1f} minutes of {rate:.0f} saves and one page a second: no error, "
        "memory grows by less than 10 %, 99 of 100 invitations leave within 30 s",
        f"{achieved:.1f} saves a second, {sum(load.answers.values()):,} requests, {bad} errors; "
        f"memory {grew} (now {memory.last / MEGABYTE:.0f} MB); of {len(ages):,} entries the first "
        f"invitation left after {statistics.median(ages):.1f} s, 99 of 100 after {age:.1f} s",
        bad == 0 and len(ages) == len(load.saved) and age < 30 and (short or growth < 0.1),
    )


@dataclass
class Memory:
    """What processes and their children hold, in octets; `growth` since all have warmed up."""

    pids: list[int]
    samples: list[int] = field(default_factory=list)

    def look(self) -> None:
        self.samples.append(sum(map(_resident, _with_children(self.pids))))

    @property
    def last(self) -> int:
        return self.samples[-1]

    @property
    def growth(self) -> float:
        """Return by which part the last fifth is above the second."""
        fifth = max(1, len(self.samples) // 5)
        early = statistics.median(self.samples[fifth : 2 * fifth] or self.samples)
        return statistics.median(self.samples[-fifth:]) / early - 1


def _with_children(pids: list[int]) -> list[int]:
    found = list(pids)
    for pid in found:
        said = subprocess.run(
            ["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False
        )
        found += map(int, said.stdout.split())
    return found


def _resident(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    except FileNotFoundError:
        return 0
    return int(text.split()[1]) * 4096


class Load:
    """People who save at a steady rate, and others who look; `saved` is when, by UID."""

    def __init__(
        self, port: int, senders: list[Person], guests: list[Person], kind: DiaryEntryType
    ) -> None:
        self.port, self.guests, self.kind = port, guests, kind
        self.apis = [
            Api("127.0.0.1", port, tokens.issue(sender, "torture")[1]) for sender in senders
        ]
        self.cookie = _signed_in(senders[0])
        self.answers: Counter[int] = Counter()
        self.saved: dict[str, float] = {}
        self.seconds = 0.0
        self._lock = threading.Lock()

    def run(self, rate: float, seconds: float, memory: Memory) -> None:
        """Save `rate` times a second and look once a second, for `seconds`."""
        begun, chance = time.monotonic(), random.Random(0)
        number = 0
        with ThreadPoolExecutor(16) as people:
            while (passed := time.monotonic() - begun) < seconds:
                # No more at a time than there are people: a server that is slow is asked less.
                if people._work_queue.qsize() < 16:
                    people.submit(self._save, number, chance.sample(self.guests, 3))
                    number += 1
                if number % int(rate) == 0:
                    people.submit(self._look, PAGES[number % len(PAGES)])
                    memory.look()
                time.sleep(max(0.0, number / rate - passed))
        self.seconds = time.monotonic() - begun
        memory.look()

    def _save(self, number: int, guests: list[Person]) -> None:
        sent = new_entry(self.kind, *guests, title=f"Visit {number}")
        at = time.monotonic()
        answer = self.apis[number % len(self.apis)].call("POST", "/api/v1/entries", sent)
        with self._lock:
            self.answers[answer.status] += 1
            if answer.status == 201:
                self.saved[answer.json()["uid"]] = at

    def _look(self, path: str) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request("GET", path, headers={"Cookie": self.cookie, "Host": "127.0.0.1"})
            response = line.getresponse()
            response.read()
            status = response.status
        except (OSError, http.client.HTTPException):
            status = 0
        finally:
            line.close()
        with self._lock:
            self.answers[status] += 1


def _signed_in(person: Person) -> str:
    """Return the cookie of a session of `person`, as signing in makes it."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return f"daybook_session={session.session_key}"
