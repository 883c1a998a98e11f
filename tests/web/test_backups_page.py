"""Backups: how old the newest is, and what a restored diary is about to do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.entries.build import NOW
from tests.sync.firm import rolled_back
from tests.sync.restoring import RestoredFirm
from tests.web.build import browser, text_of

from daybook.ledger.models import Calendar
from daybook.people import audit
from daybook.people.models import AuditLine
from daybook.sync import quarantine
from daybook.sync.models import Quarantine

pytestmark = pytest.mark.django_db
BACKUPS = "/settings/backups/"


@pytest.fixture
def restored(tmp_path: Path) -> RestoredFirm:
    """A firm whose diary lost an entry of Ben's by a restore."""
    firm = RestoredFirm(tmp_path)
    with rolled_back():
        firm.save("ada", "ben", span="far")
        firm.run()
    quarantine.begin([tmp_path], firm.now)
    return firm


def test_system_settings_say_how_old_the_newest_backup_is(restored: RestoredFirm) -> None:
    ada = browser(restored.root)
    assert "None made by “daybook backup” yet" in text_of(ada.get("/settings/"))

    audit.record(None, "backup_made", "friday")
    assert "Newest: today" in text_of(ada.get("/settings/"))
    line = AuditLine.objects.latest("pk").at
    assert f"The newest backup was made on {line.day} {line:%B %Y}" in text_of(ada.get(BACKUPS))


def test_a_restored_diary_says_that_nothing_is_sent_and_what_waits(restored: RestoredFirm) -> None:
    restored.save("ada", "dan")
    ada = browser(restored.root)

    assert "Nothing is sent: this diary was restored" in text_of(ada.get("/settings/"))
    page = text_of(ada.get(BACKUPS))
    assert "1 pending calendar is looked at as soon as you release it." in page
    told = NOW + timedelta(minutes=3)
    assert f"Newest sent at {told.day} {told:%B %Y}, 08:03." in page


def test_what_is_in_calendars_only_is_listed_and_taken_back_when_released(
    restored: RestoredFirm,
) -> None:
    ada = browser(restored.root)
    page = text_of(ada.get(BACKUPS))
    assert "1 calendar shows an entry that was made after the backup." in page
    assert "23 December 2026, 10:00" in page
    assert "ben@firm.example" in page

    ada.post(f"{BACKUPS}take-back/")
    restored.run()
    assert len(restored.post.attempts) == 1
    answer = ada.post(f"{BACKUPS}release/", follow=True)
    assert "Released." in text_of(answer)
    restored.now += timedelta(days=5)
    restored.run()

    assert [a.seen.method for a in restored.post.attempts] == ["REQUEST", "CANCEL"]
    assert restored.post.mailboxes["ben@firm.example"].holds == {}
    assert "Nothing is sent" not in text_of(ada.get(BACKUPS))


def test_without_a_journal_it_says_that_things_may_come_twice(restored: RestoredFirm) -> None:
    Quarantine.objects.update(journal_from=None)

    page = text_of(browser(restored.root).get(BACKUPS))

    assert "Some messages may be sent for the second time." in page


def test_before_the_journal_was_read_there_is_no_button(restored: RestoredFirm) -> None:
    Quarantine.objects.update(newest_at=None, journal_from=None)
    ada = browser(restored.root)

    assert "Release and send" not in text_of(ada.get(BACKUPS))
    assert "was not read yet" in text_of(ada.post(f"{BACKUPS}release/", follow=True))
    assert quarantine.is_on()


def test_the_sync_log_shows_what_the_journal_knew(restored: RestoredFirm) -> None:
    page = text_of(browser(restored.root).get("/sync-log/"))

    assert "An entry that is gone" in page
    assert Calendar.objects.get(entry_id=0).state == "sent"
