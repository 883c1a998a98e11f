"""Daybook's own processes, web and workers, and somebody who calls the API."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import process


@dataclass(frozen=True)
class Answer:
    """What came back: `status` 0 is no answer at all, names of `headers` are small."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Api:
    """The API of one installation, called with one token."""

    host: str
    port: int
    token: str

    def call(
        self, method: str, path: str, sent: object = None, *, seconds: float = 60, key: str = ""
    ) -> Answer:
        """Call once; `key` is the Idempotency-Key. Never raises for what the other side does."""
        # The web answers to the names of its own machine only, as long as it has no public one.
        headers = {
            "Host": "127.0.0.1",
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.token}",
        }
        if key:
            headers["Idempotency-Key"] = key
        line = http.client.HTTPConnection(self.host, self.port, timeout=seconds)
        try:
            line.request(method, path, None if sent is None else json.dumps(sent), headers)
            response = line.getresponse()
            said = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, said, response.read())
        except (OSError, http.client.HTTPException):
            return Answer(0)
        finally:
            line.close()


def start(
    *command: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
    inside: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Start a `daybook` command; `inside` is what comes before it, such as a network namespace."""
    return _start("daybook.commands", *command, log=log, environment=environment, inside=inside)


def start_worker(
    lease_seconds: float,
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    inside: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Start a worker whose leases are not those of the product."""
    seconds = str(lease_seconds)
    return _start("torture.workers", seconds, log=log, environment=environment, inside=inside)


def _start(
    module: str,
    *words: str,
    log: Path,
    environment: Mapping[str, str] | None,
    inside: Sequence[str],
) -> subprocess.Popen[bytes]:
    with log.open("ab") as said:
        return subprocess.Popen(
            [*inside, sys.executable, "-m", module, *words],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


@contextmanager
def running(
    folder: Path, *, workers: int = 1, processes: int = 2, lease_seconds: float | None = None
) -> Iterator[tuple[int, list[subprocess.Popen[bytes]]]]:
    """Run the web and workers of the installation in the environment; give its port and them.

    `lease_seconds` None leaves the leases as the product has them.
    """
    [port] = process.free_ports(1)
    with ExitStack() as endings:
        web = ("web", "--port", str(port), "--processes", str(processes))
        started = [start(*web, log=folder / "web.log")]
        endings.callback(process.end, started[0])
        for number in range(workers):
            log = folder / f"worker{number}.log"
            own = (
                start("worker", log=log)
                if lease_seconds is None
                else start_worker(lease_seconds, log=log)
            )
            started.append(own)
            endings.callback(process.end, started[-1])
        wait_until_it_answers("127.0.0.1", port)
        yield port, started


def wait_until_it_answers(host: str, port: int, *, seconds: float = 90) -> None:
    """Return once the web answers at all."""
    deadline = time.monotonic() + seconds
    while Api(host, port, "").call("GET", "/healthz", seconds=5).status == 0:
        if time.monotonic() > deadline:
            raise process.ServerError(f"nothing answers at {host}:{port}")
        time.sleep(0.1)
