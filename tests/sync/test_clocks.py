"""A clock that was wrong for a while leaves nothing waiting for its future."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from tests.entries.build import a_person, an_entry, at
from tests.sync.world import World, only_account, to, value

from daybook.calendaring.event import Span
from daybook.couriers.courier import AccountTrouble, TryLater
from daybook.ledger.models import Calendar, CalendarState
from daybook.sync import clocks, lease, rounds
from daybook.sync.models import Chore
from daybook.sync.repair import repair

pytestmark = pytest.mark.django_db
FUTURE = datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)


def a_world_in_the_future() -> World:
    """Return a world whose clock is wrong; an entry was saved by it."""
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    an_entry(ben, creator=ada, now=FUTURE)
    return world


def right_again(world: World) -> None:
    """Do what the next repair does, with the right time."""
    repair(world.now)


def test_what_was_saved_in_the_future_leaves_when_the_clock_is_right_again() -> None:
    world = a_world_in_the_future()
    assert world.run() == []

    right_again(world)

    assert to(world.run()) == ["ben@firm.example"]


def test_what_was_saved_by_a_clock_an_hour_ahead_does_not_wait_for_that_hour() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    an_entry(ben, creator=ada, now=world.now + timedelta(hours=1))
    assert world.run() == []

    right_again(world)

    assert to(world.run()) == ["ben@firm.example"]


def test_an_account_that_failed_by_a_clock_an_hour_ahead_is_tried_again_today() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World([TryLater("unreachable")])
    world.wait(hours=1)
    an_entry(ben, creator=ada, now=world.now)
    assert world.run() == []
    world.wait(hours=-1)
    an_entry(ben, creator=ada, title="Another", now=world.now)
    assert world.run() == []

    right_again(world)

    assert [value(mail, "SUMMARY") for mail in world.run()] == ["Another"]


def test_a_try_that_was_put_off_into_the_future_is_made_when_the_clock_is_right_again() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World([TryLater("deferred"), TryLater("unreachable")])
    an_entry(ben, creator=ada, span=far_ahead())
    before, world.now = world.now, FUTURE
    world.run()
    world.run(minutes=5)
    world.now = before
    assert world.run() == []

    right_again(world)

    assert to(world.run()) == ["ben@firm.example"]
    assert only_account().next_try_at is None


def far_ahead() -> Span:
    """Return a time that is to come by either clock."""
    return at(10, day=FUTURE.date() + timedelta(days=30))


def test_a_daily_limit_met_in_the_future_is_over_when_the_clock_is_right_again() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World([AccountTrouble("daily_limit", rest_seconds=24 * 60 * 60)])
    an_entry(ben, creator=ada, span=far_ahead())
    before, world.now = world.now, FUTURE
    world.run()
    world.now = before

    right_again(world)

    assert to(world.run()) == ["ben@firm.example"]


def test_a_lease_from_the_future_passes_on_after_its_ordinary_length() -> None:
    world = a_world_in_the_future()
    lease.take(only_account().pk, FUTURE)
    right_again(world)
    assert world.run(seconds=30) == []

    assert to(world.run(seconds=31)) == ["ben@firm.example"]


def test_what_was_over_in_the_future_only_is_sent_when_the_clock_is_right_again() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    an_entry(ben, creator=ada)
    before, world.now = world.now, FUTURE
    assert world.run() == []
    world.now = before

    right_again(world)

    assert to(world.run()) == ["ben@firm.example"]
    assert Calendar.objects.get().state == CalendarState.SENT


def test_mails_sent_in_the_future_do_not_count_for_the_pace_of_today() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World(per_minute=1)
    an_entry(ben, creator=ada, span=far_ahead())
    before, world.now = world.now, FUTURE
    assert len(world.run()) == 1
    world.now = before
    an_entry(ben, creator=ada, title="Another")

    assert len(world.run()) == 1


def test_a_chore_whose_turn_lies_impossibly_far_ahead_is_done_now() -> None:
    world = World()
    every = timedelta(minutes=15)
    rounds._take_turn("repair", every, FUTURE)
    rounds._take_turn("repair", every, FUTURE + every)

    assert rounds._take_turn("repair", every, world.now)
    assert not rounds._take_turn("repair", every, world.now + timedelta(minutes=1))


def test_what_waits_for_an_ordinary_time_is_left_alone() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World([TryLater("deferred")])
    an_entry(ben, creator=ada)
    world.run()
    waits = Calendar.objects.get().due_at

    assert clocks.set_right(world.now) == 0
    assert Calendar.objects.get().due_at == waits


def test_an_account_whose_server_was_out_of_date_in_the_future_only_is_tried_again() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World([AccountTrouble("server_unverified", "certificate has expired")])
    an_entry(ben, creator=ada, span=far_ahead())
    before, world.now = world.now, FUTURE
    assert world.run() == []
    world.now = before

    right_again(world)

    assert to(world.run()) == ["ben@firm.example"]


def test_an_account_that_was_held_today_is_not_tried_again() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World([AccountTrouble("server_unverified", "certificate has expired")])
    an_entry(ben, creator=ada)
    assert world.run() == []

    right_again(world)

    assert world.run() == []


class Stranded(rounds.Worker):
    """A worker whose clock says 1970; somebody stops it after a moment."""

    def _now(self) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC)


def test_a_worker_does_nothing_by_a_clock_that_must_be_wrong() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    an_entry(ben, creator=ada)
    world = World()
    world.wait(minutes=3)
    worker = Stranded(world.outbound)
    threading.Timer(0.5, worker.stopping.set).start()

    worker.run()

    assert world.courier.batches == []
    assert not Chore.objects.exists()
