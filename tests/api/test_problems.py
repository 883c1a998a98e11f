"""Every refusal is a problem, wherever in the machinery it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from tests.api import build
from tests.api.build import read

from daybook.entries import reading
from daybook.people import tokens
from daybook.sync.models import WorkerBeat

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api/v1/nothing", "/api/v1/", "/api/", "/api/v2/entries"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_an_unknown_address_is_a_problem(path: str, method: str) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, path)

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code"} <= response.json().keys()


def test_a_request_for_another_host_is_a_problem() -> None:
    response = build.caller("ada").get("/entries", Host="evil.test")

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    page = Client().get("/accounts/login/", headers={"Host": "evil.test"})
    assert (page.status_code, page["Content-Type"]) == (400, "text/html; charset=utf-8")


def test_a_question_of_a_thousand_parts_is_refused() -> None:
    response = build.caller("ada").get(f"/entries?{'a=1&' * 1000}")

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_a_body_of_unknown_length_is_refused() -> None:
    ada, kind = build.caller("ada"), build.meeting()

    response = ada.post("/entries", build.new_entry(kind), Transfer_Encoding="chunked")

    assert response.status_code == 411
    assert read(ada.get("/entries"))["items"] == []


@contextmanager
def somebody_else_writing() -> Iterator[None]:
    """Hold what a writer needs on another connection, and let this one wait only briefly."""
    impatient, patient, hold = {
        "sqlite": (
            "PRAGMA busy_timeout = 50",
            "PRAGMA busy_timeout = 10000",
            ["BEGIN IMMEDIATE"],
        ),
        "postgresql": (
            "SET lock_timeout = '50ms'",
            "SET lock_timeout = 0",
            ["BEGIN", "LOCK TABLE entries_diaryentry IN EXCLUSIVE MODE"],
        ),
    }[connection.vendor]
    other = connection.copy()
    try:
        with other.cursor() as elsewhere, connection.cursor() as here:
            for statement in hold:
                elsewhere.execute(statement)
            here.execute(impatient)
            yield
            here.execute(patient)
            elsewhere.execute("ROLLBACK")
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_a_database_somebody_else_writes_to_asks_to_try_again() -> None:
    ada = build.caller("ada")
    sent = build.new_entry(build.meeting())
    ada.get("/entries")

    with somebody_else_writing():
        response = ada.post("/entries", sent, Idempotency_Key="k")

        assert response.status_code == 503
        assert response["Retry-After"] == "2"
        assert response["Content-Type"] == "application/problem+json"
        assert ada.get("/entries").status_code == 200, "reading goes on"
    assert ada.post("/entries", sent, Idempotency_Key="k").status_code == 201


def locked(*_: Any, **__: Any) -> None:
    """Stand for a database that does not answer."""
    raise OperationalError("database is locked")


def test_a_database_that_cannot_say_who_calls_asks_to_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada = build.caller("ada")
    monkeypatch.setattr(tokens, "who", locked)

    assert ada.get("/entries").status_code == 503


def test_a_mistake_of_ours_is_a_problem_without_its_inside(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ada = build.caller("ada")
    token = ada.token

    def breaks(*_: Any) -> None:
        raise KeyError("the inside")

    monkeypatch.setattr(reading, "visible_to", breaks)
    client = Client(raise_request_exception=False)
    response = client.get("/api/v1/entries", headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert "inside" not in response.content.decode()
    assert "the inside" in caplog.text
    assert token not in caplog.text


def test_a_session_of_the_pages_opens_nothing_here() -> None:
    person = build.someone("ada")
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get("/api/v1/entries").status_code == 401


def test_what_may_not_be_seen_is_told_in_the_words_for_what_is_not_there() -> None:
    ada = build.caller("ada")

    missing = [ada.get(path) for path in ("/entries/999", "/people/999/mail-account")]

    assert {answer.content for answer in missing} == {ada.get("/service-organiser").content}


def test_answers_are_kept_by_no_cache() -> None:
    ada = build.caller("ada")

    for path in ("/entries", f"/people/{ada.id}", "/entries/999"):
        assert "no-store" in ada.get(path)["Cache-Control"]


def test_head_is_get_without_content() -> None:
    ada = build.caller("ada")
    got = ada.get("/entries")

    response = ada.call("HEAD", "/entries")

    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == str(len(got.content))


def test_health_is_good_while_a_worker_shows_itself() -> None:
    now = timezone.now()
    WorkerBeat.objects.create(worker="a", started_at=now, seen_at=now - timedelta(seconds=20))

    response = Client().get("/healthz")

    assert response.status_code == 200
    assert read(response) == {
        "healthy": True,
        "parts": {"web": "up", "database": "up", "worker": "up"},
    }


@pytest.mark.parametrize("silent", [None, timedelta(seconds=31)])
def test_health_is_bad_when_no_worker_shows_itself(silent: timedelta | None) -> None:
    if silent is not None:
        seen_at = timezone.now() - silent
        WorkerBeat.objects.create(worker="a", started_at=seen_at, seen_at=seen_at)

    response = Client().get("/healthz")

    assert response.status_code == 503
    assert read(response)["parts"]["worker"] == "down"


def test_health_is_bad_when_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WorkerBeat.objects, "aggregate", locked)

    response = Client().get("/healthz")

    assert response.status_code == 503
    assert read(response)["parts"] == {"web": "up", "database": "down", "worker": "unknown"}
