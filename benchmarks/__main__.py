"""Run every benchmark, each in a process of its own.

    python -m benchmarks [--write FILE] [--check] [--once]

Those that use the database run on SQLite and then on a throw-away PostgreSQL whose commits wait
for the disk. A benchmark that missed a promise runs once more, and its second figures count; with
--once it does not. With --check a promise that is missed is an error; a benchmark that breaks
always is one.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from textwrap import wrap

import psycopg
from benchmarks.measure import Ratio, in_words, times
from psycopg import sql
from tests.servers.postgres import throw_away_postgres

FOLDER = Path(__file__).parent
INTRODUCTION = """# How fast it is

Written by `make bench`; what each line means is in
[benchmarks/README.md](../benchmarks/README.md). Both sides of a ratio ran in turns in the same
minutes on the same machine, and only the ratio is a claim.
"""


def main(arguments: list[str]) -> int:
    asked = ArgumentParser(prog="python -m benchmarks")
    asked.add_argument("--write", type=Path, metavar="FILE", help="write the page of figures")
    asked.add_argument("--check", action="store_true", help="fail when a promise is missed")
    asked.add_argument("--once", action="store_true", help="measure nothing a second time")
    options = asked.parse_args(arguments)
    measured = _run if options.once else _ratios
    results = [ratio for name in _names() for ratio in measured(name, url="")]
    with throw_away_postgres(durable=True) as url:
        for name in _names_with_database():
            results += measured(name, url=url)
        programs = _programs(url)
    missed = [ratio for ratio in results if not ratio.kept]
    print(f"{len(results) - len(missed)} promises kept, {len(missed)} missed")
    if options.write:
        text = page(results, datetime.now(UTC), programs)
        options.write.write_text(text, encoding="utf-8")
    return 1 if options.check and missed else 0


def page(results: list[Ratio], at: datetime, programs: str) -> str:
    """Return the results as a page of the manual."""
    rows = [
        f"| {ratio.name} | {ratio.ours:,.0f}{ratio.unit} | {ratio.baseline:,.0f}{ratio.unit} "
        f"| {times(ratio.ratio)} | {times(ratio.promise)} "
        f"| {'kept' if ratio.kept else '**missed**'} |"
        for ratio in results
    ]
    head = [
        "| what / beside what | ours | theirs | ratio | promise | |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    where = f"{at:%d %B %Y}, {_machine()}; {programs}."
    return "\n".join([INTRODUCTION, *wrap(where, 100), "", *head, *rows, ""])


def _names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if _says(path, "\nif __name__"))


def _names_with_database() -> list[str]:
    return [name for name in _names() if _says(FOLDER / f"{name}.py", "ON_POSTGRES")]


def _says(path: Path, words: str) -> bool:
    return path.name != "__main__.py" and words in path.read_text(encoding="utf-8")


def _ratios(name: str, *, url: str) -> list[Ratio]:
    """Return what a benchmark finds; the second time, if it misses anything the first."""
    found = list(_run(name, url=url))
    if all(ratio.kept for ratio in found):
        return found
    print(f"benchmarks.{name} once more:", flush=True)
    return list(_run(name, url=url))


def _run(name: str, *, url: str) -> Iterator[Ratio]:
    environ = {name: value for name, value in os.environ.items() if name != "DAYBOOK_DATABASE_URL"}
    if url:
        environ["DAYBOOK_DATABASE_URL"] = _empty_database(url, name)
    command = [sys.executable, "-m", f"benchmarks.{name}", "--json"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            ratio = Ratio(**json.loads(line))
            print(in_words(ratio), flush=True)
            yield ratio
    if process.returncode != 0:
        raise SystemExit(f"benchmarks.{name} broke")


def _empty_database(url: str, name: str) -> str:
    database = sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(database))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
    return f"{url.rpartition('/')[0]}/{name}"


def _programs(url: str) -> str:
    """Return what was measured with, and its versions."""
    with psycopg.connect(url) as connection:
        postgres = connection.execute("SHOW server_version").fetchone()
    # Where distributions keep what only root runs, which is not always on the way.
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    asked = ["postconf", "-d", "-h", "mail_version"]
    postfix = subprocess.run(
        asked, env={**os.environ, "PATH": path}, check=True, capture_output=True, text=True
    )
    libraries = ", ".join(f"{name} {version(name)}" for name in ("Django", "psycopg", "icalendar"))
    return (
        f"SQLite {sqlite3.sqlite_version}, PostgreSQL {postgres[0] if postgres else ''}, "
        f"Postfix {postfix.stdout.strip()}, {libraries}"
    )


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[1]
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores (load {load:.1f} while it ran), "
        f"Python {platform.python_version()}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
