"""The page of the manual: the newest figures of every measurement, kept until all have run."""

from __future__ import annotations

import ast
import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from torture.figures import Figure

# Slices of the whole may run at different times: each keeps its figures here.
KEPT = Path(__file__).parent.parent / "build" / "torture"
INTRODUCTION = """# How far it can be trusted

Written by `python -m torture --write docs/reliability.md`; nobody types figures here.
`make torture` repeats them all, and the command above a table repeats that table; what each does
is said at the top of its file in [torture](../torture/README.md). A short form of each runs with
`make test`.
"""


def keep(name: str, database: str, figures: list[Figure]) -> None:
    """Keep the figures of one measurement; `database` is "" where it does not matter."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = {
        "database": database,
        "at": datetime.now(UTC).isoformat(),
        "machine": machine(),
        "figures": [asdict(figure) for figure in figures],
    }
    path = KEPT / f"{name}{database.lower()}.json"
    path.write_text(json.dumps(kept, indent=1), encoding="utf-8")


def page() -> str:
    """Return the page; what has never run in full says so."""
    from torture.__main__ import names, on_both

    parts = [INTRODUCTION]
    for name in names():
        databases = ("SQLite", "PostgreSQL") if name in on_both() else ("",)
        parts += _section(name, databases)
    return "\n".join(parts)


def _section(name: str, databases: tuple[str, ...]) -> list[str]:
    source = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    title = (ast.get_docstring(ast.parse(source)) or name).splitlines()[0]
    lines = [f"## {title.rstrip('.')}", "", f"    .venv/bin/python -m torture {name}", ""]
    for database in databases:
        path = KEPT / f"{name}{database.lower()}.json"
        if not path.exists():
            lines += [f"{database or 'This'}: not measured in full yet; the short form is.", ""]
            continue
        kept = json.loads(path.read_text(encoding="utf-8"))
        when = datetime.fromisoformat(kept["at"])
        where = f"On {database}, {when:%d %B %Y}" if database else f"{when:%d %B %Y}"
        lines += [f"{where}, {kept['machine']}.", "", "| promise | measured | | took |"]
        lines += ["| --- | --- | --- | ---: |", *map(_row, kept["figures"]), ""]
    return lines


def _row(figure: dict[str, Any]) -> str:
    verdict = "holds" if figure["holds"] else "**does not hold**"
    return f"| {figure['claim']} | {figure['measured']} | {verdict} | {figure['seconds']:.0f} s |"


def machine() -> str:
    """Return what this ran on, and how busy it was."""
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[1]
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores (load {load:.1f}), "
        f"Python {platform.python_version()}"
    )
