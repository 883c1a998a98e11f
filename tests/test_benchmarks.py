"""Benchmarks write rows by statements of their own: they fit the tables there are.

Each runs here with little in it and once; what it finds then says nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

MEASURE = """
import importlib, json, sys
module = importlib.import_module(f"benchmarks.{sys.argv[1]}")
vars(module).update(json.loads(sys.argv[2]))
print([ratio.name for ratio in module.measured()])
"""


@pytest.mark.parametrize(
    ("name", "small"),
    [
        ("diary", {"SIZES": [1_000, 2_000], "ROUNDS": 1}),
        ("growth", {"MUCH": 1_000, "ROUNDS": 1}),
        ("saving", {"CALENDARS": 1_000, "SAVES": 2}),
        ("searching", {"ENTRIES": 1_000}),
    ],
)
def test_a_benchmark_fits_the_tables_there_are(name: str, small: dict[str, object]) -> None:
    command = [sys.executable, "-c", MEASURE, name, json.dumps(small)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "SQLite" in done.stdout
