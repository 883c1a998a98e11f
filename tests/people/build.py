"""People and their changes, with what a test does not care about filled in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import connections, transaction

from daybook.calendaring import address
from daybook.people import details
from daybook.people.accounts import AccountInput
from daybook.people.details import PersonChange, PersonChanges
from daybook.people.models import Person, Role

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def someone(username: str, *, email: str | None = None, **columns: Any) -> Person:
    """Store a person as if entered long ago, past the verbs; by default with an address."""
    typed = f"{username}@firm.example" if email is None else email
    columns = {"forename": username.capitalize(), **columns}
    key = address.normalise(typed) if typed else ""
    return Person.objects.create(username=username, email=typed, email_key=key, **columns)


def synchronising(username: str, **columns: Any) -> Person:
    """Store a person with Email Syncing and diary synchronisation on."""
    return someone(username, email_syncing=True, diary_sync=True, **columns)


def administrator(username: str = "root", **columns: Any) -> Person:
    """Store an administrator."""
    return someone(username, role=Role.ADMINISTRATOR, **columns)


def change(person: Person, *, by: Person | None = None, **fields: Any) -> PersonChange:
    """Change `person` as the doors do, inside a transaction."""
    with transaction.atomic():
        return details.change(person.pk, PersonChanges(**fields), by=by, now=NOW)


def add(*, by: Person | None = None, **fields: Any) -> Person:
    """Enter a new person."""
    with transaction.atomic():
        return details.change(None, PersonChanges(**fields), by=by, now=NOW).person


def account(**fields: Any) -> AccountInput:
    """Return what is typed for an ordinary account."""
    typed: dict[str, Any] = {
        "host": "smtp.firm.example",
        "port": 587,
        "security": "starttls",
        "username": "ada",
        "password": "correct horse",
        "from_address": "",
    }
    return AccountInput(**(typed | fields))


def at_the_same_time(jobs: list[Callable[[], T]]) -> list[T | Exception]:
    """Run every job in a thread and on a connection of its own; return results or exceptions."""
    results: list[T | Exception | None] = [None] * len(jobs)
    barrier = threading.Barrier(len(jobs))

    def run(index: int, job: Callable[[], T]) -> None:
        barrier.wait(timeout=30)
        try:
            results[index] = job()
        except Exception as fault:  # noqa: BLE001 - the test judges every outcome
            results[index] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return [result for result in results if result is not None]
