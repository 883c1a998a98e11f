"""PostgreSQL's own programs, which write and read its backups."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from urllib.parse import quote, urlencode

from daybook.commands.talk import CommandError


def dump(target: Path, *, without: Sequence[str]) -> None:
    """Write the database to `target` as of one moment, without what is in the tables `without`.

    Read through afterwards. Raises CommandError.
    """
    form = ["--format=custom", "--no-owner", "--no-privileges"]
    # Another server may have been built without the compression this one uses.
    form.append("--no-toast-compression")
    left_out = [f"--exclude-table-data={table}" for table in without]
    _run(["pg_dump", *form, *left_out, f"--file={target}", f"--dbname={_url()}"])
    check(target)


def check(file: Path) -> None:
    """Read a dump to its end. Raises CommandError."""
    _run(["pg_restore", f"--file={os.devnull}", str(file)])


def contents(file: Path) -> str:
    """Return the list of what is in a dump. Raises CommandError."""
    return _run(["pg_restore", "--list", str(file)])


def migrations(file: Path) -> set[tuple[str, str]]:
    """Return the migrations (app, name) that made the database of a dump. Raises CommandError."""
    table = ["--data-only", "--table=django_migrations", "--file=-"]
    lines = iter(_run(["pg_restore", *table, str(file)]).splitlines())
    heading = next((line for line in lines if line.startswith("COPY ")), "")
    columns = heading[heading.find("(") + 1 : heading.find(")")].split(", ")
    rows = (line.split("\t") for line in takewhile(lambda line: line != "\\.", lines))
    named = (dict(zip(columns, row, strict=True)) for row in rows)
    return {(row["app"], row["name"]) for row in named}


def load(file: Path, *, before: str, after: str) -> None:
    """Run the SQL `before`, load a dump and run the SQL `after`: all of it or nothing.

    Raises CommandError.
    """
    script = ["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file)]
    reader = subprocess.Popen(_found(script), stdout=subprocess.PIPE)  # noqa: S603 - PostgreSQL's
    psql = ["psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    command = _found([*psql, f"--dbname={_url()}"])
    # Between the two, psql reads from the other program; both ends are one transaction.
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's
        command,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as writer:
        fed = _feed(writer, reader, before, after)
        said = writer.stderr.read().decode(errors="replace") if writer.stderr else ""
    if not fed or reader.wait() != 0 or writer.returncode != 0:
        raise CommandError(f"The backup was not restored: {_last_line(said)}")


def _feed(
    writer: subprocess.Popen[bytes], reader: subprocess.Popen[bytes], before: str, after: str
) -> bool:
    """Hand everything over; if the dump ends early, spoil the transaction instead of ending it."""
    if writer.stdin is None or reader.stdout is None:
        raise AssertionError("both were started with pipes")
    try:
        writer.stdin.write(before.encode())
        shutil.copyfileobj(reader.stdout, writer.stdin)
        whole = reader.wait() == 0
        writer.stdin.write(after.encode() if whole else b"SELECT 1 / 0;\n")
        writer.stdin.close()
    except BrokenPipeError:
        return False
    return whole


def _run(command: list[str]) -> str:
    ended = subprocess.run(  # noqa: S603 - PostgreSQL's
        _found(command), env=_environment(), capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        raise CommandError(f"{command[0]}: {_last_line(ended.stderr)}")
    return ended.stdout


def _found(command: list[str]) -> list[str]:
    path = shutil.which(command[0])
    if path is None:
        raise CommandError(
            f"{command[0]} is not installed (Debian: apt-get install postgresql-client)"
        )
    return [path, *command[1:]]


def _url() -> str:
    """Return the address of the database without its password, which others could read."""
    from django.db import connection

    values = connection.settings_dict
    host = f"[{values['HOST']}]" if ":" in values["HOST"] else values["HOST"]
    user = f"{quote(values['USER'], safe='')}@" if values["USER"] else ""
    port = f":{values['PORT']}" if values["PORT"] else ""
    options = {name: value for name, value in values["OPTIONS"].items() if isinstance(value, str)}
    # A plus is a plus here, and no space.
    query = f"?{urlencode(options, quote_via=quote)}" if options else ""
    return f"postgresql://{user}{host}{port}/{quote(str(values['NAME']), safe='')}{query}"


def _environment() -> dict[str, str]:
    from django.db import connection

    password = connection.settings_dict["PASSWORD"]
    return {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it did not say why"
