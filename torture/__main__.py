"""Show with figures that nothing is lost and nothing doubled: `python -m torture [NAME ...]`.

    --short          the forms that run with the tests
    --on DATABASE    on sqlite or postgresql only
    --write FILE     afterwards write the page of the newest figures of every name
    --page FILE      only write it

Each measurement runs in a process of its own, those that depend on the database once on SQLite and
once on a throw-away PostgreSQL whose commits wait for the disk; `order.py` says which run at the
same time. Each line begins with the minutes and seconds since the start. The exit status is 1 when
a figure does not hold.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from torture.figures import Figure, timed
from torture.networks import MAIL_HOSTS
from torture.order import TITLES, Run, run_all

FOLDER = Path(__file__).parent
MEMORY = Path("/dev/shm")
BEGUN = time.monotonic()


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.measure:
        return _measure(options.measure, short=options.short)
    if options.page:
        return _write(options.page)
    runs = [
        Run(name, database)
        for name in options.names or names()
        for database in (("sqlite", "postgresql") if name in on_both() else ("",))
        if options.on in ("", database or "sqlite")
    ]
    # One more than there are processors: each waits for the disk and for mail servers now and then.
    at_once = len(os.sched_getaffinity(0)) + 1
    found = run_all(runs, lambda run: _run(run, short=options.short), at_once=at_once)
    results = [figure for figures in found for figure in figures]
    if options.write:
        _write(options.write)
    failed = [figure for figure in results if not figure.holds]
    _say(f"{len(results) - len(failed)} figures hold, {len(failed)} do not")
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
    return sorted(path.stem for path in FOLDER.glob("*.py") if _has(path.stem, "\ndef measured("))


def on_both() -> list[str]:
    """Return the names of those that are measured on each database."""
    return [name for name in names() if _has(name, "\nON_BOTH = True")]


def _has(name: str, words: str) -> bool:
    return words in (FOLDER / f"{name}.py").read_text(encoding="utf-8")


def _measure(name: str, *, short: bool) -> int:
    holds = True
    if _has(name, "\nNO_HOST_IS_ALLOWED = True"):
        os.environ[MAIL_HOSTS] = ""
    # The settings, before anything that reads them.
    importlib.import_module("torture.installation")
    module = importlib.import_module(f"torture.{name}")
    for figure in timed(module.measured, short=short):
        print(figure.to_json(), flush=True)
        holds = holds and figure.holds
    return 0 if holds else 1


def _run(run: Run, *, short: bool) -> list[Figure]:
    """Measure in a process of its own, and keep and tell what was found."""
    from tests.servers.postgres import throw_away_postgres
    from torture.page import keep

    on_postgres = run.database == "postgresql"
    _say(f"{run.in_words} begins")
    begun = time.monotonic()
    with throw_away_postgres(durable=True) if on_postgres else nullcontext("") as url:
        figures = list(_figures(run, short=short, url=url))
    _say(f"{run.in_words} ends after {time.monotonic() - begun:.0f} s")
    if not short:
        keep(run.name, TITLES[run.database], figures)
    return figures


def _figures(run: Run, *, short: bool, url: str) -> Iterator[Figure]:
    environ = {key: value for key, value in os.environ.items() if key != "DAYBOOK_DATABASE_URL"}
    if url:
        environ["DAYBOOK_DATABASE_URL"] = url
    if run.gives_way and MEMORY.is_dir():
        # What moves the clock itself shows nothing of disks: it need not wait for one.
        environ["TMPDIR"] = str(MEMORY)
    command = [*("nice", "-n19") * run.gives_way, sys.executable, "-m", "torture"]
    command += ["--measure", run.name, *(["--short"] * short)]
    found: list[bool] = []
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            figure = Figure.from_json(line)
            found.append(figure.holds)
            _say(f"{run.in_words}: {figure.in_words()}")
            yield figure
    # It may also have died after some figures, and then its status is not what they say.
    if not found or process.returncode != int(not all(found)):
        yield Figure(f"{run.name} can be measured", f"ended with {process.returncode}", holds=False)


def _say(words: str) -> None:
    minutes, seconds = divmod(int(time.monotonic() - BEGUN), 60)
    # In one piece, for others may be speaking too.
    sys.stdout.write(f"{minutes:3}:{seconds:02} {words}\n")
    sys.stdout.flush()


def _write(path: Path) -> int:
    from torture.page import page

    path.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
