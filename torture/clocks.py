"""The clock of the machine jumps: an hour, a day, to 1970 and to 2038, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from torture.figures import Figure
from torture.simulation import Simulation

from daybook.sync import rounds
from torture import firm

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Where the clock stands while it is wrong, by where it should stand.
JUMPS: dict[str, Callable[[datetime], datetime]] = {
    "an hour ahead": lambda now: now + HOUR,
    "an hour back": lambda now: now - HOUR,
    "a day ahead": lambda now: now + DAY,
    "a day back": lambda now: now - DAY,
    "1970": lambda _: datetime(1970, 1, 1, tzinfo=UTC),
    "2038": lambda _: datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
}
# Recovery is the business of the repair round, and the workers' first beat.
BOUND = rounds.REPAIR_EVERY + timedelta(minutes=5)


def measured(short: bool) -> Iterator[Figure]:
    simulation = Simulation(accounts=3, guests=12, per_minute=20)
    wrong: list[str] = []
    for number in range(1 if short else 10):
        for name, jump in JUMPS.items():
            fault = _one_jump(simulation, f"{name} {number}", jump(simulation.now))
            wrong += [f"{name}: {fault}"] if fault else []
    sink = simulation.sink
    stamps: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in sink.arrivals:
        stamps[each.stream].append(each.dtstamp)
    fell = sum(found != sorted(found) for found in stamps.values())
    yield Figure(
        f"{len(JUMPS) * (1 if short else 10)} jumps of the clock while entries are saved, changed "
        "and tried again: nothing lost or sent twice, DTSTAMP never falls, and all is right "
        f"{BOUND.seconds // 60} minutes after the clock is",
        f"{len(sink.arrivals):,} mails: {len(wrong)} jumps ended badly, {sink.copies()} copies, "
        f"{fell} mailboxes where DTSTAMP fell" + "".join(f"; {each}" for each in wrong[:2]),
        not wrong and not fell and sink.copies() == 0 and sink.out_of_order() == 0,
    )


def _one_jump(simulation: Simulation, title: str, wrong_time: datetime) -> str:
    """Let the clock be wrong for five minutes; return what is wrong when it has been right long."""
    right = simulation.now
    before = len(simulation.sent)
    simulation.save(2, 4)
    fates = iter(["deferred", "accepted", "unreachable"])
    simulation.fate = lambda: next(fates, "accepted")
    simulation.work()
    simulation.now = wrong_time
    simulation.reword(title, simulation.entries[-3:])
    simulation.save(1, 4)
    for _ in range(5):
        _live(simulation, minutes=1)
    simulation.now = right + timedelta(minutes=5)
    for _ in range(BOUND.seconds // 60):
        _live(simulation, minutes=1)
    mails = len(simulation.sent) - before
    if found := firm.wrong_calendars(simulation.sink):
        return f"{len(found)} calendars, as {found[0]}"
    # Two entries made, one more, three reworded; each of them four people, and two tries failed.
    return "" if mails <= 4 * (3 + 3) + 2 else f"a burst of {mails} mails"


def _live(simulation: Simulation, *, minutes: float) -> None:
    """Do what a worker does in this time: its rounds, and its chores when their turn comes."""
    simulation.now += timedelta(minutes=minutes)
    if rounds._take_turn("repair", rounds.REPAIR_EVERY, simulation.now):
        simulation.repair()
    simulation.work()
