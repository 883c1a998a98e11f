"""Commands that enter people, make tokens and change the key of stored passwords."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from daybook.commands.database import database_errors, require, start_django
from daybook.commands.talk import CommandError, answer, remark

if TYPE_CHECKING:
    from daybook.people.models import Person


def add_user(arguments: argparse.Namespace) -> int:
    """Enter a person; the answer is the user name."""
    password = _password_of_stdin() if arguments.password_stdin else None
    start_django()
    require()
    from django.utils import timezone

    from daybook.entries.person_changes import save_person
    from daybook.people.details import UNSET, PersonChanges
    from daybook.people.faults import InvalidInput
    from daybook.people.models import Role

    changes = PersonChanges(
        username=arguments.username,
        forename=arguments.forename,
        surname=arguments.surname,
        email=arguments.email,
        role=Role.ADMINISTRATOR if arguments.admin else Role.MEMBER,
        password=UNSET if password is None else password,
    )
    try:
        with database_errors():
            person = save_person(None, changes, by=None, now=timezone.now())
    except InvalidInput as refusal:
        faults = "; ".join(f"{fault.field}: {fault.sentence}" for fault in refusal.faults)
        raise CommandError(f"Nobody was entered. {faults}") from None
    answer(person.username)
    return 0


def create_token(arguments: argparse.Namespace) -> int:
    """Make a token; its text is the answer, and is shown this once."""
    start_django()
    require()
    from daybook.people import tokens
    from daybook.people.faults import InvalidInput

    try:
        with database_errors():
            person = None if arguments.service is not None else _person(arguments.username)
            name = arguments.service if person is None else "made on the command line"
            _, text = tokens.issue(person, name)
    except InvalidInput as refusal:
        raise CommandError(refusal.faults[0].sentence) from None
    remark("This is shown once:")
    answer(text)
    return 0


def revoke_token(arguments: argparse.Namespace) -> int:
    """Make every token of a service useless from now on."""
    start_django()
    require()
    from django.utils import timezone

    from daybook.people import tokens
    from daybook.people.models import ApiToken

    with database_errors():
        found = list(ApiToken.objects.filter(person=None, name=arguments.service, revoked_at=None))
        for token in found:
            tokens.revoke(token, by=None, now=timezone.now())
    if not found:
        raise CommandError(f"No service named {arguments.service!r} has a token.")
    answer(f"{len(found)} revoked")
    return 0


def rotate_keys(_: argparse.Namespace) -> int:
    """Put a new key in front and seal every stored password with it, while mail goes on."""
    start_django()
    require()
    from daybook.people import rotation, sealing

    with database_errors():
        try:
            sealing.add_key()
        except sealing.SealBroken as fault:
            raise CommandError(f"There is no key to add to: {fault}") from None
        outcome = rotation.rotate()
    answer(f"{outcome.resealed} passwords were sealed with a new key.")
    if outcome.broken:
        accounts = ", ".join(map(str, outcome.broken))
        raise CommandError(f"The passwords of these mail accounts cannot be opened: {accounts}")
    return 0


def _person(username: str) -> Person:
    from daybook.people.models import Person

    try:
        person = Person.objects.get_by_natural_key(username)
    except Person.DoesNotExist:
        raise CommandError(f"There is nobody with the user name {username!r}.") from None
    if not person.is_active:
        raise CommandError(f"{username!r} is deactivated: a token would open nothing.")
    return person


def _password_of_stdin() -> str:
    text = sys.stdin.read(100_000)
    return text.removesuffix("\n").removesuffix("\r")
