"""Run every benchmark, each in a process of its own: `python -m benchmarks [--write FILE]`.

Those that use the database run on SQLite and then on a throw-away PostgreSQL whose commits wait
for the disk. A promise that was missed is said and is no error; a benchmark that breaks is one.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from benchmarks.measure import Ratio, in_words, times
from psycopg import sql
from tests.servers.postgres import throw_away_postgres

FOLDER = Path(__file__).parent
INTRODUCTION = """# How fast it is

Written by `python -m benchmarks --write docs/performance.md`; what each line means is in
[benchmarks/README.md](../benchmarks/README.md). Both sides of a ratio ran in turns in the same
minutes on the same machine, and only the ratio is a claim.
"""


def main(arguments: list[str]) -> int:
    results = [*_run(_names(), url="")]
    with throw_away_postgres(durable=True) as url:
        results += _run(_names_with_database(), url=url)
    missed = [ratio for ratio in results if not ratio.kept]
    print(f"{len(results) - len(missed)} promises kept, {len(missed)} missed")
    if arguments[:1] == ["--write"]:
        Path(arguments[1]).write_text(page(results, datetime.now(UTC)), encoding="utf-8")
    return 0


def page(results: list[Ratio], at: datetime) -> str:
    """Return the results as a page of the manual."""
    rows = [
        f"| {ratio.name} | {ratio.ours:,.0f} | {ratio.baseline:,.0f} | {times(ratio.ratio)} "
        f"| {ratio.promise:g} | {'kept' if ratio.kept else '**missed**'} |"
        for ratio in results
    ]
    head = [
        "| what / beside what | ours per second | theirs per second | ratio | promise | |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    return "\n".join([INTRODUCTION, f"{at:%d %B %Y}, {_machine()}.", "", *head, *rows, ""])


def _names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if _says(path, "\nif __name__"))


def _names_with_database() -> list[str]:
    return [name for name in _names() if _says(FOLDER / f"{name}.py", "ON_POSTGRES")]


def _says(path: Path, words: str) -> bool:
    return path.name != "__main__.py" and words in path.read_text(encoding="utf-8")


def _run(names: list[str], *, url: str) -> Iterator[Ratio]:
    environ = {name: value for name, value in os.environ.items() if name != "DAYBOOK_DATABASE_URL"}
    for name in names:
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
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return f"{url.rpartition('/')[0]}/{name}"


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[1]
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores (load {load:.1f} while it ran), "
        f"Python {platform.python_version()}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
