"""What an operator may set: `DAYBOOK_*` variables, each checked once at start."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

T = TypeVar("T")
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


class ConfigurationError(Exception):
    """One line that says which variable is wrong and what it should be."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of one installation.

    `quiet_seconds`: how long an edit waits for the next before anything is mailed.
    `mail_per_minute`, `mail_per_day`: per mail account, 0 means no limit; the daily figure warns.
    `answers_per_commit`: as many mails may go twice when a worker dies.
    `mail_hosts_allowed`: host names, addresses or networks that may be connected to on any port.
    """

    data: Path
    database_url: str = field(repr=False)
    quiet_seconds: float
    mail_per_minute: int
    mail_per_day: int
    answers_per_commit: int
    mail_hosts_allowed: tuple[str, ...]
    mail_ca_file: Path | None
    public_url: str
    metrics_token: str = field(repr=False)

    @property
    def secure(self) -> bool:
        """Return whether browsers reach this installation by https."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """Return the host browsers use, "" if none was set."""
        return urlsplit(self.public_url).hostname or ""


def read(environ: Mapping[str, str]) -> Configuration:
    """Return the configuration `environ` describes; the first fault is a ConfigurationError."""

    def value(name: str, default: str, parse: Callable[[str], T]) -> T:
        text = environ.get(f"DAYBOOK_{name}", "").strip() or default
        try:
            return parse(text)
        except ValueError as fault:
            # An address of a database has a password in it, and a token is one.
            secret = name in ("DATABASE_URL", "METRICS_TOKEN")
            shown = "" if secret else f" (it is {text[:200]!r})"
            raise ConfigurationError(f"DAYBOOK_{name}: {fault}{shown}") from None

    return Configuration(
        data=value("DATA", "var", _folder),
        database_url=value("DATABASE_URL", "", _database_url),
        quiet_seconds=value("QUIET_SECONDS", "15", _seconds),
        mail_per_minute=value("MAIL_PER_MINUTE", "20", _count),
        mail_per_day=value("MAIL_PER_DAY", "400", _count),
        answers_per_commit=value("ANSWERS_PER_COMMIT", "1", _one_to_fifty),
        mail_hosts_allowed=value("MAIL_HOSTS_ALLOWED", "", _hosts),
        mail_ca_file=value("MAIL_CA_FILE", "", _file),
        public_url=value("PUBLIC_URL", "", _public_url),
        metrics_token=value("METRICS_TOKEN", "", _token),
    )


def from_process() -> Configuration:
    """Return the configuration of this process."""
    return read(os.environ)


def django_secret(data: Path) -> str:
    """Return the secret that signs sessions, made on first use and readable by the owner only."""
    path = data / "keys" / "session.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        create_once(path, secrets.token_urlsafe(64))
    return path.read_text().strip()


def create_once(path: Path, text: str) -> None:
    """Write a new secret file, readable by the owner only; one that exists is left as it is."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        # Two processes may start at once: the first link wins, the other reads what it wrote.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


# A host that is cut off, or frozen, in the middle of a transaction must not keep its locks for the
# two hours the defaults allow; nor may we wait that long for a server that is gone.
_MINDFUL_OF_BROKEN_NETWORKS = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "options": (
        "-c idle_in_transaction_session_timeout=30s -c tcp_user_timeout=30s"
        " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    ),
}


def database(configuration: Configuration) -> dict[str, object]:
    """Return Django's description of the database: SQLite in the data folder, or PostgreSQL."""
    if configuration.database_url:
        parts = urlsplit(configuration.database_url)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            # What follows the question mark is libpq's, such as sslmode=verify-full.
            "OPTIONS": {**_MINDFUL_OF_BROKEN_NETWORKS, **dict(parse_qsl(parts.query))},
        }
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": configuration.data / "daybook.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A transaction that reads first and writes later would fail at once, whatever the
            # timeout, when another writer was faster: take the write lock at the start.
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            # A prepared statement keeps the values it was last given: of a batch, its messages.
            # Python's 128 of each came to 30 MB in a worker's nine connections, and to no speed.
            "cached_statements": 32,
            # A checkpoint copies what was written and waits for the disk twice: so it comes every
            # 32 MiB and not every 4, and sooner in the process that plans ahead, where there is
            # one. Durability does not depend on it.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=8000;"
            ),
        },
        # The tests use a file: workers and several connections are part of what they test.
        "TEST": {"NAME": configuration.data / "test.sqlite3"},
    }


def _folder(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ValueError("must be a folder")
    return path


def _file(text: str) -> Path | None:
    if not text:
        return None
    if not Path(text).is_file():
        raise ValueError("must be a file that exists")
    return Path(text).absolute()


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("must be a number of seconds") from None
    if not 0 <= number <= 3600:
        raise ValueError("must be between 0 and 3600 seconds")
    return number


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError("must be a whole number, 0 for no limit")
    return int(text)


def _one_to_fifty(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 50:
        raise ValueError("must be a whole number from 1 to 50")
    return int(text)


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(part for part in (piece.strip().lower() for piece in text.split(",")) if part)
    for host in hosts:
        if "/" in host or ":" in host:
            ipaddress.ip_network(host)
        elif not HOST.fullmatch(host):
            raise ValueError(f"{host!r} is neither a host name, an address nor a network")
    return hosts


def _database_url(text: str) -> str:
    if text and not text.startswith(("postgres://", "postgresql://")):
        raise ValueError("must begin with postgresql:// (leave it out for the built-in SQLite)")
    if text and not urlsplit(text).path.strip("/"):
        raise ValueError("must name a database, as in postgresql://user:password@host/name")
    _check_port(text)
    return text


def _check_port(url: str) -> None:
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise ValueError("must have a port between 0 and 65535, or none") from None


def _token(text: str) -> str:
    if text and not (20 <= len(text) <= 200 and text.isascii() and text.isprintable()):
        raise ValueError("must be 20 to 200 printable ASCII characters")
    return text


def _public_url(text: str) -> str:
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be the address people type, as in https://diary.firm.example")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError("plain http is for this machine only; use https")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must not have a path")
    _check_port(text)
    return f"{parts.scheme}://{parts.netloc}"
