"""What mail servers said about the mails of one batch, on its way to the database.

It is kept in the journal first and committed then, a fixed number of answers at a time: as many
mails may go twice if the process dies in between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

import structlog

from daybook.couriers.courier import Accepted, AccountTrouble, Outcome, Refused, TryLater
from daybook.ledger.models import Parcel
from daybook.sync import arrival, outcomes
from daybook.sync.arrival import Arrived
from daybook.sync.journal import Journal
from daybook.sync.lease import Deadline, Lease
from daybook.sync.outcomes import Answer

log = structlog.get_logger()

# However slowly a server answers, an answer does not wait for others longer than this.
LONGEST_UNWRITTEN = timedelta(seconds=1)
# So often the account's row is told that it is used and has sent. With every answer it would be one
# row more to write, and no more exact than anybody looks.
PROLONGED_EVERY = timedelta(seconds=5)


@dataclass
class Answers:
    """The answers of one batch, in order; at most `per_commit` of them are not written down.

    `passing` is called when answers are written. That prolongs the lease every few seconds, and
    `deadline` with it.
    """

    lease: Lease
    deadline: Deadline
    journal: Journal
    per_commit: int
    now: Callable[[], datetime]
    passing: Callable[[str], None]
    _waiting: list[Answer] = field(default_factory=list)
    _write_by: datetime | None = None
    _prolonged: datetime | None = None

    def add(self, parcel: Parcel, outcome: Outcome) -> bool:
        """Take an answer, and commit if it is time to; False if the lease is lost."""
        now = self.now()
        self._waiting.append((parcel, outcome))
        self._write_by = self._write_by or now + LONGEST_UNWRITTEN
        if len(self._waiting) < self.per_commit and now < self._write_by:
            return True
        return self.write()

    def write(self) -> bool:
        """Commit what waits; False, and no more is written, if the lease is lost.

        What arrived has a commit of its own, and what did not.
        """
        if not self._waiting:
            return True
        # From before the commit that prolongs the lease.
        now = self.now()
        answers, self._waiting, self._write_by = self._waiting, [], None
        self._note(answers, now)
        arrived = [(parcel, said.reply) for parcel, said in answers if isinstance(said, Accepted)]
        others = [answer for answer in answers if not isinstance(answer[1], Accepted)]
        if not (self._write_arrived(arrived, now) and self._write_others(others, now)):
            log.warning("lease lost", account=self.lease.account_id)
            return False
        self.passing("written")
        return True

    def _write_arrived(self, arrived: list[Arrived], now: datetime) -> bool:
        if not arrived:
            return True
        before = self._prolonged
        # A clock may have been set back.
        prolong = before is None or not timedelta() <= now - before < PROLONGED_EVERY
        ours = self.deadline.insist(
            lambda: arrival.write(arrived, self.lease, now, prolong=prolong)
        )
        if ours and prolong:
            self.deadline.renew(now)
            self._prolonged = now
        return ours

    def _write_others(self, others: list[Answer], now: datetime) -> bool:
        if not others:
            return True
        ours = self.deadline.insist(lambda: outcomes.write(others, self.lease, now))
        if ours:
            self.deadline.renew(now)
        return ours

    def _note(self, answers: list[Answer], now: datetime) -> None:
        """Keep in the journal what is sure; what may have arrived stays there as opened."""
        arrived = [parcel for parcel, outcome in answers if isinstance(outcome, Accepted)]
        surely_not = [parcel for parcel, outcome in answers if _did_not_arrive(parcel, outcome)]
        if arrived:
            self.journal.sent(arrived, now)
        if surely_not:
            self.journal.undelivered(surely_not, now)


def _did_not_arrive(parcel: Parcel, outcome: Outcome) -> bool:
    """Return whether surely no try of a parcel has arrived."""
    match outcome:
        case Accepted():
            return False
        case Refused():
            return not parcel.uncertain
        case TryLater() | AccountTrouble():
            return not (parcel.uncertain or outcome.uncertain)
    assert_never(outcome)
