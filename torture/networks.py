"""Hosts of our own: network namespaces on one bridge, and PostgreSQL on one of them.

Needs root and iproute2. Everything is gone afterwards, whatever happened.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.servers import postgres, process

# Nobody outside sees these addresses; two runs at the same time have others each. Processes that a
# run starts are told which.
MAIL_HOSTS = "TORTURED_HOSTS"
NETWORK = os.environ.get(MAIL_HOSTS, f"10.213.{secrets.randbelow(255)}.0/24").rpartition(".")[0]
PASSWORD_FILE = "password"


@dataclass(frozen=True)
class Host:
    """One namespace; `cable` is the end of its cable at the bridge."""

    namespace: str
    address: str
    cable: str

    @property
    def inside(self) -> tuple[str, ...]:
        """Return what comes before a command that runs on this host."""
        return "ip", "netns", "exec", self.namespace

    def unplug(self) -> None:
        """Cut the host off: nothing gets through, and nobody is told."""
        _ip("link", "set", self.cable, "down")

    def plug_in(self) -> None:
        """Connect it again."""
        _ip("link", "set", self.cable, "up")


def here() -> str:
    """Return the address of the machine itself on the bridge."""
    return f"{NETWORK}.1"


@contextmanager
def hosts(*names: str) -> Iterator[dict[str, Host]]:
    """Give a host for each name, all on one bridge with the machine itself."""
    mark = secrets.token_hex(3)
    bridge = f"db{mark}"
    with ExitStack() as endings:
        _ip("link", "add", bridge, "type", "bridge")
        endings.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{here()}/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        found = {}
        for number, name in enumerate(names):
            host = Host(f"daybook-{name}-{mark}", f"{NETWORK}.{10 + number}", f"c{number}{mark}")
            _ip("netns", "add", host.namespace)
            endings.callback(_ip, "netns", "del", host.namespace)
            inner = f"i{number}{mark}"
            _ip("link", "add", host.cable, "type", "veth", "peer", "name", inner)
            _ip("link", "set", host.cable, "master", bridge, "up")
            _ip("link", "set", inner, "netns", host.namespace)
            for command in (
                ("addr", "add", f"{host.address}/24", "dev", inner),
                ("link", "set", inner, "up"),
                ("link", "set", "lo", "up"),
            ):
                subprocess.run([*host.inside, "ip", *command], check=True)
            found[name] = host
        yield found


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


class Postgres:
    """A PostgreSQL on `host` whose commits wait for the disk; `url` names an empty database."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._programs = postgres._programs()
        self._folder = Path(tempfile.mkdtemp(prefix="daybook-postgres-"))
        self._password = secrets.token_urlsafe(16)
        self.url = f"postgresql://daybook:{self._password}@{host.address}:5432/daybook"

    def __enter__(self) -> Self:
        owner = pwd.getpwnam("postgres")
        os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        postgres._make_cluster(self._programs, self._folder, self._password, "postgres")
        with (self._folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {NETWORK}.0/24 scram-sha-256\n")
        self.start()
        address = self.url.rpartition("/")[0] + "/postgres"
        create = ("-q", address, "-c", "CREATE DATABASE daybook")
        subprocess.run([str(self._programs / "psql"), *create], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGINT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, after a stop or for the first time."""
        settings = {
            **postgres.SETTINGS,
            **postgres.DURABLE,
            "listen_addresses": self.host.address,
            "unix_socket_directories": str(self._folder),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._server = subprocess.Popen(
            [
                *self.host.inside,
                *("setpriv", "--pdeathsig", "INT", "--reuid", "postgres", "--regid", "postgres"),
                *("--clear-groups", self._programs / "postgres", "-D", self._folder / "data"),
                *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        ready = (str(self._programs / "pg_isready"), "-q", "-h", self.host.address)
        process.wait_until(
            lambda: subprocess.run(ready, check=False).returncode == 0,
            server=self._server,
            log=self._folder / "log",
            seconds=90,
        )

    def stop(self, by: signal.Signals) -> None:
        """Stop it: SIGINT in order, SIGQUIT as a crash would."""
        process.end(self._server, by=by)
