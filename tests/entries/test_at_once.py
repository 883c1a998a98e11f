"""Two people at the same moment: every test here runs real transactions in two threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from tests.entries.build import NOW, a_person, a_type, an_administrator, an_entry, at, told

from daybook.entries import changing, person_changes
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, UidCounter
from daybook.people.changes import PersonChanges
from daybook.people.faults import Stale

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=5)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run `acts` together and return what each returned, or the exception it raised."""
    ready = Barrier(len(acts), timeout=20)

    def run(act: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            ready.wait()
            return act()
        except Exception as trouble:  # noqa: BLE001 - returned, and looked at by the test
            return trouble
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_of_two_changes_made_on_one_revision_only_one_is_written() -> None:
    ada = a_person("Ada")
    for _ in range(5):
        entry = an_entry(ada)
        told(entry)

        outcomes = at_once(
            *(
                partial(
                    changing.change,
                    entry.pk,
                    EntryChanges(title=title),
                    by=ada,
                    now=LATER,
                    expected=1,
                )
                for title in ("First", "Second")
            )
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DiaryEntry", "Stale"]
        (stale,) = [outcome for outcome in outcomes if isinstance(outcome, Stale)]
        assert stale.current == DiaryEntry.objects.get(pk=entry.pk).revision == 2
        assert UidCounter.objects.get(uid=entry.uid).sequence == 1


def test_two_changes_of_different_parts_both_stay() -> None:
    ada = a_person("Ada")
    entry = an_entry(ada, span=at(10))

    at_once(
        partial(changing.change, entry.pk, EntryChanges(title="New"), by=ada, now=LATER),
        partial(changing.change, entry.pk, EntryChanges(span=at(14)), by=ada, now=LATER),
    )

    entry.refresh_from_db()
    assert (entry.title, entry.start_wall.hour, entry.revision) == ("New", 14, 3)


def test_an_address_changed_while_entries_are_made_misses_none_of_them() -> None:
    root, kind = an_administrator(), a_type()
    for number in range(8):
        ada = a_person(f"Ada{number}")
        new = EntryChanges(type_id=kind.pk, title="Demo", span=at(10), assigned=[ada.pk])
        address = PersonChanges(email=f"new{number}@firm.example")

        outcomes = at_once(
            partial(changing.create, new, creator=ada, now=LATER),
            partial(person_changes.save_person, ada.pk, address, by=root, now=LATER),
        )

        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        entry = DiaryEntry.objects.get(creator=ada)
        keys = set(Calendar.objects.filter(entry_id=entry.pk).values_list("address_key", flat=True))
        assert f"new{number}@firm.example" in keys


def test_reassigning_crosswise_never_deadlocks() -> None:
    ada, ben, root = a_person("Ada"), a_person("Ben"), an_administrator()
    one, other = an_entry(ada), an_entry(ben)

    outcomes = at_once(
        partial(
            changing.change, one.pk, EntryChanges(assigned=[ben.pk, ada.pk]), by=root, now=LATER
        ),
        partial(
            changing.change, other.pk, EntryChanges(assigned=[ada.pk, ben.pk]), by=root, now=LATER
        ),
    )

    assert [type(outcome) for outcome in outcomes] == [DiaryEntry, DiaryEntry]
