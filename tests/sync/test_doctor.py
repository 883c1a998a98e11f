"""What `daybook doctor` sees of a database that is ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from tests.entries.build import a_person, an_entry, at
from tests.sync.world import World

from daybook.commands import doctor_rounds
from daybook.commands.finding import Finding, Mark
from daybook.configuration import Configuration
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, LogLine
from daybook.people import audit
from daybook.people.models import MailAccount
from daybook.sync import clocks, quarantine, repair

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def seen(look: Callable[[Configuration], Iterator[Finding]]) -> list[tuple[Mark, str]]:
    """Return what one look at this installation says."""
    return [(finding.mark, finding.sentence) for finding in look(settings.DAYBOOK)]


def test_every_connection_to_sqlite_is_durable() -> None:
    [(mark, sentence)] = seen(doctor_rounds.durability)

    if connection.vendor == "sqlite":
        assert (mark, sentence) == (Mark.OK, "journal_mode=wal, synchronous=FULL")
    else:
        # The one of the tests is thrown away, and says so.
        assert (mark, "fsync=off" in sentence) == (Mark.WARNING, True)


def test_a_clock_that_was_set_back_is_seen_by_what_was_stored() -> None:
    assert seen(doctor_rounds.clock) == [(Mark.OK, "agrees with the database's")]
    ahead = NOW + timedelta(hours=1)
    LogLine.objects.create(entry_id=1, uid="a", calendar_id=1, state="sent", at=ahead)

    [_, (mark, sentence)] = seen(doctor_rounds.clock)

    assert mark is Mark.WARNING
    assert "was it set back?" in sentence


def test_a_clock_that_cannot_be_right_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "EARLIEST", NOW + timedelta(days=1))

    [(mark, sentence), _] = seen(doctor_rounds.clock)

    assert mark is Mark.FAILURE
    assert "workers wait" in sentence


def test_a_held_account_is_named_with_the_reason_and_what_waits() -> None:
    ada = a_person("Ada", sends=True)
    a_person("Ben", sends=True)
    MailAccount.objects.filter(person=ada).update(held_reason="sign_in_refused", held_at=NOW)

    [(mark, sentence), (_, counted)] = seen(doctor_rounds.accounts)

    assert mark is Mark.WARNING
    assert "does not accept the user name and password" in sentence
    assert counted == "1 held, 1 ready"


def test_a_queue_is_old_when_nothing_of_a_held_account_explains_it() -> None:
    ada = a_person("Ada", sends=True)
    entry = an_entry(a_person("Ben"), creator=ada, now=NOW)
    calendars = Calendar.objects.filter(entry_id=entry.pk)
    calendars.update(due_at=NOW - timedelta(hours=1), account_id=ada.mail_account.pk)
    [(late, sentence)] = seen(doctor_rounds.queue)
    MailAccount.objects.update(held_reason="sign_in_refused", held_at=NOW)
    [(held, _)] = seen(doctor_rounds.queue)

    assert (late, held) == (Mark.WARNING, Mark.OK)
    assert sentence.startswith("1 due, the oldest for ")


def test_drift_is_counted_and_nothing_is_changed() -> None:
    world = World(now=NOW)
    ada, ben, cleo = a_person("Ada", sends=True), a_person("Ben"), a_person("Cleo")
    an_entry(ben, cleo, creator=ada, span=at(10, day=NOW.date() + timedelta(days=9)), now=NOW)
    world.run()
    assert seen(doctor_rounds.drift)[0][0] is Mark.OK
    # A change that went around the verbs.
    DiaryEntry.objects.update(title="By hand")
    before = list(Calendar.objects.order_by("pk").values())

    [(mark, sentence)] = seen(doctor_rounds.drift)

    assert (mark, sentence.split()[0]) == (Mark.WARNING, "2")
    assert list(Calendar.objects.order_by("pk").values()) == before
    assert repair.repair(NOW) == 2


def test_a_quarantine_and_an_old_backup_are_warned_of(tmp_path: Path) -> None:
    assert (Mark.WARNING, "none was made by `daybook backup` yet") in seen(doctor_rounds.keeping)
    audit.record(None, "backup_made", "friday")
    quarantine.begin([], NOW)

    [(restored, _), (backup, sentence), _] = seen(doctor_rounds.keeping)

    assert (restored, backup) == (Mark.WARNING, Mark.OK)
    assert sentence.startswith("the newest is of ")
