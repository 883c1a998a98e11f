"""From calendars that are due to mails a server took: claim, freeze, send, write down.

Every mail is frozen on disk before it leaves, and the next batch is planned while one leaves, as in
a worker. Answers have a commit of their own, as by default, or share one by fifty, as
`DAYBOOK_ANSWERS_PER_COMMIT` allows. Beside it, in the same minutes and through the same database:
the loop a first version has, and Postfix's own client, which only sends.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from statistics import mean

from benchmarks.courier import sink
from benchmarks.firm import NOW, ON_EACH, a_type, entries, organiser, people
from benchmarks.measure import Ratio, report, side_by_side
from benchmarks.naive_sending import send_row_by_row
from django.db import connection

from daybook.entries.models import DiaryEntryType
from daybook.ledger.models import Calendar, CalendarState, Parcel
from daybook.people.models import MailAccount, Person
from daybook.sync import rounds
from daybook.sync.ahead import Ahead
from daybook.sync.outbound import BATCH, Outbound

ROUNDS = 5
MAILS, FEW = 10 * BATCH, 25
ON_POSTGRES = connection.vendor == "postgresql"


class DueRows:
    """The calendars of one account, a new lot due with every hour."""

    def __init__(
        self, kind: DiaryEntryType, guests: list[Person], account: MailAccount, size: int, lots: int
    ) -> None:
        self.account, self.size, self.hour = account, size, 0
        self.lots = [
            entries(
                size // ON_EACH,
                label=f"{account.from_address[0]}{lot:07}",
                kind=kind,
                guests=guests,
                account=account,
                due_at=NOW + timedelta(hours=lot),
                # The soonest start goes first, so that what is due is also what is next.
                first_day=NOW + timedelta(days=100 * lot + 30),
            )
            for lot in range(lots)
        ]

    def next_lot(self) -> tuple[list[int], datetime]:
        """Return the ids of the next lot, and when it is due."""
        lot, now = self.lots[self.hour], NOW + timedelta(hours=self.hour)
        self.hour += 1
        return lot, now


def by_daybook(rows: DueRows, ahead: Ahead, *, per_commit: int) -> Callable[[], int]:
    """Return a sender of the next lot by the product's own way out, over one session at a time."""

    def send() -> int:
        lot, now = rows.next_lot()
        outbound = Outbound(now=lambda: now, per_minute=0, per_commit=per_commit, ahead=ahead)
        done = 0
        # A worker looks for accounts with something due, and leaves the others alone.
        while done < len(lot) and (count := outbound.serve(rows.account.pk)):
            done += count
        assert done == len(lot)
        return done

    return send


def by_naive_loop(rows: DueRows) -> Callable[[], int]:
    return lambda: send_row_by_row(rows.next_lot()[0])


def by_smtp_source(port: int, count: int) -> Callable[[], int]:
    """Return Postfix's test client, one session kept open, mails as large as ours were."""
    ours = Parcel.objects.select_related("contents__body")[:BATCH]
    size = round(mean(len(parcel.data) for parcel in ours))

    def send() -> int:
        command = ["smtp-source", "-d", "-s", "1", "-m", str(count), "-l", str(size)]
        command += ["-f", "ada@firm.example", "-t", "ben@firm.example", f"127.0.0.1:{port}"]
        subprocess.run(command, check=True)
        return count

    return send


@contextmanager
def planning_ahead() -> Iterator[Ahead]:
    """Keep the process in which batches are planned; it is begun when it is first asked."""
    ahead = Ahead()
    try:
        yield ahead
    finally:
        ahead.stop()


def measured() -> Iterator[Ratio]:
    way = "PostgreSQL" if ON_POSTGRES else "SQLite"
    rounds.collect_seldom()  # as a worker does when it starts; it is good for both sides
    kind, guests = a_type("Site visit"), people(200)
    with sink() as port, planning_ahead() as ahead:
        ours = DueRows(kind, guests, organiser("ours", port), MAILS, 3 * (ROUNDS + 1))
        naive = DueRows(kind, guests, organiser("naive", port), FEW, 2 * (ROUNDS + 1))
        yield side_by_side(
            f"{way}: due row to accepted mail, a commit each / Django row by row",
            by_daybook(ours, ahead, per_commit=1),
            by_naive_loop(naive),
            promise=10 if ON_POSTGRES else 15,
            rounds=ROUNDS,
        )
        yield side_by_side(
            f"{way}: due row to accepted mail, 50 a commit / Django row by row",
            by_daybook(ours, ahead, per_commit=50),
            by_naive_loop(naive),
            promise=30,
            rounds=ROUNDS,
        )
        yield side_by_side(
            f"{way}: due row to accepted mail, 50 a commit / Postfix's smtp-source",
            by_daybook(ours, ahead, per_commit=50),
            by_smtp_source(port, MAILS),
            promise=0.6 if ON_POSTGRES else 1.0,
            rounds=ROUNDS,
        )
    sent = Calendar.objects.filter(account_id=ours.account.pk, state=CalendarState.SENT).count()
    assert sent == 3 * (ROUNDS + 1) * MAILS


if __name__ == "__main__":
    report(measured())
