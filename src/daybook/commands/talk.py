"""What a command says: answers on stdout, everything else on stderr."""

from __future__ import annotations

import sys


class CommandError(Exception):
    """One line that says why a command could not do its work; exit status 1."""


def answer(line: str) -> None:
    """Write a line that was asked for to stdout."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def remark(line: str) -> None:
    """Write a line nobody has to read, or a complaint, to stderr."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
