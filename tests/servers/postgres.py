"""A throw-away PostgreSQL on loopback, for the tests and the benchmarks."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.servers import process

# What it holds is gone in minutes: it need not survive a power cut.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
}
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",  # PostgreSQL's own default
}


@contextlib.contextmanager
def throw_away_postgres(*, durable: bool = False) -> Iterator[str]:
    """Start a cluster of its own and give its `DAYBOOK_DATABASE_URL`; afterwards nothing is left.

    The address names an empty database, whose owner may make more of them. Root starts it as
    the user `postgres`, because PostgreSQL refuses to run as root. `durable`: a commit waits for
    the disk, as it does in an installation.
    """
    user = "postgres" if os.geteuid() == 0 else None
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="daybook-postgres-"))
    try:
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        password = secrets.token_urlsafe(16)
        _make_cluster(programs, folder, password, user)
        settings = {**SETTINGS, **(DURABLE if durable else {})}
        with _running(programs, folder, user, settings) as port:
            url = f"postgresql://daybook:{password}@127.0.0.1:{port}"
            subprocess.run(
                [programs / "psql", "-q", f"{url}/postgres", "-c", "CREATE DATABASE daybook"],
                check=True,
            )
            yield f"{url}/daybook"
    finally:
        process.remove(folder)


def _programs() -> Path:
    """Return the folder of the newest PostgreSQL here; Debian keeps them off the PATH."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    if newest := max(debian, key=lambda path: int(path.parts[-3]), default=None):
        return newest.parent
    if found := shutil.which("initdb"):
        return Path(found).parent
    raise process.ServerError("PostgreSQL is not installed (Debian: apt-get install postgresql)")


def _make_cluster(programs: Path, folder: Path, password: str, user: str | None) -> None:
    password_file = folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if user is not None:
        os.chown(password_file, pwd.getpwnam(user).pw_uid, -1)
    subprocess.run(
        [
            *(programs / "initdb", "--pgdata", folder / "data", "--username", "daybook"),
            *("--auth", "scram-sha-256", "--pwfile", password_file),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        ],
        user=user,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def _running(
    programs: Path, folder: Path, user: str | None, settings: dict[str, str]
) -> Iterator[int]:
    [port] = process.free_ports(1)
    settings = {
        **settings,
        "port": str(port),
        "unix_socket_directories": str(folder),
        "logging_collector": "on",
        "log_directory": str(folder),
        "log_filename": "log",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    # SIGINT is PostgreSQL's "now, but in order"; SIGTERM would wait for its clients.
    server = process.start(
        [programs / "postgres", "-D", folder / "data", *options],
        user=user,
        ended_by=signal.SIGINT,
    )
    try:
        process.wait_until(
            lambda: _is_ready(programs, port), server=server, log=folder / "log", seconds=60
        )
        yield port
    finally:
        process.end(server, by=signal.SIGINT)


def _is_ready(programs: Path, port: int) -> bool:
    ready = (programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port))
    return subprocess.run(ready, check=False).returncode == 0
