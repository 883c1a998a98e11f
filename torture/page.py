"""The page of the manual: the newest figures of every measurement, kept until all have run."""

from __future__ import annotations

import ast
import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from torture.figures import Figure

# Slices of the whole may run at different times: each keeps its figures here.
KEPT = Path(__file__).parent.parent / "build" / "torture"
INTRODUCTION = """# How far it can be trusted

Written by `python -m torture --write docs/reliability.md`; nobody types figures here.
`make torture` repeats them all, and the command above a table repeats that table; what each does
is said at the top of its file in [torture](../torture/README.md). A short form of each runs with
`make test`.
"""


def keep(name: str, results: dict[str, list[Figure]]) -> None:
    """Keep the figures of one measurement by database, "" being SQLite or none."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = {
        "at": datetime.now(UTC).isoformat(),
        "machine": machine(),
        "figures": {key: [asdict(figure) for figure in some] for key, some in results.items()},
    }
    (KEPT / f"{name}.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")


def page() -> str:
    """Return the page. Raises FileNotFoundError when a measurement has never run here."""
    from torture.__main__ import names, on_both

    parts = [INTRODUCTION]
    for name in names():
        kept = json.loads((KEPT / f"{name}.json").read_text(encoding="utf-8"))
        parts += _section(name, kept, both=name in on_both())
    return "\n".join(parts) + "\n"


def _section(
    name: str, kept: dict[str, dict[str, list[dict[str, object]]]], *, both: bool
) -> list[str]:
    source = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    title = (ast.get_docstring(ast.parse(source)) or name).splitlines()[0]
    rows = []
    for database, figures in kept["figures"].items():
        where = database or ("SQLite" if both else "")
        for each in figures:
            claim = f"{each['claim']}{f' ({where})' if where else ''}"
            verdict = "holds" if each["holds"] else "**does not hold**"
            rows.append(f"| {claim} | {each['measured']} | {verdict} | {each['seconds']:.0f} s |")
    when = datetime.fromisoformat(str(kept["at"]))
    return [
        f"## {title.rstrip('.')}",
        "",
        f"{when:%d %B %Y}, {kept['machine']}: `.venv/bin/python -m torture {name}`",
        "",
        "| promise | measured | | took |",
        "| --- | --- | --- | ---: |",
        *rows,
        "",
    ]


def machine() -> str:
    """Return what this ran on, and how busy it was."""
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[1]
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores (load {load:.1f}), "
        f"Python {platform.python_version()}"
    )
