"""Accounts are served in turns, however often something is due again at some of them."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.entries.build import NOW, a_person, an_entry, at

from daybook.people.models import MailAccount
from daybook.sync import rounds
from daybook.sync.models import WorkerBeat
from daybook.sync.outbound import Outbound
from daybook.sync.rounds import Worker


class Hands(Executor):
    """Is done with every account at once, and leaves all that is due as it was."""

    def __init__(self) -> None:
        self.served: list[int] = []

    def submit(self, _: Any, /, *arguments: Any, **__: Any) -> Future[Any]:
        [account_id] = arguments
        self.served.append(account_id)
        done: Future[Any] = Future()
        done.set_result(0)
        return done


@pytest.mark.django_db
def test_no_account_waits_for_others_where_something_is_due_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounds, "ACCOUNTS_AT_ONCE", 2)
    ben = a_person("Ben")
    for name in ("Ada", "Cleo", "Dora", "Emil", "Finn"):
        an_entry(ben, creator=a_person(name, sends=True))
    later = NOW + timedelta(minutes=5)
    worker = Worker(outbound=Outbound(now=lambda: later), name="here")
    WorkerBeat.objects.create(worker="here", started_at=later, seen_at=later)
    hands, serving = Hands(), dict[int, Future[int]]()

    for _ in range(5):
        worker._round(hands, serving)

    accounts = list(MailAccount.objects.order_by("pk").values_list("pk", flat=True))
    assert hands.served == accounts * 2


class UntilItWaits(threading.Event):
    """Asks a worker to stop as soon as it would rather wait."""

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - as the real one is called
        self.set()
        return True


@pytest.mark.django_db
def test_what_goes_wrong_at_an_account_is_not_tried_again_at_once() -> None:
    now, stopping, tried = datetime.now(UTC), UntilItWaits(), list[str]()
    ada, soon = a_person("Ada", sends=True), at(9, day=now.date() + timedelta(days=9))
    an_entry(a_person("Ben"), creator=ada, span=soon, now=now - timedelta(hours=1))

    def a_full_disk(point: str) -> None:
        tried.append(point)
        if len(tried) == 100:
            stopping.set()
        raise OSError("No space left on device")

    worker = Worker(outbound=Outbound(passing=a_full_disk), stopping=stopping, name="here")
    WorkerBeat.objects.create(worker="here", started_at=now, seen_at=now)
    with ThreadPoolExecutor(1) as pool:
        worker._loop(pool)

    assert len(tried) == 1
