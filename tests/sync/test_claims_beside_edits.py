"""A claim looks before it has SQLite's lock: what is edited between is looked at again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from tests.entries.build import a_person, an_entry
from tests.sync.world import World, only_account, value

from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.sync import claiming

pytestmark = pytest.mark.django_db
# Under locks of rows the edit would have waited, and comes as a second mail.
MAILS = 2 if connection.vendor == "postgresql" else 1


def looked(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> list[object]:
    """Do something after the first look and before it is written; return the looks, as they come.

    Where rows are locked that moment is inside the transaction, and nobody else gets there.
    """
    look: Callable[..., Any] = vars(claiming)["_look"]
    looks: list[object] = []

    def looking(*arguments: Any) -> Any:
        batch = look(*arguments)
        looks.append(batch)
        if len(looks) == 1:
            meanwhile()
        return batch

    monkeypatch.setattr(claiming, "_look", looking)
    return looks


def test_what_was_edited_meanwhile_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = a_person("Ada", syncs=False, sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ben, creator=ada, title="Visit", now=world.now)
    world.wait(minutes=2)
    world.outbound.route()
    edit = EntryChanges(title="Moved")
    looks = looked(monkeypatch, lambda: changing.change(entry.pk, edit, by=ada, now=world.now))

    world.outbound.serve(only_account().pk)
    world.run()

    assert len(looks) == 2
    assert value(world.courier.delivered[-1], "SUMMARY") == "Moved"
    assert len(world.courier.delivered) == MAILS


def test_what_nobody_touched_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = a_person("Ada", syncs=False, sends=True), a_person("Ben")
    world = World()
    an_entry(ben, creator=ada, title="Visit", now=world.now)
    world.wait(minutes=2)
    world.outbound.route()
    looks = looked(monkeypatch, lambda: None)

    assert world.outbound.serve(only_account().pk) == 1

    assert len(looks) == 1
