"""A real mail provider on loopback: Postfix to send through, Dovecot mailboxes to look into.

Needs root, because both programs change users. Everything lives in one temporary folder.
"""

from __future__ import annotations

import base64
import contextlib
import os
import pwd
import ssl
import string
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from imapclient import IMAPClient
from tests.servers import process
from tests.servers.certificate import write_certificates
from tests.servers.lookups import Lookups, Table

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
        with contextlib.ExitStack() as endings:
            # Not pytest's folder: only root may enter that, and a socket's path must be short.
            self.folder = Path(tempfile.mkdtemp(prefix="daybook-mail-"))
            endings.callback(process.remove, self.folder)
            self._lay_out()
            lookups = Lookups(self.folder / "lookups", self._tables())
            endings.callback(lookups.end)
            dovecot = process.start(["dovecot", "-F", "-c", self.folder / "dovecot.conf"])
            endings.callback(process.end, dovecot)
            self.start()
            endings.callback(self.stop)
            self._wait_for_mailboxes(dovecot)
            self._endings = endings.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._endings.close()

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
        """Give somebody a mailbox; a user's new password holds a second later."""
        self.passwords[address] = password
        self._write_password(address)

    def refuse_recipient(self, address: str, reply: str) -> None:
        """Answer RCPT for `address` with `reply`, as in "550 5.1.1 Gone" or "450 4.2.1 Busy"."""
        self.refusals[address] = reply

    def accept_recipient(self, address: str) -> None:
        """End what `refuse_recipient` began."""
        del self.refusals[address]

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
        for name in ("postfix", "queue", "data", "mail", "dovecot", "passwords"):
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
        for address in self.passwords:
            self._write_password(address)
        # The check also makes the folders of the queue.
        check = ("postfix", "-c", folder / "postfix", "check")
        subprocess.run(check, check=True, stdout=subprocess.DEVNULL)
        where = ("postconf", "-d", "-h", "daemon_directory")
        self._master = Path(subprocess.check_output(where, text=True).strip()) / "master"

    def _tables(self) -> dict[str, Table]:
        def domain(name: str) -> str | None:
            ours = any(address.endswith(f"@{name}") for address in self.passwords)
            return "ours" if ours else None

        def mailbox(address: str) -> str | None:
            return address if address in self.passwords else None

        # "mailboxes" is asked for two things: who has one, and which user an address belongs to.
        return {"domains": domain, "mailboxes": mailbox, "refusals": self.refusals.get}

    def _write_password(self, address: str) -> None:
        encoded = base64.b64encode(self.passwords[address].encode()).decode()
        fresh = self.folder / "fresh"
        fresh.write_text(f"{address}:{{PLAIN.b64}}{encoded}\n")
        fresh.rename(self.folder / "passwords" / address)

    def _wait_for_mailboxes(self, dovecot: subprocess.Popen[bytes]) -> None:
        sockets = [self.folder / "auth", self.folder / "lmtp"]
        process.wait_until(
            lambda: all(map(Path.exists, sockets)) and process.listens(self.imaps_port),
            server=dovecot,
            log=self.folder / "dovecot.log",
        )

    def _holds_no_mail(self) -> bool:
        waiting = (self.folder / "queue" / name for name in QUEUES)
        return not any(path.is_file() for queue in waiting for path in queue.rglob("*"))
