"""Every measurement of `torture` in its short form; the long ones are `make torture`."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from torture.__main__ import names, on_both

ROOT = Path(__file__).parents[2]
URL = os.environ.get("DAYBOOK_DATABASE_URL", "")
# Most of them wait most of the time.
AT_ONCE = 5

LONGEST = (
    *("hosts", "soak", "poison", "disk_full", "backups", "canaries", "sign_in", "recovery"),
    *("rotation", "races", "hostile_inputs", "wrong_machine", "conversations", "stories"),
)

Measured = dict[str, Future["subprocess.CompletedProcess[str]"]]


@pytest.fixture(scope="module")
def measured(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Measured]:
    """Begin all that were asked for, those that take longest first."""
    chosen = [
        str(item.callspec.params["name"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == "test_the_figures_hold"
    ]
    places = {name: place for place, name in enumerate(LONGEST)}
    longest_first = sorted(chosen, key=lambda name: places.get(name, len(places)))
    with ThreadPoolExecutor(AT_ONCE) as pool, tables(tmp_path_factory.mktemp("made")) as made:
        yield {name: pool.submit(measure, name, made) for name in longest_first}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", on_both() if URL else names())
def test_the_figures_hold(name: str, measured: Measured) -> None:
    done = measured[name].result()

    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert '"holds": true' in done.stdout


@contextmanager
def tables(folder: Path) -> Iterator[str]:
    """Make the tables once: give a SQLite file, or the name of a database beside that of the tests.

    To make them anew for each measurement would take longer than most of them.
    """
    with an_empty_database() as url:
        own = {"DAYBOOK_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "daybook.settings"}
        environment = {**os.environ, **own, "DAYBOOK_DATABASE_URL": url}
        command = [sys.executable, "-m", "daybook.commands", "migrate"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        yield urlsplit(url).path[1:] if url else str(folder / "daybook.sqlite3")


def measure(name: str, made: str) -> subprocess.CompletedProcess[str]:
    """Measure in a process and a database of its own."""
    # Those that make installations of their own want a database that is empty.
    own = name in ("backups", "rotation", "upgrades", "hosts")
    with an_empty_database(template="" if own else made) as url:
        environment = {**os.environ, "DAYBOOK_DATABASE_URL": url}
        if not url and not own:
            environment["TORTURED_TABLES"] = made
        return subprocess.run(
            [sys.executable, "-m", "torture", "--measure", name, "--short"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )


@contextmanager
def an_empty_database(template: str = "") -> Iterator[str]:
    """Give the address of a database of its own beside that of the tests, "" for SQLite."""
    if not URL:
        yield ""
        return
    name = f"torture_{secrets.token_hex(6)}"
    create = f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else "")
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute(create.encode())
        yield urlunsplit(urlsplit(URL)._replace(path=f"/{name}"))
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
