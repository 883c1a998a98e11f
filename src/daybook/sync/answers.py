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
from daybook.sync import outcomes
from daybook.sync.journal import Journal
from daybook.sync.lease import Deadline, Lease
from daybook.sync.outcomes import Answer

log = structlog.get_logger()

# However slowly a server answers, an answer does not wait for others longer than this.
LONGEST_UNWRITTEN = timedelta(seconds=1)


@dataclass
class Answers:
    """The answers of one batch, in order; at most `per_commit` of them are not written down.

    `passing` is called after each commit. Writing prolongs the lease, and `deadline` with it.
    """

    lease: Lease
    deadline: Deadline
    journal: Journal
    per_commit: int
    now: Callable[[], datetime]
    passing: Callable[[str], None]
    _waiting: list[Answer] = field(default_factory=list)
    _write_by: datetime | None = None

    def add(self, parcel: Parcel, outcome: Outcome) -> bool:
        """Take an answer, and commit if it is time to; False if the lease is lost."""
        now = self.now()
        self._waiting.append((parcel, outcome))
        self._write_by = self._write_by or now + LONGEST_UNWRITTEN
        if len(self._waiting) < self.per_commit and now < self._write_by:
            return True
        return self.write()

    def write(self) -> bool:
        """Commit what waits; False, and nothing written, if the lease is lost."""
        if not self._waiting:
            return True
        # From before the commit, which prolongs the lease.
        now = self.now()
        answers, self._waiting, self._write_by = self._waiting, [], None
        self._note(answers, now)
        if not self.deadline.insist(lambda: outcomes.write(answers, self.lease, now)):
            log.warning("lease lost", account=self.lease.account_id)
            return False
        self.deadline.renew(now)
        self.passing("written")
        return True

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
