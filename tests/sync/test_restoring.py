"""A diary that went back in time: nothing leaves unasked or twice, and no version is too low.

More stories: `python -m torture restores`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.sync import restoring
from tests.sync.firm import rolled_back

from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, LogLine, UidCounter
from daybook.people import link_mail
from daybook.sync import quarantine
from daybook.sync.journal import Journal
from daybook.sync.models import Quarantine, WorkerBeat
from daybook.sync.rounds import Worker

pytestmark = pytest.mark.django_db


def test_after_a_restore_every_calendar_ends_as_the_diary_says(tmp_path: Path) -> None:
    told = []
    for seed in range(6):
        with rolled_back():
            told.append(restoring.tell(seed, tmp_path / str(seed)))

    # Else the stories would show nothing.
    assert sum(story.lost for story in told) > 6
    assert sum(story.orphans for story in told) > 1
    assert sum(story.newer for story in told) > 1


def a_told_firm(tmp_path: Path) -> tuple[restoring.RestoredFirm, DiaryEntry]:
    """Return a firm whose Ben was told of an entry, with a journal of it."""
    firm = restoring.RestoredFirm(tmp_path)
    entry = firm.save("ada", "ben")
    firm.run()
    assert len(firm.post.attempts) == 1
    return firm, entry


def test_without_a_journal_every_version_is_lifted_above_those_given_out_meanwhile(
    tmp_path: Path,
) -> None:
    firm, entry = a_told_firm(tmp_path)

    quarantine.begin([], firm.now)

    counter = UidCounter.objects.get(uid=entry.uid)
    assert (counter.sequence, counter.frozen) == (1000, 0)
    standing = quarantine.standing()
    assert standing is not None
    assert standing.row.journal_from is None


def test_a_journal_that_begins_after_the_backup_is_not_enough(tmp_path: Path) -> None:
    firm, entry = a_told_firm(tmp_path)
    late = tmp_path / "late"
    # Later than anything in the database, of which the audit trail goes by the real clock.
    Journal(late).begin(datetime.now(UTC) + timedelta(minutes=1))

    quarantine.begin([tmp_path, late], firm.now)

    assert UidCounter.objects.get(uid=entry.uid).sequence == 1000


def test_with_the_journal_the_next_edit_is_the_next_version(tmp_path: Path) -> None:
    firm, entry = a_told_firm(tmp_path)
    with rolled_back():
        for title in ("Second", "Third"):
            firm.edit(entry, title=title)
            firm.run()
    quarantine.begin([tmp_path], firm.now)
    quarantine.release(by=firm.root, now=firm.now)

    firm.edit(entry, title="Fourth")
    firm.run()

    assert [a.seen.sequence for a in firm.post.attempts] == [0, 1, 2, 3]


def test_what_shows_the_same_again_is_left_alone(tmp_path: Path) -> None:
    firm, entry = a_told_firm(tmp_path)
    with rolled_back():
        for title in ("Another", entry.title):
            firm.edit(entry, title=title)
            firm.run()
    quarantine.begin([tmp_path], firm.now)
    quarantine.release(by=firm.root, now=firm.now)

    firm.run()

    assert len(firm.post.attempts) == 3


def test_what_is_over_at_the_release_is_dropped(tmp_path: Path) -> None:
    firm = restoring.RestoredFirm(tmp_path)
    firm.save("ada", "ben", span="soon")
    quarantine.begin([tmp_path], firm.now)
    firm.run(days=2)
    quarantine.release(by=firm.root, now=firm.now)

    firm.run()

    assert firm.post.attempts == []
    assert Calendar.objects.get().reason == "over"


def test_reading_the_journal_twice_changes_nothing_more(tmp_path: Path) -> None:
    firm, entry = a_told_firm(tmp_path)
    with rolled_back():
        firm.edit(entry, title="Second", people=["ben", "dan"])
        firm.save("ben", "eve")
        firm.run()
    first = quarantine.begin([tmp_path], firm.now)
    tables = (Calendar, UidCounter, LogLine)
    before = [list(table.objects.order_by("pk").values()) for table in tables]

    again = quarantine.begin([tmp_path], firm.now)

    assert (first.newer, first.orphans) == (2, 1)
    assert (again.messages, again.orphans) == (0, 1)
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before


def test_a_quarantine_whose_journal_was_not_read_is_not_released(tmp_path: Path) -> None:
    Quarantine.objects.create(pk=1, restored_at=datetime.now(UTC))

    with pytest.raises(quarantine.NotRead):
        quarantine.release(by=None, now=datetime.now(UTC))

    assert quarantine.is_on()


def test_neither_links_nor_test_messages_of_before_are_mailed_after_the_release(
    tmp_path: Path,
) -> None:
    firm = restoring.RestoredFirm(tmp_path)
    link_mail.ask_for_reset("ben", leads_to="https://diary.firm.example", now=firm.now)
    WorkerBeat.objects.create(worker="here", started_at=firm.now, seen_at=firm.now)
    quarantine.begin([tmp_path], firm.now + timedelta(minutes=1))
    WorkerBeat.objects.create(worker="here", started_at=firm.now, seen_at=firm.now)

    assert not any(Worker(name="here")._look())
    quarantine.release(by=None, now=firm.now)
    assert not any(Worker(name="here")._look())
