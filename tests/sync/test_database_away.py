"""A database that is locked, or away, while a worker has something to write."""

from __future__ import annotations

import sqlite3
import threading

import psycopg
import pytest
from django.db import OperationalError, connection
from psycopg.conninfo import make_conninfo
from tests.entries.build import a_person, an_entry
from tests.sync.world import World

from daybook.couriers.courier import Accepted, Outcome, TryLater
from daybook.ledger.models import Calendar, CalendarState, Parcel, ParcelState
from daybook.people.models import MailAccount
from daybook.sync import lease

pytestmark = pytest.mark.django_db(transaction=True)
ON_POSTGRES = connection.vendor == "postgresql"


def trouble() -> None:
    """Let the next statement fail: its connection is cut, or for a while the database is locked."""
    if ON_POSTGRES:
        with psycopg.connect(_address()) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [_backend()])
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 20")
    locked = threading.Event()
    threading.Thread(target=_lock, args=[locked, 0.3]).start()
    assert locked.wait(10)


def _address() -> str:
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST"}
    known = {ours: str(connection.settings_dict[theirs]) for ours, theirs in names.items()}
    return make_conninfo(port=connection.settings_dict["PORT"], **known)


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _lock(locked: threading.Event, seconds: float) -> None:
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        locked.set()
        threading.Event().wait(seconds)
        other.execute("ROLLBACK")
    finally:
        other.close()


def a_world_with_trouble(at: str, *script: Outcome) -> World:
    """Return Ada's entry for Ben and Cleo, and a worker that meets trouble once, at one point."""
    ada = a_person("Ada", sends=True)
    an_entry(a_person("Ben"), a_person("Cleo"), creator=ada)
    world = World(script)
    left = [at]

    def passing(point: str) -> None:
        if point in left:
            left.remove(point)
            trouble()

    world.passing(passing)
    return world


@pytest.mark.parametrize("answer", [Accepted("250 Ok"), TryLater("deferred", "451 later")], ids=str)
def test_an_answer_is_written_once_the_database_is_back(answer: Outcome) -> None:
    world = a_world_with_trouble("answered", answer)

    world.run()

    first = ParcelState.SENT if isinstance(answer, Accepted) else ParcelState.FROZEN
    states = Parcel.objects.values_list("state", "uncertain", "tries")
    assert sorted(states) == sorted([(first, False, 1), (ParcelState.SENT, False, 1)])
    assert len(world.courier.delivered) == (2 if first == ParcelState.SENT else 1)
    assert MailAccount.objects.get().leased_until is None


def test_what_was_claimed_is_opened_once_the_database_is_back() -> None:
    world = a_world_with_trouble("claimed")

    world.run()

    assert len(world.courier.delivered) == 2
    assert set(Calendar.objects.values_list("state", flat=True)) == {CalendarState.SENT}
    assert not Parcel.objects.filter(uncertain=True).exists()


def test_an_account_is_given_back_once_the_database_is_back() -> None:
    world = a_world_with_trouble("written")

    world.run()

    assert len(world.courier.delivered) == 2
    assert MailAccount.objects.get().leased_until is None


def test_nobody_waits_for_the_database_when_the_lease_may_be_somebody_elses() -> None:
    world = World()
    deadline = lease.Deadline(lambda: world.now, world.now)
    world.wait(seconds=41)
    tried = []

    def write() -> None:
        tried.append(world.now)
        raise OperationalError("database is locked")

    with pytest.raises(OperationalError, match="locked"):
        deadline.insist(write)

    assert len(tried) == 1
