"""How much machine a firm needs is plain arithmetic, and follows what the firm does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daybook import commands
from daybook.commands.capacity import Firm, needs

SMALL = Firm(people=20, entries_a_day=60)
LARGE = Firm(people=20_000, entries_a_day=100_000)


def test_a_small_firm_needs_one_process_of_each_and_sqlite() -> None:
    found = needs(SMALL)

    assert (found.web_processes, found.workers) == (1, 1)
    assert not found.needs_postgresql
    assert found.minutes_behind == 0


def test_a_large_firm_needs_more_of_everything_and_postgresql() -> None:
    found = needs(LARGE)

    assert found.web_processes > 1
    assert found.workers > 1
    assert found.needs_postgresql


def test_the_mails_of_a_day_decide_how_many_accounts_there_must_be() -> None:
    found = needs(Firm(people=100, entries_a_day=400, on_each=3, edits=1, per_day=400))

    assert found.mails_a_day == 2_400
    assert found.accounts_for_the_day == 6


def test_one_account_for_all_falls_behind_by_what_it_may_not_send_in_time() -> None:
    # 2,400 mails in two hours, of which it may send 1,200 at 10 a minute: as many minutes again.
    firm = Firm(people=100, entries_a_day=800, on_each=3, edits=1, per_minute=10)

    assert needs(firm).minutes_behind == pytest.approx(120)


def test_twice_the_entries_are_twice_the_mails_and_commits() -> None:
    once, twice = needs(LARGE), needs(replace(LARGE, entries_a_day=200_000))

    assert twice.mails == pytest.approx(2 * once.mails)
    assert twice.commits == pytest.approx(2 * once.commits)


def test_no_limit_of_a_provider_asks_for_no_more_than_one_account() -> None:
    found = needs(replace(LARGE, per_minute=0, per_day=0))

    assert (found.accounts_for_the_day, found.accounts_for_the_rush) == (1, 1)


def test_the_command_says_it_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    status = commands.main(["capacity", "--people", "20", "--entries-a-day", "60"])

    said = capsys.readouterr().out
    assert status == 0
    assert "SQLite is enough" in said
    assert "one account only  keeps up" in said
