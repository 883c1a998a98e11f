"""The demo says in one line why it cannot start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_taken_port_is_one_line_and_a_failure(demo: str, tmp_path: Path) -> None:
    port = demo.rpartition(":")[2]

    second = subprocess.run(
        [sys.executable, "-m", "daybook.commands", "demo", "--port", port],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr.splitlines() == [
        f"Port {port} is taken; another one: make demo PORT={int(port) + 1}"
    ]
