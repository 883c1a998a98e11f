"""`daybook demo`: a sample firm to look around in, on this machine and nowhere else."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from daybook.demo.post_office import Mailboxes, PostOffice

HOST = "127.0.0.1"
LONGEST_START = 60.0


def run(port: int) -> int:
    """Show the demo at `port` until it is stopped; return the exit code.

    Everything is made anew in a folder of its own, which is removed at the end. Called before
    Django has read its settings: it decides them.
    """
    if _is_taken(port):
        sys.stderr.write(f"Port {port} is taken; another one: make demo PORT={port + 1}\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="daybook-demo-") as folder:
        office = PostOffice(Mailboxes(Path(folder) / "mailboxes"))
        mail_port = office.open()
        try:
            os.environ.update(environment(Path(folder)))
            prepare(mail_port)
            return _serve(port)
        finally:
            office.close()


def environment(folder: Path) -> dict[str, str]:
    """Return the settings of a demo that lives in `folder`."""
    return {
        "DAYBOOK_DATA": str(folder),
        "DAYBOOK_DEMO": "1",
        "DAYBOOK_QUIET_SECONDS": "3",
        "DAYBOOK_MAIL_PER_MINUTE": "0",
        "DAYBOOK_MAIL_PER_DAY": "0",
        "DAYBOOK_MAIL_HOSTS_ALLOWED": HOST,
        # Whatever the shell says about a real installation is not about this one.
        "DAYBOOK_DATABASE_URL": "",
        "DAYBOOK_PUBLIC_URL": "",
        "DAYBOOK_MAIL_CA_FILE": "",
        "DJANGO_SETTINGS_MODULE": "daybook.settings",
    }


def prepare(mail_port: int) -> None:
    """Make the database and the sample firm of the environment's data folder."""
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    from daybook.demo import seeding, switch

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    switch.mark()
    seeding.seed(mail_port)
    connections.close_all()


def _serve(port: int) -> int:
    command = [sys.executable, "-m", "daybook.commands", "serve", "--host", HOST, "--port"]
    server = subprocess.Popen([*command, str(port)])  # noqa: S603 - this very program
    # Both were asked to stop by Ctrl+C; by a signal to this process alone, the server was not.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: server.terminate())
    if _answers(port, server):
        sys.stdout.write(
            f"\nDaybook shows a sample firm at http://{HOST}:{port}/ – Ctrl+C stops it.\n"
            f"Every message it sends: http://{HOST}:{port}/demo/mailbox/ – nothing leaves"
            " this machine.\n\n"
        )
        sys.stdout.flush()
    code = server.wait()
    return 0 if code in (0, -signal.SIGTERM, -signal.SIGINT) else code


def _answers(port: int, server: subprocess.Popen[bytes]) -> bool:
    """Return whether the server began to answer; False when it ended before."""
    give_up = time.monotonic() + LONGEST_START
    while server.poll() is None and time.monotonic() < give_up:
        with socket.socket() as line:
            if line.connect_ex((HOST, port)) == 0:
                return True
        time.sleep(0.1)
    return False


def _is_taken(port: int) -> bool:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind((HOST, port))
        except OSError:
            return True
    return False
