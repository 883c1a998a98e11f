"""`daybook doctor`: what is wrong with this installation, without connecting to mail servers."""

from __future__ import annotations

import argparse
import os
import ssl
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from daybook.commands.database import database_errors, missing_migrations, start_django
from daybook.commands.finding import Finding, Mark
from daybook.commands.talk import CommandError, answer
from daybook.configuration import Configuration

Look = Callable[[Configuration], Iterator[Finding]]

# The first release of each series without a hole that concerns this product.
_WITHOUT_KNOWN_HOLES = {(3, 11): 15, (3, 12): 13, (3, 13): 12}


def doctor(_: argparse.Namespace) -> int:
    """Look at everything, a line each; 1 if anything is a failure."""
    start_django()
    from django.conf import settings

    failed = False
    for look in (_folder, _interpreter, _database, _keys, *_in_the_database()):
        for finding in _safely(look, settings.DAYBOOK):
            answer(f"{finding.mark:8} {finding.about}: {finding.sentence}")
            failed = failed or finding.mark is Mark.FAILURE
    return 1 if failed else 0


def _in_the_database() -> Sequence[Look]:
    """Return what can be looked at in the database: nothing, unless it is of this version."""
    try:
        with database_errors():
            if missing_migrations():
                return ()
    except CommandError:
        return ()
    from daybook.commands import doctor_rounds as rounds

    return (
        *(rounds.durability, rounds.clock, _passwords, _mail),
        *(rounds.accounts, rounds.queue, rounds.drift, rounds.keeping),
    )


def _safely(look: Look, configured: Configuration) -> list[Finding]:
    try:
        with database_errors():
            return list(look(configured))
    except CommandError as fault:
        return [Finding(Mark.FAILURE, look.__name__.strip("_"), str(fault))]


def _folder(configured: Configuration) -> Iterator[Finding]:
    data = configured.data
    if not os.access(data, os.W_OK | os.X_OK):
        yield Finding(Mark.FAILURE, "data folder", f"{data} cannot be written to")
    elif stat.S_IMODE(data.stat().st_mode) & 0o077:
        yield Finding(Mark.WARNING, "data folder", f"{data} is open to other users (chmod 700)")
    else:
        yield Finding(Mark.OK, "data folder", str(data))
    if configured.public_url:
        yield Finding(Mark.OK, "public address", configured.public_url)
    else:
        sentence = "DAYBOOK_PUBLIC_URL is not set: only this machine can use the pages"
        yield Finding(Mark.WARNING, "public address", sentence)


def _interpreter(_: Configuration) -> Iterator[Finding]:
    yield interpreter_finding(sys.version_info[:3])


def interpreter_finding(version: tuple[int, int, int]) -> Finding:
    """Return what to say of Python `version`: a warning if it has holes that are public."""
    named = "Python " + ".".join(map(str, version))
    floor = _WITHOUT_KNOWN_HOLES.get(version[:2])
    if floor is not None and version[2] < floor:
        sentence = f"{named} has known holes; {version[0]}.{version[1]}.{floor} is without them"
        return Finding(Mark.WARNING, "interpreter", sentence)
    return Finding(Mark.OK, "interpreter", named)


def _database(_: Configuration) -> Iterator[Finding]:
    from django.db import connection

    connection.ensure_connection()
    if missing := missing_migrations():
        sentence = f"{len(missing)} migrations to run: `daybook migrate` or `daybook serve`"
        yield Finding(Mark.FAILURE, "database", sentence)
    else:
        yield Finding(Mark.OK, "database", f"{connection.display_name}, up to date")


def _keys(configured: Configuration) -> Iterator[Finding]:
    from daybook.people import sealing

    for path in (configured.data / "keys" / "session.key", sealing.key_file()):
        if not path.exists():
            yield Finding(Mark.OK, "keys", f"{path.name} will be made when it is needed")
        else:
            yield _key_finding(path)


def _key_finding(path: Path) -> Finding:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding(Mark.FAILURE, "keys", f"{path} can be read by others (chmod 600)")
    if not os.access(path, os.R_OK):
        return Finding(Mark.FAILURE, "keys", f"{path} cannot be read")
    return Finding(Mark.OK, "keys", path.name)


def _passwords(_: Configuration) -> Iterator[Finding]:
    from daybook.people import accounts, sealing
    from daybook.people.models import MailAccount

    opened, shut = 0, []
    for account in MailAccount.objects.exclude(password_sealed=b""):
        try:
            accounts.open_password(account)
            opened += 1
        except sealing.SealBroken:
            shut.append(str(account))
    if shut:
        sentence = f"cannot be opened and must be typed again: {', '.join(shut)}"
        yield Finding(Mark.FAILURE, "stored passwords", sentence)
    else:
        yield Finding(Mark.OK, "stored passwords", f"{opened}, all can be opened")


def _mail(configured: Configuration) -> Iterator[Finding]:
    from daybook.couriers.guard import Guard
    from daybook.people.models import MailAccount

    try:
        ssl.create_default_context(cafile=configured.mail_ca_file)
    except (ssl.SSLError, OSError) as fault:
        yield Finding(Mark.FAILURE, "mail certificates", f"DAYBOOK_MAIL_CA_FILE: {fault}")
    try:
        guard = Guard(configured.mail_hosts_allowed)
    except ValueError as fault:
        yield Finding(Mark.FAILURE, "mail hosts", f"DAYBOOK_MAIL_HOSTS_ALLOWED: {fault}")
        return
    refused = [
        f"{account} ({objection.sentence})"
        for account in MailAccount.objects.exclude(host="")
        if (objection := guard.check_form(account.host, account.port))
    ]
    if refused:
        yield Finding(Mark.FAILURE, "mail hosts", f"not allowed: {'; '.join(refused)}")
    else:
        listed = ", ".join(configured.mail_hosts_allowed) or "none besides public mail servers"
        yield Finding(Mark.OK, "mail hosts", f"allowed: {listed}")
