"""Each account keeps its pace and its one connection, and a slow one delays nobody else."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from torture.figures import Figure
from torture.simulation import Simulation
from torture.sink import Sink, sink

from daybook.people.models import Person
from torture import firm, workers

PER_MINUTE = 20
MINUTE = timedelta(minutes=1)


def measured(short: bool) -> Iterator[Figure]:
    yield kept_pace(accounts=5, mails=40 if short else 200)
    with sink(seconds=0.01) as mail:
        yield slow_account(mail, mails=10 if short else 50)


def kept_pace(accounts: int, mails: int) -> Figure:
    """Send with a clock that moves by odd steps, and count what left in every minute."""
    simulation = Simulation(accounts=accounts, guests=10, per_minute=PER_MINUTE)
    simulation.save(accounts * mails // 10, 10)
    step = 0
    while firm.waiting():
        simulation.work()
        step += 1
        simulation.now += timedelta(seconds=(1, 0.4, 7, 13, 0.1)[step % 5])
    by_account: dict[int, list[datetime]] = defaultdict(list)
    for account, at in simulation.sent:
        by_account[account].append(at)
    most = max(_most_in_a_minute(times) for times in by_account.values())
    return Figure(
        f"{accounts} accounts with {mails} mails each: never more than {PER_MINUTE} in any 60 "
        "seconds",
        f"most in any 60 seconds: {most}; {len(simulation.sent):,} sent",
        most == PER_MINUTE and len(simulation.sent) == accounts * mails,
    )


def _most_in_a_minute(times: list[datetime]) -> int:
    return max(place - bisect_right(times, at - MINUTE) for place, at in enumerate(times, 1))


def slow_account(mail: Sink, mails: int) -> Figure:
    """Send by real workers and sockets, without and with an account whose server takes long."""
    senders = firm.senders(6, mail.port, label="real")
    guests = firm.guests(10, label="realguest")
    mail.slow[senders[0].email] = 2.0
    with workers.workers(2):
        alone = _seconds_to_send(mail, senders[1:], guests, mails)
        firm.save(senders[0], guests)
        while not _arrived(mail, senders[:1]):
            time.sleep(0.01)
        beside = _seconds_to_send(mail, senders[1:], guests, mails)
        still_slow = _arrived(mail, senders[:1]) < len(guests)
    most = max(mail.most_open.values())
    return Figure(
        "An account whose server takes 2 s for each mail delays the others by less than 5 s; never "
        "more than one connection an account",
        f"{5 * mails} mails of 5 others took {alone:.1f} s without it and {beside:.1f} s beside; "
        f"most connections of one account: {most}",
        beside - alone < 5 and most == 1 and (still_slow or beside > 20),
    )


def _seconds_to_send(mail: Sink, senders: list[Person], guests: list[Person], mails: int) -> float:
    """Save so that each of `senders` has `mails` to send; return how long that took."""
    before = _arrived(mail, senders)
    for number in range(mails * len(senders) // len(guests)):
        firm.save(senders[number % len(senders)], guests)
    saved = time.monotonic()
    while _arrived(mail, senders) < before + mails * len(senders):
        if time.monotonic() > saved + 120:
            break
        time.sleep(0.02)
    return time.monotonic() - saved


def _arrived(mail: Sink, senders: list[Person]) -> int:
    addresses = {sender.email for sender in senders}
    return sum(each.sender in addresses for each in list(mail.arrivals))
