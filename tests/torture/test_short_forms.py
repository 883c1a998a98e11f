"""Every measurement of `torture` in its short form; the long ones are `make torture`."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from torture.__main__ import names, on_both

ROOT = Path(__file__).parents[2]
URL = os.environ.get("DAYBOOK_DATABASE_URL", "")


@pytest.mark.parametrize("name", on_both() if URL else names())
def test_the_figures_hold(name: str) -> None:
    with an_empty_database() as url:
        done = subprocess.run(
            [sys.executable, "-m", "torture", "--measure", name, "--short"],
            cwd=ROOT,
            env={**os.environ, "DAYBOOK_DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert '"holds": true' in done.stdout


@contextmanager
def an_empty_database() -> Iterator[str]:
    """Give the address of a database of its own beside that of the tests, "" for SQLite."""
    if not URL:
        yield ""
        return
    name = f"torture_{secrets.token_hex(6)}"
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        yield urlunsplit(urlsplit(URL)._replace(path=f"/{name}"))
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
