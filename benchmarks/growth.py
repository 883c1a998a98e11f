"""What must not grow: the cost of a message with the backlog behind it, and the memory it takes.

The same work is done for two accounts of one database, beside hardly anything and beside very much
that waits. A ratio of 1 means that it makes no difference.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count

from benchmarks.firm import NOW, ON_EACH, a_type, entries, organiser, people
from benchmarks.measure import Ratio, report, side_by_side
from django.db import connection

from daybook.couriers.memory import MemoryCourier
from daybook.entries.models import DiaryEntryType
from daybook.ledger.models import Calendar
from daybook.people.models import MailAccount, Person
from daybook.sync.outbound import BATCH, Outbound

ON_POSTGRES = connection.vendor == "postgresql"
ROUNDS = 3
# Whole batches: a smaller lot would take some of those that wait behind it along.
MESSAGES = BATCH
# A million takes PostgreSQL two minutes to fill in, which says nothing of the sending.
LITTLE, MUCH = 100, 100_000 if ON_POSTGRES else 1_000_000
AT_MOST = 1.5
MEMORY_AT_MOST = 1.2

# Calendars of entries that are far ahead: due, and behind everything that is sent here.
FILL = """
INSERT INTO ledger_calendar (
    uid, address_key, recurrence_id, entry_id, address, person_id, due_at, due_by, bulk, starts_at,
    account_id, mark, told_by, remembered, told_at, doubts, frozen, parcel_id, refused_print,
    released_at, released_by, state, reason, state_at
)
WITH RECURSIVE numbers (number) AS (
    SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < %s
)
SELECT
    %s || number, address_key, recurrence_id, -number, address, person_id, due_at, due_by,
    bulk, %s, %s, mark, told_by, remembered, told_at, doubts, frozen, parcel_id, refused_print,
    released_at, released_by, state, reason, state_at
FROM numbers CROSS JOIN ledger_calendar WHERE ledger_calendar.id = %s
"""


class Queue:
    """An account with `backlog` calendars that wait behind those that are sent here."""

    def __init__(
        self, name: str, backlog: int, kind: DiaryEntryType, guests: list[Person], lots: int
    ) -> None:
        self.account: MailAccount = organiser(name, 25)
        self._lots = count()
        self._now = NOW
        for lot in range(lots):
            made = entries(
                MESSAGES // ON_EACH,
                label=f"{name}{lot}",
                kind=kind,
                guests=guests,
                account=self.account,
                due_at=NOW + timedelta(hours=lot),
                first_day=NOW + timedelta(days=30 + 30 * lot),
            )
        _wait(self.account, made[0], backlog)

    def send(self) -> int:
        """Send the next lot to nowhere; return how many messages that was."""
        now = NOW + timedelta(hours=next(self._lots))
        outbound = Outbound(
            courier_for=lambda _: MemoryCourier(), now=lambda: now, per_minute=0, per_commit=50
        )
        done = 0
        while done < MESSAGES:
            served = outbound.serve(self.account.pk)
            assert served
            done += served
        return done


def _wait(account: MailAccount, like: int, backlog: int) -> None:
    """Let `backlog` calendars more wait for an account, all alike but for their UID."""
    starts = NOW + timedelta(days=3000)
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(FILL, [backlog, account.from_address, adapt(starts), account.pk, like])
        Calendar.objects.filter(account_id=account.pk, starts_at=starts).update(due_at=NOW)
        cursor.execute("ANALYZE")
    assert Calendar.objects.filter(account_id=account.pk, starts_at=starts).count() == backlog


def memory_of(queue: Queue) -> Callable[[], float]:
    """Return a measure of the most octets that sending a lot takes at one time."""

    def peak() -> float:
        tracemalloc.start()
        queue.send()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return float(found)

    return peak


def measured() -> Iterator[Ratio]:
    database = "PostgreSQL" if ON_POSTGRES else "SQLite"
    kind, guests = a_type("Site visit"), people(200)
    lots = ROUNDS + 2
    much = Queue("much", MUCH, kind, guests, lots)
    little = Queue("little", LITTLE, kind, guests, lots)
    yield side_by_side(
        f"{database}: messages beside a backlog of {MUCH:,} / of {LITTLE}",
        much.send,
        little.send,
        promise=1 / AT_MOST,
        rounds=ROUNDS,
    )
    with_much, with_little = memory_of(much)(), memory_of(little)()
    yield Ratio(
        f"{database}: most memory beside a backlog of {LITTLE} / of {MUCH:,}",
        with_little,
        with_much,
        with_little / with_much,
        1 / MEMORY_AT_MOST,
        unit=" B",
    )


if __name__ == "__main__":
    report(measured())
