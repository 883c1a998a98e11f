"""`/metrics`: right sums from any process, for whoever has the token, and about nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from tests.entries.build import a_person, an_entry
from tests.sync.world import World

from daybook.couriers.courier import Accepted, AccountTrouble
from daybook.ledger.models import Calendar
from daybook.people import audit
from daybook.people.models import MailAccount
from daybook.sync import figures
from daybook.sync.figures import Figures
from daybook.sync.models import ProcessFigures, Quarantine, WorkerBeat
from daybook.web.counting import Counting

pytestmark = pytest.mark.django_db
TOKEN = "a token for the scraper of tests"
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DAYBOOK", replace(settings.DAYBOOK, metrics_token=TOKEN))


def scraped() -> dict[str, float]:
    """Return every sample by its name and labels, as Prometheus reads them."""
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer x", TOKEN, f"bearer {TOKEN}", "Bearer é"])
def test_without_the_token_there_is_no_such_page(shown: str) -> None:
    assert Client().get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_unless_a_token_is_set_nothing_opens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DAYBOOK", replace(settings.DAYBOOK, metrics_token=""))

    for shown in ("", "Bearer ", f"Bearer {TOKEN}"):
        assert Client().get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_the_queue_is_as_old_as_what_no_held_account_keeps_waiting() -> None:
    now, ada, ben = datetime.now(UTC), a_person("Ada", sends=True), a_person("Ben", sends=True)
    for person, minutes in ((ada, 2), (ben, 50)):
        entry = an_entry(person, creator=person, now=NOW)
        Calendar.objects.filter(entry_id=entry.pk).update(
            due_at=now - timedelta(minutes=minutes), account_id=person.mail_account.pk
        )
    MailAccount.objects.filter(person=ben).update(held_reason="sign_in_refused", held_at=NOW)

    seen = scraped()

    assert (seen["daybook_waiting_calendars"], seen["daybook_due_calendars"]) == (2, 2)
    assert 2 * 60 <= seen["daybook_queue_age_seconds"] < 50 * 60
    assert seen["daybook_mail_accounts held"] == 1
    assert seen["daybook_mail_accounts ready"] == 1
    assert seen["daybook_mail_accounts resting"] == 0


def test_workers_quarantine_and_backups_are_told() -> None:
    now = datetime.now(UTC)
    for name, ago in (("one", timedelta(0)), ("two", timedelta(0)), ("gone", timedelta(days=1))):
        seen_at = now - ago
        WorkerBeat.objects.create(worker=name, started_at=seen_at, seen_at=seen_at)
    before = scraped()
    Quarantine.objects.create(pk=1, restored_at=NOW)
    audit.record(None, "backup_made", "friday")
    after = scraped()

    assert (before["daybook_workers"], before["daybook_quarantine"]) == (2, 0)
    assert 0 <= before["daybook_worker_silence_seconds"] < 60 * 60
    assert "daybook_backup_age_seconds" not in before
    assert after["daybook_quarantine"] == 1
    assert 0 <= after["daybook_backup_age_seconds"] < 60 * 60


def test_what_all_processes_counted_is_added_up() -> None:
    for number in range(3):
        process = Figures()
        list(process.carried(iter([(1, Accepted("250")), (2, AccountTrouble("sign_in_refused"))])))
        process.observe("compose", 0.02, times=number)
        process.write(NOW)
        process.observe("compose", 20, times=1)
        process.write(NOW)

    seen = scraped()

    assert seen["daybook_mails_total accepted"] == 3
    assert seen["daybook_mails_total account_trouble"] == 3
    assert seen["daybook_compose_seconds_bucket 0.025"] == 3
    assert seen["daybook_compose_seconds_bucket 10"] == 3
    assert seen["daybook_compose_seconds_bucket +Inf"] == 6
    assert seen["daybook_compose_seconds_count"] == 6
    assert seen["daybook_compose_seconds_sum"] == pytest.approx(60.06)
    assert seen["daybook_send_seconds_count"] == 6


def test_processes_that_ended_go_on_counting_and_none_counts_twice() -> None:
    ended, idle = Figures(), Figures()
    for process in (ended, idle):
        process.count("requests|2xx", 5)
        process.write(NOW)
    for hours in (1, 2, 3):
        figures.fold(NOW + timedelta(hours=hours, minutes=1))
    idle.count("requests|2xx", 2)
    idle.write(NOW + timedelta(hours=4))
    figures.fold(NOW + timedelta(hours=4))

    assert scraped()["daybook_requests_total 2xx"] == 12
    assert ProcessFigures.objects.count() == 2


def test_a_quiet_process_writes_nothing() -> None:
    process = Figures()
    process.count("requests|2xx")
    process.write(NOW)
    ProcessFigures.objects.all().delete()

    process.write(NOW)

    assert ProcessFigures.objects.count() == 0


def test_what_is_mailed_is_counted_by_what_became_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Figures()
    monkeypatch.setattr(figures, "HERE", counting)
    world = World()
    an_entry(a_person("Ben"), a_person("Cleo"), creator=a_person("Ada", sends=True), now=world.now)

    world.run()
    counting.write(NOW)

    seen = scraped()
    assert seen["daybook_mails_total accepted"] == 2
    assert seen["daybook_compose_seconds_count"] == 2
    assert seen["daybook_send_seconds_count"] == 2


def test_requests_are_counted_by_class_of_status() -> None:
    counting = Figures()

    def answering(environment: dict[str, object], start: object) -> list[bytes]:
        start(str(environment["status"]), [])  # type: ignore[operator]
        return [b""]

    application = Counting(answering, counting)
    for status in ("200 OK", "204 No Content", "404 Not Found"):
        application({"status": status}, lambda *_: None)
    counting.write(NOW)

    seen = scraped()
    assert (seen["daybook_requests_total 2xx"], seen["daybook_requests_total 4xx"]) == (2, 1)
    assert seen["daybook_request_seconds_count"] == 3


def test_nobody_is_named() -> None:
    world = World()
    ada = a_person("Ada", sends=True)
    an_entry(a_person("Ben"), creator=ada, title="Canary", now=world.now)
    world.run()
    figures.HERE.write(NOW)

    text = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()

    for word in ("Ada", "Ben", "firm.example", "Canary", "127.0.0.1"):
        assert word.casefold() not in text.casefold()
