"""Accounts are served in turns, however often something is due again at some of them."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from datetime import timedelta
from typing import Any

import pytest
from tests.entries.build import NOW, a_person, an_entry

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
        *_serve, account_id = arguments
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
