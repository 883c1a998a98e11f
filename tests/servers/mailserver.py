"""A real mail provider on loopback: Postfix to send through, Dovecot mailboxes to look into.

Needs root, because both programs change users. Everything lives in one temporary folder.
"""

from __future__ import annotations

import base64
import os
import pwd
import ssl
import string
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from imapclient import IMAPClient
from tests.servers import process
from tests.servers.certificate import write_certificates

SETTINGS = Path(__file__).parent / "mail_settings"
HOST_NAMES = ("mail.firm.test", "localhost")
QUEUES = ("maildrop", "incoming", "active", "deferred")

# Postfix changes users while it runs, and then the kernel forgets to end it with the tests; and
# it leads a process group of its own.
END_TOGETHER = """
    trap 'kill $postfix; wait $postfix; kill -9 -$postfix' TERM
    "$@" & postfix=$!
    wait $postfix
"""


class Settings(string.Template):
    """A settings file with `@@{name}` where a value goes."""

    delimiter = "@@"


class MailServer:
    """A firm's mail provider, as its people's programs see it.

    `users` are (address, password) pairs; a user signs in with the address and may send only
    from it. SMTP: STARTTLS on `submission_port` (required), TLS from the start on `tls_port`.
    IMAP: TLS from the start on `imaps_port`. The certificate is for 127.0.0.1 and localhost,
    signed by `ca_file`. Mail to anybody who is no user comes back to its sender.

        with MailServer([("ada@firm.test", "secret")]) as server: ...
    """

    host = "127.0.0.1"

    def __init__(self, users: Iterable[tuple[str, str]]) -> None:
        self.passwords = dict(users)
        self.refusals: dict[str, str] = {}
        self.submission_port, self.tls_port, self.imaps_port = process.free_ports(3)

    def __enter__(self) -> Self:
        # Not pytest's folder: only root may enter that, and a socket's path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="daybook-mail-"))
        try:
            self._lay_out()
            self._dovecot = process.start(["dovecot", "-F", "-c", self.folder / "dovecot.conf"])
            try:
                self.start()
                self._wait_for_mailboxes()
            except BaseException:
                process.end(self._dovecot)
                raise
        except BaseException:
            process.remove(self.folder)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        process.end(self._dovecot)
        process.remove(self.folder)

    def start(self) -> None:
        """Accept mail (again), on the same ports; returns when it does."""
        self._postfix = process.start(
            ["sh", "-c", END_TOGETHER, "sh", self._master, "-c", self.folder / "postfix", "-s"]
        )
        try:
            process.wait_until(
                lambda: process.listens(self.submission_port) and process.listens(self.tls_port),
                server=self._postfix,
                log=self.folder / "postfix.log",
            )
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Refuse connections of SMTP until `start`; the mailboxes can still be read."""
        process.end(self._postfix)
        deadline = time.monotonic() + 10
        while process.listens(self.submission_port) or process.listens(self.tls_port):
            if time.monotonic() > deadline:
                raise process.ServerError("Postfix does not end")
            time.sleep(0.02)

    def add_user(self, address: str, password: str) -> None:
        """Give somebody a mailbox, or a user another password; holds for the next connection."""
        known_domains = self._domains()
        self.passwords[address] = password
        self._write_tables()
        if self._domains() != known_domains:
            # The one part of Postfix that lives on reads its table of domains only when told.
            self._postfix_command("reload")

    def refuse_recipient(self, address: str, reply: str) -> None:
        """Answer RCPT for `address` with `reply`, as in "550 5.1.1 Gone" or "450 4.2.1 Busy".

        Holds for connections opened from now on.
        """
        self.refusals[address] = reply
        self._write_tables()

    def accept_recipient(self, address: str) -> None:
        """End what `refuse_recipient` began, for connections opened from now on."""
        del self.refusals[address]
        self._write_tables()

    def mailbox(self, address: str) -> list[bytes]:
        """Return the messages a user's mail program finds now, by IMAP, in order of arrival."""
        with IMAPClient(
            self.host, port=self.imaps_port, ssl_context=self.tls_context(), timeout=20
        ) as imap:
            imap.login(address, self.passwords[address])
            imap.select_folder("INBOX", readonly=True)
            found = imap.fetch(imap.search("ALL"), ["BODY.PEEK[]"])
            return [bytes(found[uid][b"BODY[]"]) for uid in sorted(found)]

    def arrivals(self, address: str, count: int, *, seconds: float = 20) -> list[bytes]:
        """Return the mailbox once it holds at least `count` messages; a ServerError if never."""
        deadline = time.monotonic() + seconds
        while len(messages := self.mailbox(address)) < count:
            if time.monotonic() > deadline:
                log = (self.folder / "postfix.log").read_text(errors="replace")[-2000:]
                raise process.ServerError(
                    f"{address} got {len(messages)} of {count} messages; Postfix says: {log}"
                )
            time.sleep(0.05)
        return messages

    def settled_mailbox(self, address: str) -> list[bytes]:
        """Return the mailbox once Postfix holds no mail for anybody: what has arrived is all."""
        process.wait_until(
            self._holds_no_mail, server=self._postfix, log=self.folder / "postfix.log"
        )
        return self.mailbox(address)

    def tls_context(self) -> ssl.SSLContext:
        """Return a context that trusts this server and nothing else."""
        return ssl.create_default_context(cafile=self.ca_file)

    def _lay_out(self) -> None:
        folder = self.folder
        folder.chmod(0o755)
        for name in ("postfix", "queue", "data", "mail", "dovecot"):
            (folder / name).mkdir(mode=0o755)
        os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
        os.chown(folder / "mail", pwd.getpwnam("nobody").pw_uid, -1)
        self.ca_file = write_certificates(folder, HOST_NAMES)
        values = {
            "folder": folder,
            "submission_port": self.submission_port,
            "tls_port": self.tls_port,
            "imaps_port": self.imaps_port,
        }
        for file in SETTINGS.iterdir():
            place = folder / "postfix" if file.suffix == ".cf" else folder
            (place / file.name).write_text(Settings(file.read_text()).substitute(values))
        self._write_tables()
        self._postfix_command("check")
        programs = subprocess.check_output(["postconf", "-d", "-h", "daemon_directory"], text=True)
        self._master = Path(programs.strip()) / "master"

    def _postfix_command(self, verb: str) -> None:
        # "check" also makes the folders of the queue.
        run = subprocess.run(
            ["postfix", "-c", self.folder / "postfix", verb], check=False, capture_output=True
        )
        if run.returncode:
            raise process.ServerError(f"postfix {verb} failed: {run.stderr.decode()}")

    def _write_tables(self) -> None:
        self._write("domains", [f"{domain} here" for domain in sorted(self._domains())])
        # Read twice: who has a mailbox, and which user an address belongs to.
        self._write("mailboxes", [f"{address} {address}" for address in self.passwords])
        self._write("refusals", [f"{address} {reply}" for address, reply in self.refusals.items()])
        self._write(
            "passwords",
            [
                f"{address}:{{PLAIN.b64}}{base64.b64encode(password.encode()).decode()}"
                for address, password in self.passwords.items()
            ],
        )

    def _domains(self) -> set[str]:
        return {address.partition("@")[2] for address in self.passwords}

    def _write(self, name: str, lines: list[str]) -> None:
        fresh = self.folder / f"{name}.new"
        fresh.write_text("".join(f"{line}\n" for line in lines))
        fresh.rename(self.folder / name)

    def _wait_for_mailboxes(self) -> None:
        sockets = [self.folder / "auth", self.folder / "lmtp"]
        process.wait_until(
            lambda: all(map(Path.exists, sockets)) and process.listens(self.imaps_port),
            server=self._dovecot,
            log=self.folder / "dovecot.log",
        )

    def _holds_no_mail(self) -> bool:
        waiting = (self.folder / "queue" / name for name in QUEUES)
        return not any(path.is_file() for queue in waiting for path in queue.rglob("*"))
