"""Entries are changed again and again while mails fail in every way and workers die."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

from torture.figures import Figure
from torture.simulation import Simulation

from torture import firm

# What meets a mail; half of all go well.
TROUBLE = (
    *("deferred", "lost on the way", "answer lost", "unreachable", "refused"),
    *("message refused", "sign in refused", "daily limit", "answer lost, then trouble"),
)
ON_EACH = 3


def measured(short: bool) -> Iterator[Figure]:
    entries, edits = (12, 8) if short else (200, 20)
    chance = random.Random(5546)
    simulation = Simulation(
        accounts=10,
        guests=30,
        fate=lambda: chance.choice(TROUBLE) if chance.random() < 0.5 else "accepted",
        crash=lambda _: chance.random() < 0.01,
    )
    simulation.save(entries, ON_EACH, chooser=chance)
    for number in range(edits):
        _let_time_pass(simulation, chance)
        simulation.reword(f"Visit {number}", simulation.entries)
    simulation.finish()
    sink = simulation.sink
    wrong, disorder = firm.wrong_calendars(sink), sink.out_of_order()
    calendars = entries * ON_EACH
    yield Figure(
        f"{entries} entries, {edits} edits each, {ON_EACH} people on each, random faults: SEQUENCE "
        "never falls in a mailbox, no version comes as two mails, what was received last is what "
        "the diary says",
        f"{len(simulation.sent):,} mails begun, {len(sink.arrivals):,} arrived: {disorder} fell, "
        f"{sink.different_copies()} as two mails, {calendars - len(wrong)} of {calendars} right",
        not wrong and not disorder and not sink.different_copies() and not firm.waiting(),
    )


def _let_time_pass(simulation: Simulation, chance: random.Random) -> None:
    """Work now and then; somebody looks after held accounts."""
    for _ in range(chance.randrange(1, 4)):
        simulation.now += timedelta(minutes=chance.choice((1, 5, 30, 300)))
        simulation.work()
        simulation.end_holds()
