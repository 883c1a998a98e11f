"""A calendar is as long before the answer to its first message as after it, where that matters."""

from __future__ import annotations

import orjson
import pytest
from django.db import connection
from tests.entries.build import a_person, an_entry
from tests.sync.world import World

from daybook.couriers.courier import Refused, TryLater
from daybook.entries import changing
from daybook.ledger.models import Calendar, Parcel

pytestmark = pytest.mark.django_db


def rooms_while(world: World) -> list[int]:
    """Let the world run; return the room the only calendar has whenever something is opened."""
    found: list[int] = []

    def look(point: str) -> None:
        if point == "opened":
            found.append(len(Calendar.objects.get().room or b""))

    world.passing(look)
    world.run()
    return found


def test_what_is_told_takes_the_place_of_a_room_as_long_as_itself() -> None:
    world = World()
    an_entry(a_person("Ben"), creator=a_person("Ada", sends=True), title="Café", now=world.now)

    (room,) = rooms_while(world)

    words = len(orjson.dumps(Parcel.objects.get().told))
    assert room == (words if connection.vendor == "sqlite" else 0)
    row = Calendar.objects.get()
    assert (row.room, row.told) == (None, Parcel.objects.get().told)


def test_who_was_told_something_before_has_the_room_of_that() -> None:
    world = World()
    ada = a_person("Ada", sends=True)
    entry = an_entry(a_person("Ben"), creator=ada, now=world.now)
    world.run()
    changing.delete(entry.pk, by=ada, now=world.now)

    assert rooms_while(world) == [0]


def test_a_message_that_is_refused_leaves_no_room_behind() -> None:
    world = World([Refused("recipient_refused", "550 5.1.1 no such user")])
    an_entry(a_person("Ben"), creator=a_person("Ada", sends=True), now=world.now)

    world.run()

    assert Calendar.objects.get().room is None


def test_neither_does_one_that_is_not_wanted_any_more() -> None:
    world = World([TryLater("deferred", "451 4.7.1 try again later")])
    ada = a_person("Ada", sends=True)
    entry = an_entry(a_person("Ben"), creator=ada, now=world.now)
    world.run()
    changing.delete(entry.pk, by=ada, now=world.now)

    assert world.run(hours=1) == []

    assert Parcel.objects.get().state == "superseded"
    assert Calendar.objects.get().room is None
