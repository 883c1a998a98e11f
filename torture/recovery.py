"""What a killed worker was carrying is carried by another, soon."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from torture.figures import Figure
from torture.sink import Sink, sink

from daybook.people.models import MailAccount
from daybook.sync import lease
from daybook.sync.outbound import Outbound
from torture import firm, workers

BOUND = 90.0
MAILS = 10


def measured(short: bool) -> Iterator[Figure]:
    kills = 1 if short else 8
    seconds = 1.0 if short else lease.LENGTH.total_seconds()
    with sink(seconds=0.4) as mail:
        waits = waits_after_kills(mail, kills, seconds)
        copies = mail.copies()
    yield Figure(
        f"What a killed worker had claimed leaves within {BOUND:.0f} s by another worker, with a "
        f"lease of {seconds:.0f} s",
        f"{kills} kills, {len(waits)} mails left over: median {statistics.median(waits):.1f} s, "
        f"longest {max(waits):.1f} s, {copies} extra copies",
        len(waits) >= kills
        and max(waits) <= BOUND
        and copies <= kills
        and firm.waiting() == 0
        and len(mail.arrivals) == kills * MAILS + copies,
    )


def waits_after_kills(mail: Sink, kills: int, seconds: float) -> list[float]:
    """Return how long each mail waited that had not left when its worker was killed."""
    guests = firm.guests(MAILS)
    for sender in firm.senders(kills, mail.port):
        firm.save(sender, guests)
    Outbound(per_minute=0).route()
    doomed = {
        account.from_address: workers.fork(workers.carry_and_stop, account.pk, "nowhere", seconds)
        for account in MailAccount.objects.all()
    }
    died_at: dict[str, float] = {}
    for address, process in doomed.items():
        while not any(each.sender == address for each in mail.arrivals):
            time.sleep(0.01)
        workers.kill(process)
        died_at[address] = time.monotonic()
    with workers.workers(2, lease_seconds=seconds):
        deadline = time.monotonic() + 2 * BOUND
        while firm.waiting() and time.monotonic() < deadline:
            time.sleep(0.1)
    first: dict[tuple[str, str], float] = {}
    for each in mail.arrivals:
        first.setdefault((each.sender, each.recipient), each.at)
    return [at - died_at[address] for (address, _), at in first.items() if at > died_at[address]]
