"""Show with figures that nothing is lost and nothing doubled: `python -m torture [NAME ...]`.

    --short          the forms that run with the tests
    --on DATABASE    on sqlite or postgresql only
    --write FILE     afterwards write the page of the newest figures of every name
    --page FILE      only write it

Each measurement runs in a process of its own, those that depend on the database once on SQLite and
once on a throw-away PostgreSQL whose commits wait for the disk. The exit status is 1 when a figure
does not hold.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from torture.figures import Figure, timed

FOLDER = Path(__file__).parent


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.measure:
        return _measure(options.measure, short=options.short)
    if options.page:
        return _write(options.page)
    wanted = options.names or names()
    results = [
        figure
        for name in wanted
        for figure in _run_everywhere(name, only=options.on, short=options.short)
    ]
    if options.write:
        _write(options.write)
    failed = [figure for figure in results if not figure.holds]
    print(f"{len(results) - len(failed)} figures hold, {len(failed)} do not")
    return 1 if failed or not results else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m torture")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *names()])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--on", choices=["sqlite", "postgresql"], default="")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--page", type=Path)
    # One measurement in this process, on the database the environment names.
    parser.add_argument("--measure", choices=names(), help=argparse.SUPPRESS)
    return parser


def names() -> list[str]:
    """Return the names of all measurements."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if _says(path.stem, "\ndef measured("))


def on_both() -> list[str]:
    """Return the names of those that are measured on each database."""
    return [name for name in names() if _says(name, "\nON_BOTH = True")]


def _says(name: str, words: str) -> bool:
    return words in (FOLDER / f"{name}.py").read_text(encoding="utf-8")


def _measure(name: str, *, short: bool) -> int:
    holds = True
    # The settings, before anything that reads them.
    importlib.import_module("torture.installation")
    module = importlib.import_module(f"torture.{name}")
    for figure in timed(module.measured, short=short):
        print(figure.to_json(), flush=True)
        holds = holds and figure.holds
    return 0 if holds else 1


def _run_everywhere(name: str, *, only: str, short: bool) -> Iterator[Figure]:
    from tests.servers.postgres import throw_away_postgres
    from torture.page import keep

    if only in ("", "sqlite"):
        found = list(_run(name, short=short, url=""))
        keep(name, "SQLite" if name in on_both() else "", found, short=short)
        yield from found
    if name in on_both() and only in ("", "postgresql"):
        with throw_away_postgres(durable=True) as url:
            found = list(_run(name, short=short, url=url))
        keep(name, "PostgreSQL", found, short=short)
        yield from found


def _run(name: str, *, short: bool, url: str) -> Iterator[Figure]:
    environ = {key: value for key, value in os.environ.items() if key != "DAYBOOK_DATABASE_URL"}
    if url:
        environ["DAYBOOK_DATABASE_URL"] = url
    command = [sys.executable, "-m", "torture", "--measure", name, *(["--short"] * short)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = False
        for line in process.stdout:
            figure = Figure.from_json(line)
            found = True
            print(f"{name}{' on PostgreSQL' * bool(url)}: {figure.in_words()}", flush=True)
            yield figure
    if not found or process.returncode not in (0, 1):
        yield Figure(f"{name} can be measured", f"it ended with {process.returncode}", holds=False)


def _write(path: Path) -> int:
    from torture.page import page

    path.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
