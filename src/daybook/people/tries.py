"""How often somebody may try to sign in, without shutting the true owner out.

Whoever hammers a user name from one place is slowed down there; from many places, everybody is
who has never signed in as that person with the same browser. A browser that has, is counted by
itself, whatever happens elsewhere (the "device cookie" of the OWASP project).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from daybook.people.models import SignInTry

SHORT, LONG = timedelta(minutes=10), timedelta(hours=1)
_LONGEST_NAME = 150


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` wrong tries within `window` for whatever `key` names."""

    key: str
    most: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Try:
    """A try that may be judged; `rows` are to be taken back if it was right."""

    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many were wrong: nothing is judged until `until`."""

    until: datetime


def limits(*, username: str, address: str, device: str) -> list[Limit]:
    """Return what holds for signing in as `username` from the network `address`.

    `device` names a browser that has signed in as this person before, "" if it never has.
    """
    name = username[:_LONGEST_NAME].strip().casefold()
    if device:
        return [Limit(_key("device", device, name), 9, SHORT)]
    return [
        Limit(_key("place", address, name), 9, SHORT),
        Limit(_key("address", address), 30, SHORT),
        Limit(_key("name", name), 30, LONG),
    ]


def limits_of_asking(*, address: str) -> list[Limit]:
    """Return what holds for asking for, or opening, one-time links from `address`."""
    return [Limit(_key("link", address), 20, LONG)]


def begin(limits: Sequence[Limit], now: datetime) -> Try | Wait:
    """Count a try before it is judged, so that many at once cannot slip through.

    A refused one is not counted: the wait ends although somebody goes on.
    """
    with transaction.atomic():
        _one_after_the_other(limits)
        SignInTry.objects.filter(at__lte=now - LONG).delete()
        ends = [end for limit in limits if (end := _end_of_wait(limit, now)) is not None]
        if ends:
            return Wait(max(ends))
        rows = [SignInTry.objects.create(key=limit.key, at=now).pk for limit in limits]
    return Try(tuple(rows))


def was_right(judged: Try) -> None:
    """Take a try back that was no wrong one."""
    SignInTry.objects.filter(pk__in=judged.rows).delete()


def _one_after_the_other(limits: Sequence[Limit]) -> None:
    """Hold back whoever counts for the same keys; on SQLite the transaction does that already."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        # In one order everywhere, so that no two wait for each other.
        for key in sorted(limit.key for limit in limits):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _end_of_wait(limit: Limit, now: datetime) -> datetime | None:
    recent = list(
        SignInTry.objects.filter(key=limit.key, at__gt=now - limit.window)
        .order_by("-at")
        .values_list("at", flat=True)[: limit.most]
    )
    return recent[-1] + limit.window if len(recent) == limit.most else None


def _key(kind: str, *parts: str) -> str:
    return hashlib.sha256("\0".join((kind, *parts)).encode()).hexdigest()
