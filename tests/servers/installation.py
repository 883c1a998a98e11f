"""A whole Daybook as an operator runs it: web, workers, a data folder, driven by its REST API."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from tests.servers import process
from tests.servers.mailserver import MailServer

Json = dict[str, Any]
PASSWORD = "a long enough pass phrase"


class Installation:
    """A running diary on a free port, with `workers` worker processes.

    `database_url` "" is the built-in SQLite. Connections are allowed to `mail` and nowhere else.
    """

    def __init__(self, mail: MailServer, *, database_url: str = "", workers: int = 2) -> None:
        self.mail = mail
        self._workers = workers
        self._database_url = database_url
        (self.port,) = process.free_ports(1)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as endings:
            folder = endings.enter_context(tempfile.TemporaryDirectory(prefix="daybook-whole-"))
            self.folder = Path(folder)
            self._environment = {
                **{
                    key: value
                    for key, value in os.environ.items()
                    if "DAYBOOK" not in key and "DJANGO" not in key
                },
                "DAYBOOK_DATA": folder,
                "DAYBOOK_DATABASE_URL": self._database_url,
                "DAYBOOK_QUIET_SECONDS": "0",
                "DAYBOOK_MAIL_PER_MINUTE": "0",
                "DAYBOOK_MAIL_HOSTS_ALLOWED": "127.0.0.1",
                "DAYBOOK_MAIL_CA_FILE": str(self.mail.ca_file),
            }
            self.run(
                "user",
                "add",
                "root",
                "--email",
                "root@firm.test",
                "--forename",
                "Root",
                "--surname",
                "Firm",
                "--admin",
                "--password-stdin",
                words=PASSWORD,
            )
            self.token = self.run("token", "create", "root").split()[-1]
            self.logs: list[Path] = []
            for name, command in self._processes():
                endings.callback(process.end, self._start(name, command))
            self._wait_until_healthy()
            self._endings = endings.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._endings.close()

    def run(self, *command: str, words: str = "") -> str:
        """Run one `daybook` command and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "daybook.commands", *command],
            env=self._environment,
            input=words,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise process.ServerError(f"daybook {command[0]}: {done.stderr[-2000:]}")
        return done.stdout

    def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """Return the answer of the API to one call, as the administrator."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                text = answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise AssertionError(f"{method} {path}: {refusal.read()!r}") from None
        return json.loads(text) if text else None

    def person(self, username: str, *, sends: bool = False, **fields: object) -> Json:
        """Enter somebody with a mailbox at the mail server; `sends` gives a mail account."""
        address = f"{username}@firm.test"
        self.mail.add_user(address, f"{username}'s password")
        details = {
            "username": username,
            "forename": username.capitalize(),
            "email": address,
            "timezone": "Europe/London",
            "email_syncing": True,
            "diary_sync": True,
        }
        person: Json = self.call("POST", "/people", {**details, **fields})
        if sends:
            self.call("PUT", f"/people/{person['id']}/mail-account", self.account(address))
        return person

    def account(self, address: str, password: str = "") -> Json:
        """Return the mail account of an address at the mail server."""
        return {
            "host": self.mail.host,
            "port": self.mail.submission_port,
            "security": "starttls",
            "username": address,
            "password": password or self.mail.passwords[address],
            "from_address": address,
        }

    def settle(self, entry: Json, *, seconds: float = 30) -> list[Json]:
        """Wait until nothing of an entry waits, and return where each calendar stands."""
        deadline = time.monotonic() + seconds
        while True:
            rows: list[Json] = self.call("GET", f"/entries/{entry['id']}/sync")["items"]
            if all(row["state"] != "waiting" for row in rows):
                return rows
            if time.monotonic() > deadline:
                raise process.ServerError(f"still waiting: {rows}; {self._last_words()}")
            time.sleep(0.1)

    def workers_started(self) -> bool:
        """Return whether every worker has begun to look for work, as its log says."""
        logs = [log for log in self.logs if log.name.startswith("worker")]
        return all("event='worker started'" in log.read_text() for log in logs)

    def carried(self) -> list[int]:
        """Return how many mails each worker has carried, as its log says."""
        texts = [log.read_text() for log in self.logs if log.name.startswith("worker")]
        return [sum(map(int, re.findall(r"event='carried'.* mails=(\d+)", text))) for text in texts]

    def _processes(self) -> list[tuple[str, list[str]]]:
        web = ["web", "--host", "127.0.0.1", "--port", str(self.port)]
        return [("web", web), *((f"worker{number}", ["worker"]) for number in range(self._workers))]

    def _start(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        log = self.folder / f"{name}.log"
        self.logs.append(log)
        with log.open("wb") as words:
            return subprocess.Popen(
                [sys.executable, "-m", "daybook.commands", *command],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                url = f"http://127.0.0.1:{self.port}/healthz"
                with urllib.request.urlopen(url, timeout=5):
                    return
            except (urllib.error.URLError, OSError) as trouble:
                if time.monotonic() > deadline:
                    raise process.ServerError(f"{trouble}: {self._last_words()}") from None
            time.sleep(0.1)

    def _last_words(self) -> str:
        return "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in self.logs)
