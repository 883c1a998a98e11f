"""What somebody else is writing while an answer is written down is seen, not written over."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from tests.entries.build import a_person, an_entry
from tests.sync.world import World

from daybook.ledger.models import Calendar, Parcel
from daybook.people.models import MailAccount
from daybook.sync import arrival, claiming, outcomes
from daybook.sync.lease import Lease, take

pytestmark = pytest.mark.django_db(transaction=True)


def opened(world: World) -> tuple[list[Parcel], Lease]:
    """Return mails to Ben and Cleo that have left, and the lease they left under."""
    ada = a_person("Ada", sends=True)
    an_entry(a_person("Ben"), a_person("Cleo"), creator=ada, now=world.now)
    world.wait(minutes=2)
    world.outbound.route()
    lease = take(MailAccount.objects.get().pk, world.now)
    assert lease is not None
    batch = claiming.claim(lease, limit=2, now=world.now)
    assert batch is not None
    outcomes.open_parcels(batch.parcels, lease, world.now)
    return batch.parcels, lease


def written_while(change: str, parcels: list[Parcel], lease: Lease, world: World) -> bool:
    """Write down that mails arrived while somebody else has made a change and not yet committed."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN" if connection.vendor == "postgresql" else "BEGIN IMMEDIATE")
        cursor.execute(change)
        ends = threading.Timer(0.2, lambda: cursor.execute("COMMIT"))
        other.inc_thread_sharing()
        ends.start()
        arrived = [(parcel, "250 Ok") for parcel in parcels]
        try:
            return arrival.write(arrived, lease, world.now, prolong=True)
        finally:
            ends.join()
            other.close()


@pytest.mark.parametrize("number", [1, 2])
def test_a_mark_that_comes_meanwhile_stays_due(number: int) -> None:
    world = World()
    parcels, lease = opened(world)
    mark = "UPDATE ledger_calendar SET mark = mark + 1"

    assert written_while(mark, parcels[:number], lease, world)

    told = Calendar.objects.filter(told_by__in=[parcel.pk for parcel in parcels[:number]])
    assert [row.due_at is not None for row in told] == [True] * number


@pytest.mark.parametrize("number", [1, 2])
def test_of_a_lease_that_is_lost_meanwhile_nothing_is_written(number: int) -> None:
    world = World()
    parcels, lease = opened(world)
    lose = "UPDATE people_mailaccount SET lease = lease + 1"

    assert not written_while(lose, parcels[:number], lease, world)

    assert set(Parcel.objects.values_list("state", flat=True)) == {"opened"}
    assert not Calendar.objects.filter(told_by__isnull=False).exists()
    (account,) = MailAccount.objects.all()
    assert account.last_sent_at is None
    assert account.leased_until == world.now + timedelta(seconds=60)
