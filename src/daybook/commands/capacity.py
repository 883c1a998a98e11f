"""`daybook capacity`: how much machine a firm needs, from its people and entries a day.

Pure arithmetic on measured costs, without a database; `docs/scaling.md` explains it.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

from daybook.commands.talk import answer

# Processor time of one unit, in milliseconds, as `python -m torture costs` measures it, rounded up
# generously: what somebody else's processor does with it is not known.
SAVE_MS = 20.0
PAGE_MS = 50.0
MAIL_MS = 6.0
DATABASE_SAVE_MS = 10.0
DATABASE_PAGE_MS = 8.0
DATABASE_MAIL_MS = 4.0

# Half of a day's work falls into its two busiest hours, and no core should be busier than half.
BUSY_HOURS = 2.0
SHARE_IN_BUSY_HOURS = 0.5
MOST_BUSY = 0.5
# A worker serves eight accounts at once, each at the pace of its provider.
ACCOUNTS_AT_ONCE = 8
# SQLite has one writer at a time and one machine; beyond this PostgreSQL is the quieter choice.
SQLITE_COMMITS_A_SECOND = 50.0


@dataclass(frozen=True, slots=True)
class Firm:
    """What a firm does on a busy day.

    `on_each` people receive an entry, which is changed `edits` times after it was first mailed.
    Each person looks at `pages` pages. An account sends at most `per_minute` and `per_day` mails.
    """

    people: int
    entries_a_day: int
    on_each: float = 3.0
    edits: float = 1.0
    pages: float = 40.0
    per_minute: int = 20
    per_day: int = 400


@dataclass(frozen=True, slots=True)
class Needs:
    """What it takes. The rates are those of the busiest hours, a second."""

    saves: float
    pages: float
    mails: float
    mails_a_day: float
    web_processes: int
    workers: int
    database_cores: float
    commits: float
    accounts_for_the_day: int
    accounts_for_the_rush: int
    minutes_behind: float

    @property
    def needs_postgresql(self) -> bool:
        """Return whether one file on one machine is not the right database any more."""
        return self.commits > SQLITE_COMMITS_A_SECOND or self.web_processes + self.workers > 8


def capacity(arguments: argparse.Namespace) -> int:
    """Print what the firm described takes, a line each."""
    firm = Firm(
        people=arguments.people,
        entries_a_day=arguments.entries_a_day,
        on_each=arguments.on_each,
        edits=arguments.edits,
        per_minute=arguments.per_minute,
        per_day=arguments.per_day,
    )
    for line in in_words(firm, needs(firm)):
        answer(line)
    return 0


def in_words(firm: Firm, found: Needs) -> list[str]:
    """Return `found` as lines to read."""
    database = "PostgreSQL" if found.needs_postgresql else "SQLite is enough"
    behind = f"{found.minutes_behind:,.0f} minutes behind" if found.minutes_behind else "keeps up"
    rates = f"{found.saves:.2f} saves, {found.pages:.2f} pages and {found.mails:.2f} mails a second"
    load = f"{found.database_cores:.2f} cores, {found.commits:.1f} commits a second"
    least, calm = found.accounts_for_the_day, found.accounts_for_the_rush
    return [
        f"{firm.people:,} people, {firm.entries_a_day:,} entries a day, {firm.on_each:g} on each",
        f"busiest hours     {rates}",
        f"web               {found.web_processes} processes",
        f"workers           {found.workers}",
        f"database          {database}; {load}",
        f"mails             {found.mails_a_day:,.0f} a day",
        f"mail accounts     at least {least}; {calm} so that nothing waits in the busiest hours",
        f"one account only  {behind} at the end of them",
    ]


def needs(firm: Firm) -> Needs:
    """Return what `firm` takes; `minutes_behind` is for a firm that sends all by one account."""
    saves = _rush(firm.entries_a_day * (1 + firm.edits))
    pages = _rush(firm.people * firm.pages)
    mails_a_day = firm.entries_a_day * (1 + firm.edits) * firm.on_each
    mails = _rush(mails_a_day)
    web_ms = saves * SAVE_MS + pages * PAGE_MS
    database_ms = saves * DATABASE_SAVE_MS + pages * DATABASE_PAGE_MS + mails * DATABASE_MAIL_MS
    a_minute = mails * 60
    for_the_rush = _at_least_one(a_minute / firm.per_minute) if firm.per_minute else 1
    by_connections = for_the_rush / ACCOUNTS_AT_ONCE
    return Needs(
        saves=saves,
        pages=pages,
        mails=mails,
        mails_a_day=mails_a_day,
        web_processes=_at_least_one(web_ms / 1000 / MOST_BUSY),
        workers=_at_least_one(max(mails * MAIL_MS / 1000 / MOST_BUSY, by_connections)),
        database_cores=database_ms / 1000,
        # A save is one commit, a mail one; claiming and opening are shared by a batch.
        commits=saves + mails,
        accounts_for_the_day=_at_least_one(mails_a_day / firm.per_day) if firm.per_day else 1,
        accounts_for_the_rush=for_the_rush,
        minutes_behind=_behind(mails, firm.per_minute),
    )


def _rush(a_day: float) -> float:
    return a_day * SHARE_IN_BUSY_HOURS / (BUSY_HOURS * 3600)


def _behind(mails: float, per_minute: int) -> float:
    """Return how far one account falls behind in the busiest hours, in minutes of its pace."""
    if per_minute == 0:
        return 0.0
    left = mails * 60 * BUSY_HOURS * 60 - per_minute * BUSY_HOURS * 60
    return max(0.0, left) / per_minute


def _at_least_one(number: float) -> int:
    return max(1, math.ceil(number))
