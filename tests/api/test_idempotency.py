"""A POST that is sent again acts once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone
from tests.api import build
from tests.api.build import read
from tests.people.build import at_the_same_time

from daybook.api import kept
from daybook.api.models import KeptAnswer
from daybook.entries import marking
from daybook.entries.models import DiaryEntry


@pytest.mark.django_db
def test_the_same_request_again_gets_the_same_bytes_and_makes_nothing() -> None:
    ada, sent = build.caller("ada"), build.new_entry(build.meeting())

    first = ada.post("/entries", sent, Idempotency_Key="k1")
    again = ada.post("/entries", dict(reversed(sent.items())), Idempotency_Key="k1")

    assert (again.status_code, again.content) == (201, first.content)
    assert again["Location"] == first["Location"]
    assert again["ETag"] == first["ETag"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert DiaryEntry.objects.count() == 1


@pytest.mark.django_db
def test_another_request_under_a_used_key_is_refused() -> None:
    ada, sent = build.caller("ada"), build.new_entry(build.meeting())
    path = read(ada.post("/entries", sent, Idempotency_Key="k1"))["id"]

    for refused in (
        ada.post("/entries", sent | {"title": "Other"}, Idempotency_Key="k1"),
        ada.post(f"/entries/{path}/cancel", Idempotency_Key="k1"),
    ):
        assert refused.status_code == 422
        assert read(refused)["errors"][0]["code"] == "key_reused"
    assert DiaryEntry.objects.get().state == "open"


@pytest.mark.django_db
def test_keys_belong_to_the_token_that_used_them() -> None:
    sent = build.new_entry(build.meeting())
    for caller in (build.caller("ada"), build.caller("ben"), build.service()):
        response = caller.post("/entries", sent, Idempotency_Key="k1")
        assert response.status_code == 201
        assert "Idempotency-Replayed" not in response

    assert DiaryEntry.objects.count() == 3


@pytest.mark.django_db
def test_a_refused_request_may_be_corrected_under_its_key() -> None:
    ada, sent = build.caller("ada"), build.new_entry(build.meeting())

    assert ada.post("/entries", sent | {"title": ""}, Idempotency_Key="k1").status_code == 422
    assert ada.post("/entries", sent, Idempotency_Key="k1").status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 256, "café", "a\tb"])
def test_a_key_that_is_no_key_is_refused(key: str) -> None:
    ada, sent = build.caller("ada"), build.new_entry(build.meeting())

    response = ada.post("/entries", sent, Idempotency_Key=key)

    assert response.status_code == 422
    assert read(response)["errors"][0]["field"] == "Idempotency-Key"
    assert not DiaryEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_the_entry_and_its_kept_answer_leaves_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada, sent = build.caller("ada"), build.new_entry(build.meeting())

    def dies(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(kept, "_keep", dies)
        with pytest.raises(SystemExit):
            ada.post("/entries", sent, Idempotency_Key="k1")

    assert not DiaryEntry.objects.exists()
    assert not KeptAnswer.objects.exists()
    assert ada.post("/entries", sent, Idempotency_Key="k1").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_fifty_equal_requests_at_once_make_one_entry_and_all_get_its_answer() -> None:
    ada, sent = build.caller("ada"), build.new_entry(build.meeting())

    answers = at_the_same_time(
        [lambda: ada.post("/entries", sent, Idempotency_Key="k1") for _ in range(50)]
    )

    statuses = [getattr(answer, "status_code", answer) for answer in answers]
    assert statuses == [201] * 50
    assert len({answer.content for answer in answers if not isinstance(answer, Exception)}) == 1
    assert DiaryEntry.objects.count() == 1


@pytest.mark.django_db
def test_answers_are_forgotten_after_two_days() -> None:
    ada, sent = build.caller("ada"), build.new_entry(build.meeting())
    ada.post("/entries", sent, Idempotency_Key="old")
    ada.post("/entries", sent, Idempotency_Key="new")
    now = timezone.now()
    KeptAnswer.objects.filter(key="old").update(at=now - timedelta(hours=49))

    assert kept.purge(now) == 1
    assert [row.key for row in KeptAnswer.objects.all()] == ["new"]


@pytest.mark.django_db
def test_using_a_key_clears_away_what_is_over() -> None:
    ada, sent = build.caller("ada"), build.new_entry(build.meeting())
    ada.post("/entries", sent, Idempotency_Key="old")
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=49))

    again = ada.post("/entries", sent, Idempotency_Key="old")

    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again
    assert DiaryEntry.objects.count() == 2


@pytest.mark.django_db
def test_a_fault_of_the_database_that_is_not_about_the_key_is_not_taken_for_a_repeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada, sent = build.caller("ada"), build.new_entry(build.meeting())

    def conflicts(*_: Any, **__: Any) -> None:
        raise IntegrityError("another constraint")

    monkeypatch.setattr(marking, "calendars", conflicts)
    with pytest.raises(IntegrityError):
        ada.post("/entries", sent, Idempotency_Key="k1")
    assert not KeptAnswer.objects.exists()
