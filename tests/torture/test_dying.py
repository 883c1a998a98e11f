"""A measurement that dies is no measurement that holds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from torture.figures import Figure
from torture.order import Run

from torture import __main__ as command


@pytest.mark.parametrize(("status", "holds"), [(0, True), (1, False), (-9, False)])
def test_it_holds_only_if_it_lived_to_its_end(
    status: int, holds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    figure = Figure("nothing is lost", "0 lost", holds=True).to_json()
    end = "kill -9 $$" if status < 0 else f"exit {status}"
    program.write_text(f"#!/bin/sh\necho '{figure}'\n{end}\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))

    figures = list(command._figures(Run("paused"), short=True, url=""))

    assert all(each.holds for each in figures) is holds
    assert figures[0].holds
