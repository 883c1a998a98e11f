"""A calendar that workers die of: found out, looked at alone, and set aside for an hour."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.entries.build import a_person, an_entry
from tests.sync.firm import Crash
from tests.sync.world import World, only_account, to

from daybook.calendaring.message import Message
from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, CalendarState, LogLine
from daybook.sync import freezing, suspects

pytestmark = pytest.mark.django_db
OTHERS = 8


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Titles a worker dies of when it comes to write them."""
    titles = {"Deadly"}
    compose: Callable[..., Message] = vars(freezing)["compose"]

    def dying(step: Any, **how: Any) -> Message:
        if step.hold.holding.facts.title in titles:
            raise Crash
        return compose(step, **how)

    monkeypatch.setattr(freezing, "compose", dying)
    return titles


def a_world() -> World:
    """Return a world where the deadly entry starts before all others, so that it is first."""
    ada = a_person("Ada", sends=True)
    for number in range(OTHERS):
        an_entry(a_person(f"Guest{number}"), creator=ada, title=f"Visit {number}")
    an_entry(a_person("Ben"), creator=ada, title="Deadly")
    world = World()
    world.wait(minutes=2)
    return world


def live(world: World, *, hours: float = 0) -> int:
    """Let workers follow each other, an hour or until all is done; return how many died."""
    world.wait(hours=hours)
    deaths = 0
    for _ in range(30):
        with contextlib.suppress(Crash):
            while world.round():
                pass
            break
        deaths += 1
        world.wait(minutes=1)
    return deaths


def bens() -> Calendar:
    return Calendar.objects.get(address_key="ben@firm.example")


def test_the_others_go_on_and_the_deadly_one_is_set_aside_with_its_reason(
    deadly: set[str],
) -> None:
    world = a_world()

    deaths = live(world)

    assert deaths == suspects.ACCIDENTS + suspects.MOST_DEATHS - 1
    assert len(world.courier.delivered) == OTHERS
    assert (bens().state, bens().reason) == (CalendarState.PROBLEM, "stops_workers")
    assert bens().due_at == world.now + timedelta(hours=1)
    assert LogLine.objects.filter(reason="stops_workers").count() == 1
    assert only_account().leased_until is None


def test_after_an_hour_it_gets_one_more_chance_and_takes_nobody_with_it(deadly: set[str]) -> None:
    world = a_world()
    live(world)
    an_entry(bens_colleague(), creator=only_account().person, title="Another", now=world.now)
    before = len(world.courier.delivered)

    deaths = live(world, hours=1.1)

    assert deaths == 1
    assert len(world.courier.delivered) == before + 1
    assert bens().reason == "stops_workers"


def bens_colleague() -> Any:
    return a_person("Dora")


def test_when_a_worker_survives_it_it_is_sent_and_trusted(deadly: set[str]) -> None:
    world = a_world()
    live(world)
    deadly.clear()

    assert live(world, hours=1.1) == 0
    assert to(world.courier.delivered)[-1] == "ben@firm.example"
    assert (bens().state, bens().deaths) == (CalendarState.SENT, 0)


def test_an_edit_gives_it_a_chance_at_once(deadly: set[str]) -> None:
    world = a_world()
    live(world)
    entry = DiaryEntry.objects.get(title="Deadly")

    changing.change(
        entry.pk, EntryChanges(title="Harmless"), by=only_account().person, now=world.now
    )

    assert live(world, hours=0.1) == 0
    assert bens().state == CalendarState.SENT


def test_one_death_is_an_accident_and_suspects_nobody(deadly: set[str]) -> None:
    world = a_world()
    with contextlib.suppress(Crash):
        world.round()
    deadly.clear()
    world.wait(minutes=2)
    world.round()

    assert not Calendar.objects.filter(deaths__gt=0).exists()
    assert len(world.courier.delivered) == OTHERS + 1


def test_a_fault_that_a_worker_survives_is_no_death(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_world()

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("daybook.sync.outcomes.open_parcels", breaks)
        for _ in range(5):
            with contextlib.suppress(RuntimeError):
                world.round()
            world.wait(minutes=2)
    assert only_account().deaths <= 1

    live(world)

    assert len(world.courier.delivered) == OTHERS + 1
    assert not Calendar.objects.filter(deaths__gt=0).exists()
