"""The next batch is planned while one is carried: one turn for both, and nothing that is stale."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tests.entries.build import a_person, an_entry
from tests.sync.planned_here import PlannedHere
from tests.sync.world import World, only_account, to, value

from daybook.couriers.courier import AccountTrouble, TryLater
from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, Parcel, ParcelState
from daybook.people.models import MailAccount, Person
from daybook.sync.ahead import Ahead, Asked, Turn
from daybook.sync.lease import Lease
from daybook.sync.models import Quarantine

NAMES = ("Ben", "Cleo", "Dora", "Edgar", "Fay", "Gus")


def a_world(batch: int = 2) -> World:
    """Return a world where Ada's entry waits to be told to six, two by two."""
    guests = [a_person(name) for name in NAMES]
    ada = a_person("Ada", syncs=False, sends=True)
    world = World()
    world.outbound = replace(world.outbound, ahead=PlannedHere(), batch=batch)
    an_entry(*guests, creator=ada, title="Site visit", now=world.now)
    world.wait(minutes=2)
    world.outbound.route()
    return world


def at_the_first_answer(world: World, call: Callable[[], object]) -> None:
    """Do something while the first batch is carried, and the second is planned."""
    waiting = [call]

    def passing(point: str) -> None:
        if point == "answered" and waiting:
            waiting.pop()()

    world.passing(passing)


def serve(world: World) -> int:
    """Let the account have one turn; return how many mails were tried."""
    return world.outbound.serve(only_account().pk)


def reword(title: str, world: World) -> None:
    entry, ada = DiaryEntry.objects.get(), Person.objects.get(username="ada")
    changing.change(entry.pk, EntryChanges(title=title), by=ada, now=world.now)


@pytest.mark.django_db
def test_one_turn_sends_batch_after_batch_to_each_once() -> None:
    world = a_world()

    assert serve(world) == 6

    assert to(world.courier.delivered) == [f"{name.lower()}@firm.example" for name in NAMES]
    assert [len(batch) for batch in world.courier.batches] == [2, 2, 2]
    assert set(Calendar.objects.values_list("state", flat=True)) == {"sent"}
    assert only_account().leased_until is None
    assert serve(world) == 0


@pytest.mark.django_db
def test_without_it_a_turn_is_one_batch() -> None:
    world = a_world()
    world.outbound = replace(world.outbound, ahead=None)

    assert serve(world) == 2


@pytest.mark.django_db
def test_an_edit_meanwhile_leaves_what_was_planned_behind() -> None:
    world = a_world()
    at_the_first_answer(world, lambda: reword("Moved", world))

    assert serve(world) == 2
    later = world.run()

    # Four never heard the first words; two heard both.
    assert [value(mail, "SUMMARY") for mail in later] == ["Moved"] * 6
    assert len(world.courier.delivered) == 8


@pytest.mark.django_db
def test_trouble_with_the_account_ends_the_turn_and_the_planned_go_later_byte_for_byte() -> None:
    world = a_world()
    world.script(AccountTrouble("auth_failed", "535 5.7.8 no", None))

    assert serve(world) == 1
    # Cleo's was opened and put back, Dora's and Edgar's were planned.
    planned = {
        parcel.envelope_to: parcel.data
        for parcel in Parcel.objects.filter(state=ParcelState.FROZEN, opened_at=None)
    }
    MailAccount.objects.update(held_reason="", held_until=None)
    world.script()

    assert serve(world) == 6
    sent = {mail.envelope_to: mail.data for mail in world.courier.delivered}
    assert len(planned) == 3
    assert planned.items() <= sent.items()


@pytest.mark.django_db
def test_one_that_is_put_off_lets_the_others_go_on() -> None:
    world = a_world()
    world.script(TryLater("greylisted", "451 4.7.1 later"))

    serve(world)

    [waiting] = Calendar.objects.exclude(state="sent")
    assert waiting.address == "ben@firm.example"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "happens",
    [
        lambda: Quarantine.objects.create(restored_at=World().now),
        lambda: MailAccount.objects.update(held_reason="paused"),
    ],
    ids=["quarantine", "hold"],
)
def test_no_further_batch_is_begun_once_the_account_may_not_send(
    happens: Callable[[], object],
) -> None:
    world = a_world()
    at_the_first_answer(world, happens)

    assert serve(world) == 2

    assert len(world.courier.delivered) == 2
    assert not Parcel.objects.filter(state=ParcelState.OPENED).exists()


@pytest.mark.django_db
def test_whoever_lost_the_lease_neither_plans_nor_opens() -> None:
    world = a_world()
    at_the_first_answer(world, lambda: MailAccount.objects.update(lease=99))

    assert serve(world) == 1

    assert not Parcel.objects.filter(claim=99).exists()


@pytest.mark.django_db
def test_the_pace_holds_for_what_is_planned_too() -> None:
    world = a_world()
    world.outbound = replace(world.outbound, per_minute=3)

    assert serve(world) == 3


@pytest.mark.django_db
def test_a_worker_that_is_asked_to_stop_begins_no_further_batch() -> None:
    world = a_world()
    stopping: list[bool] = []
    world.outbound = replace(world.outbound, stopping=lambda: bool(stopping))
    at_the_first_answer(world, lambda: stopping.append(True))

    assert serve(world) == 1
    assert only_account().leased_until is None


answers: list[list[Parcel]] = []


@pytest.fixture(autouse=True)
def nothing_answered() -> None:
    answers.clear()


ASKED = Asked(Lease(0, 0), limit=1, per_minute=0, now=World().now, under_way=[])


def when_ready(ahead: Ahead, do: Callable[[Turn], None]) -> None:
    """Ask until the process is there and takes the question; call `do` before it is let go."""
    for _ in range(600):
        with ahead.turn() as turn:
            turn.ask(ASKED)
            if ahead._ready:
                do(turn)
                return
        time.sleep(0.1)
    raise AssertionError("it never began")


def begun_by(ahead: Ahead) -> subprocess.Popen[bytes]:
    assert ahead._process is not None
    return ahead._process


def answer(turn: Turn) -> list[Parcel]:
    return turn.planned(lambda: True).parcels


@pytest.fixture
def ahead() -> Iterator[Ahead]:
    ahead = Ahead()
    yield ahead
    ahead.stop()


def test_the_process_is_begun_when_it_is_needed_and_stays(ahead: Ahead) -> None:
    # Of an account that is nobody's nothing is to be had.
    when_ready(ahead, lambda turn: answers.append(answer(turn)))
    process = begun_by(ahead)
    when_ready(ahead, lambda turn: answers.append(answer(turn)))

    assert answers == [[], []]
    assert begun_by(ahead) is process


def test_it_is_not_begun_before_anybody_asks(ahead: Ahead) -> None:
    with ahead.turn():
        pass

    assert ahead._process is None


def test_one_that_is_killed_costs_its_plan_and_no_more(ahead: Ahead) -> None:
    def killed(turn: Turn) -> None:
        begun_by(ahead).kill()
        begun_by(ahead).wait()
        answers.append(answer(turn))

    when_ready(ahead, killed)
    when_ready(ahead, lambda turn: answers.append(answer(turn)))

    assert answers == [[], []]


def test_one_that_dies_of_something_is_not_begun_again_at_once(ahead: Ahead) -> None:
    def dying(turn: Turn) -> None:
        begun_by(ahead).send_signal(signal.SIGABRT)
        begun_by(ahead).wait()
        answers.append(answer(turn))

    when_ready(ahead, dying)
    with ahead.turn() as turn:
        turn.ask(ASKED)

    assert ahead._process is None


def test_one_that_cannot_be_begun_is_done_without(
    ahead: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    for _ in range(2):
        with ahead.turn() as turn:
            turn.ask(ASKED)
            assert answer(turn) == []

    assert ahead._process is None


def test_one_that_hangs_is_waited_for_no_longer_than_the_lease(ahead: Ahead) -> None:
    def asleep(turn: Turn) -> None:
        hanging.append(begun_by(ahead))
        hanging[0].send_signal(signal.SIGSTOP)
        answers.append(turn.planned(lambda: False).parcels)

    hanging: list[subprocess.Popen[bytes]] = []
    when_ready(ahead, asleep)

    assert hanging[0].poll() == -signal.SIGKILL


def test_it_ends_with_its_worker_however_that_ended(ahead: Ahead) -> None:
    when_ready(ahead, lambda turn: answers.append(answer(turn)))
    process = begun_by(ahead)

    # As the system does when a process is gone.
    assert ahead._line is not None
    ahead._line.close()

    assert process.wait(timeout=30) == 0


def test_two_accounts_do_not_wait_for_each_other(ahead: Ahead) -> None:
    def meanwhile(turn: Turn) -> None:
        with ahead.turn() as other:
            other.ask(ASKED)
            assert answer(other) == []
        assert begun_by(ahead).poll() is None
        answers.append(answer(turn))

    when_ready(ahead, meanwhile)

    assert answers == [[]]
