"""Commands that show: the settings, and the sample firm."""

from __future__ import annotations

import argparse
import re
from dataclasses import fields
from pathlib import Path

from daybook import configuration
from daybook.commands.talk import answer
from daybook.configuration import Configuration


def settings(_: argparse.Namespace) -> int:
    """Show every setting as it could be typed, without the password of the database."""
    for line in described(configuration.from_process()):
        answer(line)
    return 0


def described(configured: Configuration) -> list[str]:
    """Return a line `DAYBOOK_NAME=value` for every setting; secrets are three stars."""
    values = {field.name: getattr(configured, field.name) for field in fields(configured)}
    values["database_url"] = without_secrets(configured.database_url)
    values["metrics_token"] = "***" if configured.metrics_token else ""
    return [f"DAYBOOK_{name.upper()}={_as_typed(value)}" for name, value in values.items()]


def without_secrets(url: str) -> str:
    """Return `url` with its password, and everything after a question mark, as three stars."""
    # The last @ before the path: a password may have one that nobody escaped.
    url = re.sub(r"(://[^:@/]*):[^/]*@", r"\1:***@", url)
    return re.sub(r"\?.*", "?***", url)


def demo(arguments: argparse.Namespace) -> int:
    """Show the sample firm until interrupted."""
    from daybook.demo.command import run

    return run(arguments.port)


def _as_typed(value: str | float | Path | tuple[str, ...] | None) -> str:
    match value:
        case None:
            return ""
        case tuple():
            return ",".join(value)
        case float():
            return f"{value:g}"
        case _:
            return str(value)
