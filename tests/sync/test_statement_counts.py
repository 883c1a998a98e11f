"""What the way out costs the database, counted: the same for any batch, four for a mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.entries.build import a_person, an_entry
from tests.sync.world import World

from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, Parcel
from daybook.people.models import MailAccount, Person
from daybook.sync import arrival, claiming, outcomes
from daybook.sync.claiming import Batch
from daybook.sync.lease import Lease, take
from daybook.sync.models import WorkerBeat
from daybook.sync.rounds import Worker

# Each of these runs inside the transaction that pytest keeps around a test.
pytestmark = pytest.mark.django_db
ON_POSTGRES = connection.vendor == "postgresql"
WRITTEN = ["UPDATE"] * 4
WRITTEN_SOON_AFTER = ["SELECT", *["UPDATE"] * 3]
# PostgreSQL is told all four at one time: of one mail by a statement that it knows, of several by
# one that it plans for the tables as they are.
TOLD_OF_ONE, TOLD_OF_SEVERAL = ["EXECUTE"], ["WITH"]
# SQLite, where a claim looks before it has the lock, is asked whether that still holds.
LOOKED_AGAIN = 0 if ON_POSTGRES else 2
CLAIMED = 14 + LOOKED_AGAIN
SAVEPOINT = ("SAVEPOINT", "RELEASE SAVEPOINT")


def statements(seen: CaptureQueriesContext) -> list[str]:
    """Return the first word of every statement but those that only mark a transaction."""
    asked = [re.sub(r"^\d+ times: ", "", query["sql"].strip()) for query in seen.captured_queries]
    return [sql.split()[0] for sql in asked if not sql.startswith(SAVEPOINT)]


def a_team(size: int) -> list[Person]:
    """Return Ada, who sends, and `size` people who receive."""
    return [a_person("Ada", sends=True), *(a_person(f"Guest{number}") for number in range(size))]


def claimed(world: World, limit: int) -> tuple[Batch, Lease, list[str]]:
    """Claim up to `limit` due calendars of the only account; return what it took."""
    lease = take(MailAccount.objects.get().pk, world.now)
    assert lease is not None
    with CaptureQueriesContext(connection) as seen:
        batch = claiming.claim(lease, limit=limit, now=world.now)
    assert batch is not None
    return batch, lease, statements(seen)


def a_routed_world(entries: int, guests: int) -> World:
    """Return a world where `entries` of `guests` each wait for the one account."""
    ada, *team = a_team(guests)
    world = World()
    for number in range(entries):
        an_entry(*team, creator=ada, title=f"Visit {number}", now=world.now)
    world.wait(minutes=2)
    world.outbound.route()
    return world


@dataclass(frozen=True)
class Opened:
    """Mails that are about to be sent, and the lease they are sent under."""

    parcels: list[Parcel]
    lease: Lease
    now: datetime


@pytest.mark.parametrize(("entries", "guests"), [(1, 10), (2, 5), (10, 1), (8, 5), (40, 1)])
def test_a_claim_costs_the_same_statements_for_any_batch(entries: int, guests: int) -> None:
    world = a_routed_world(entries, guests)

    batch, _, asked = claimed(world, limit=50)

    assert len(batch.parcels) == entries * guests
    # Bytes that several mails end with, and their ids.
    shared = int(guests > 1)
    assert asked.count("SELECT") == CLAIMED - 6 + shared
    # Numbers of the UIDs, parcels, their bytes, the log.
    assert asked.count("INSERT") + asked.count("COPY") == 4 + shared
    # The lease, and the calendars.
    assert asked.count("UPDATE") == 2
    assert len(asked) == CLAIMED + 2 * shared


def test_planning_ahead_leaves_the_row_of_the_account_to_whoever_carries() -> None:
    world = a_routed_world(entries=2, guests=5)
    batch, lease, _ = claimed(world, limit=5)
    under_way = [parcel.calendar_id for parcel in batch.parcels]

    with CaptureQueriesContext(connection) as seen:
        ahead = claiming.claim(lease, limit=5, now=world.now, under_way=under_way)

    assert ahead is not None
    assert len(ahead.parcels) == 5
    assert not {parcel.calendar_id for parcel in ahead.parcels} & set(under_way)
    assert not [each for each in seen if each["sql"].startswith('UPDATE "people_mailaccount"')]


def test_a_second_message_to_the_same_calendars_costs_two_reads_more() -> None:
    world = a_routed_world(entries=8, guests=5)
    world.run()
    ada = Person.objects.get(username="ada")
    team = list(Person.objects.exclude(pk=ada.pk))
    an_entry(*team, creator=ada, title="Another", now=world.now)
    for entry in DiaryEntry.objects.all():
        changing.change(entry.pk, EntryChanges(title="New words"), by=ada, now=world.now)
    world.wait(minutes=2)
    world.outbound.route()

    batch, _, asked = claimed(world, limit=50)

    assert len(batch.parcels) == 45
    assert len(asked) == CLAIMED + 4


def opened(entries: int, guests: int) -> Opened:
    """Claim all that is due, and open it."""
    world = a_routed_world(entries, guests)
    batch, lease, _ = claimed(world, limit=50)
    with CaptureQueriesContext(connection) as seen:
        outcomes.open_parcels(batch.parcels, lease, world.now)
    assert statements(seen) == ["UPDATE", "UPDATE"]
    return Opened(batch.parcels, lease, world.now)


def written(mails: Opened, *, prolong: bool) -> list[str]:
    """Write down that mails arrived; return the statements, one for any number of rows."""
    arrived = [(parcel, "250 Ok") for parcel in mails.parcels]
    asked: list[str] = []
    if not ON_POSTGRES:
        # Django does not see them.
        connection.connection.set_trace_callback(asked.append)
    with CaptureQueriesContext(connection) as seen:
        assert arrival.write(arrived, mails.lease, mails.now, prolong=prolong)
    if ON_POSTGRES:
        return [verb for verb in statements(seen) if verb != "PREPARE"]
    connection.connection.set_trace_callback(None)
    # The verb and the table.
    parts = [tuple(sql.split()[:2]) for sql in asked if not sql.startswith(SAVEPOINT)]
    return [verb for (verb, _), _ in groupby(parts)]


@pytest.mark.parametrize(("entries", "guests"), [(1, 1), (1, 3), (8, 5)])
def test_mails_that_arrived_are_four_statements_however_many_they_are(
    entries: int, guests: int
) -> None:
    told = TOLD_OF_ONE if entries * guests == 1 else TOLD_OF_SEVERAL

    assert written(opened(entries, guests), prolong=True) == (told if ON_POSTGRES else WRITTEN)
    assert set(Calendar.objects.values_list("state", flat=True)) == {"sent"}


def test_the_account_is_only_looked_at_where_its_row_was_written_just_before() -> None:
    expected = TOLD_OF_SEVERAL if ON_POSTGRES else WRITTEN_SOON_AFTER

    assert written(opened(entries=1, guests=3), prolong=False) == expected
    assert set(Calendar.objects.values_list("state", flat=True)) == {"sent"}


def test_an_idle_look_is_one_read_and_no_write() -> None:
    worker = Worker(name="idle")
    WorkerBeat.objects.create(worker="idle", started_at=World().now, seen_at=World().now)

    with CaptureQueriesContext(connection) as seen:
        found = worker._look()

    assert not any(found)
    assert statements(seen) == ["SELECT"]
