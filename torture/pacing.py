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

from torture import firm, workers

PER_MINUTE = 20
MINUTE = timedelta(minutes=1)


def measured(short: bool) -> Iterator[Figure]:
    yield kept_pace(accounts=5, mails=40 if short else 200)
    with sink(seconds=0.01) as mail:
        yield slow_account(mail, mails=10 if short else 200)


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
    """Send by real workers and sockets, one account through a server that takes long."""
    senders, guests = firm.senders(6, mail.port, label="real"), firm.guests(10, label="realguest")
    mail.slow[senders[0].email] = 2.0
    with workers.workers(2):
        firm.save(senders[0], guests)
        while not mail.arrivals:
            time.sleep(0.01)
        begun = time.monotonic()
        for number in range(mails // 10 * 5):
            firm.save(senders[1 + number % 5], guests)
        saved = time.monotonic()
        others = [sender.email for sender in senders[1:]]
        while sum(mail.open_now.values()) > 1 or _arrived(mail, others) < mails * 5:
            if time.monotonic() > saved + 120:
                break
            time.sleep(0.05)
    by_sender = [each.at for each in mail.arrivals if each.sender in others]
    delay = max(by_sender) - saved
    most = max(mail.most_open.values())
    return Figure(
        "An account whose server takes 2 s for each mail delays the others by less than 5 s; never "
        "more than one connection an account",
        f"{len(by_sender)} mails of 5 others saved in {saved - begun:.1f} s, the last left "
        f"{delay:.1f} s later; most connections of one account: {most}",
        len(by_sender) == mails * 5 and delay < 5 and most == 1,
    )


def _arrived(mail: Sink, senders: list[str]) -> int:
    return sum(each.sender in senders for each in mail.arrivals)
