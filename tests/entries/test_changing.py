"""Making and changing entries: who may, what is written, and which calendars hear of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries
from tests.entries.build import (
    NOW,
    a_person,
    a_type,
    an_administrator,
    an_entry,
    at,
    calendars,
    due_addresses,
    told,
)

from daybook.calendaring.event import State
from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.ledger.models import Calendar, UidCounter
from daybook.people.faults import InvalidInput, NotAllowed, Stale
from daybook.people.models import Person

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
ADA, BEN, CLEO = (f"{name}@firm.example" for name in ("ada", "ben", "cleo"))


@pytest.fixture
def ada() -> Person:
    return a_person("Ada")


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


@pytest.fixture
def cleo() -> Person:
    return a_person("Cleo")


def sequence(entry: DiaryEntry) -> int:
    return UidCounter.objects.get(uid=entry.uid).sequence


def people(entry: DiaryEntry) -> list[int]:
    return list(entry.assignments.values_list("person_id", flat=True))


def test_a_new_entry_has_a_due_calendar_for_everybody_on_it(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)

    rows = calendars(entry)
    assert set(rows) == {ADA, BEN}
    assert all(row.due_at == NOW + timedelta(seconds=15) for row in rows.values())
    assert all(row.starts_at == entry.starts_at for row in rows.values())
    assert (sequence(entry), entry.revision, people(entry)) == (0, 1, [ada.pk, ben.pk])


def test_a_row_is_kept_whether_or_not_the_type_synchronises(ada: Person) -> None:
    entry = an_entry(ada, kind=a_type("Private", synchronise=False))

    assert set(calendars(entry)) == {ADA}


def test_somebody_without_an_address_has_no_calendar(ada: Person) -> None:
    entry = an_entry(ada, a_person("Dan", email="", syncs=False))

    assert set(calendars(entry)) == {ADA}
    assert len(people(entry)) == 2


def test_two_people_at_one_address_share_a_calendar() -> None:
    entry = an_entry(
        a_person("Ada", email="office@firm.example"),
        a_person("Ben", email="Office@Firm.example", syncs=False),
    )

    assert set(calendars(entry)) == {"office@firm.example"}


def test_uids_are_new_each_time_and_name_no_machine(ada: Person) -> None:
    first, second = an_entry(ada), an_entry(ada)

    assert first.uid != second.uid
    assert first.uid.endswith("@daybook.invalid")
    assert not first.uid.startswith("040000008200E00074C5B7101A82E008")


def test_the_order_of_people_is_kept_and_repeats_are_merged(ada: Person, ben: Person) -> None:
    entry = an_entry(ben, ada, ben)

    assert people(entry) == [ben.pk, ada.pk]


def test_moving_tells_everybody_and_counts_once_until_it_is_told(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    told(entry)

    for hour in (11, 12):
        entry = changing.change(entry.pk, EntryChanges(span=at(hour)), by=ada, now=LATER)

    assert due_addresses(entry) == {ADA, BEN}
    assert {row.starts_at for row in calendars(entry).values()} == {entry.starts_at}
    assert (sequence(entry), entry.revision) == (1, 3)
    assert (entry.changed_at, entry.changed_by) == (LATER, ada)


def test_reassigning_marks_who_leaves_who_comes_and_who_stays(
    ada: Person, ben: Person, cleo: Person
) -> None:
    entry = an_entry(ada, ben)
    told(entry)

    changing.change(entry.pk, EntryChanges(assigned=[ada.pk, cleo.pk]), by=ada, now=LATER)

    assert due_addresses(entry) == {ADA, BEN, CLEO}
    assert people(entry) == [ada.pk, cleo.pk]
    assert calendars(entry)[BEN].told is not None


def test_another_order_of_the_same_people_mails_nobody(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    told(entry)

    changed = changing.change(entry.pk, EntryChanges(assigned=[ben.pk, ada.pk]), by=ada, now=LATER)

    assert (people(entry), changed.revision) == ([ben.pk, ada.pk], 2)
    assert due_addresses(entry) == set()


def test_saving_without_a_change_writes_and_marks_nothing(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    told(entry)
    same = EntryChanges(
        type_id=entry.type_id,
        title=" Demo ",
        notes="",
        location="",
        span=entry.span,
        assigned=[ada.pk, ben.pk],
    )

    after = changing.change(entry.pk, same, by=ben, now=LATER)

    assert (after.revision, after.changed_at) == (1, NOW)
    assert due_addresses(entry) == set()
    assert sequence(entry) == 0


@pytest.mark.parametrize(
    ("kind", "reaches"),
    [
        ({"name": "Survey"}, set()),
        ({"name": "Private", "synchronise": False}, {ADA}),
        ({"name": "Secret", "disclosure": "busy"}, {ADA}),
    ],
)
def test_another_type_is_told_only_if_it_discloses_something_else(
    ada: Person, kind: dict[str, Any], reaches: set[str]
) -> None:
    entry = an_entry(ada)
    told(entry)

    changing.change(entry.pk, EntryChanges(type_id=a_type(**kind).pk), by=ada, now=LATER)

    assert due_addresses(entry) == reaches


def test_completing_mails_nobody(ada: Person) -> None:
    entry = an_entry(ada)
    told(entry)

    done = changing.complete(entry.pk, by=ada, now=LATER)
    again = changing.complete(entry.pk, by=ada, now=LATER)

    assert (done.state, done.state_by, done.state_at) == (State.COMPLETED, ada, LATER)
    assert again.revision == done.revision == 2
    assert due_addresses(entry) == set()


def test_reopening_a_completed_entry_mails_nobody(ada: Person) -> None:
    entry = an_entry(ada)
    told(entry)
    changing.complete(entry.pk, by=ada, now=LATER)

    assert changing.restore(entry.pk, by=ada, now=LATER).state == State.OPEN
    assert due_addresses(entry) == set()


def test_a_cancelled_entry_leaves_calendars_and_comes_back_when_restored(ada: Person) -> None:
    entry = an_entry(ada)
    told(entry)

    cancelled = changing.cancel(entry.pk, by=ada, now=LATER)
    reached = due_addresses(entry)
    told(entry)
    restored = changing.restore(entry.pk, by=ada, now=LATER)

    assert (cancelled.state, reached) == (State.CANCELLED, {ADA})
    assert (restored.state, due_addresses(entry)) == (State.OPEN, {ADA})


def test_a_cancelled_entry_cannot_be_completed(ada: Person) -> None:
    entry = an_entry(ada)
    changing.cancel(entry.pk, by=ada, now=LATER)

    with pytest.raises(InvalidInput) as refusal:
        changing.complete(entry.pk, by=ada, now=LATER)

    assert [fault.code for fault in refusal.value.faults] == ["is_cancelled"]


def test_a_deleted_entry_is_gone_until_it_is_restored(ada: Person) -> None:
    entry = an_entry(ada)
    told(entry)

    changing.delete(entry.pk, by=ada, now=LATER)

    assert due_addresses(entry) == {ADA}
    for verb in (changing.delete, changing.complete, changing.cancel):
        with pytest.raises(DiaryEntry.DoesNotExist):
            verb(entry.pk, by=ada, now=LATER)
    back = changing.restore(entry.pk, by=ada, now=LATER)
    assert (back.deleted_at, back.deleted_by, back.uid) == (None, None, entry.uid)
    assert sequence(entry) == 1, "the counter outlives deleting"


def test_restoring_reaches_an_address_that_changed_while_it_was_deleted(ada: Person) -> None:
    entry = an_entry(ada)
    changing.delete(entry.pk, by=ada, now=LATER)
    Person.objects.filter(pk=ada.pk).update(email="new@firm.example", email_key="new@firm.example")

    changing.restore(entry.pk, by=ada, now=LATER)

    assert due_addresses(entry) == {ADA, "new@firm.example"}


def test_only_creator_assigned_people_and_administrators_may_change_it(
    ada: Person, ben: Person, cleo: Person
) -> None:
    entry = an_entry(ben, creator=ada)

    for person in (ada, ben, an_administrator()):
        changing.change(entry.pk, EntryChanges(title=f"By {person}"), by=person, now=LATER)
    verbs: list[Callable[..., object]] = [
        changing.complete,
        changing.cancel,
        changing.restore,
        changing.delete,
        lambda pk, **who: changing.change(pk, EntryChanges(title="Mine"), **who),
    ]
    for verb in verbs:
        with pytest.raises(NotAllowed, match="You may look at this entry, but"):
            verb(entry.pk, by=cleo, now=LATER)

    entry.refresh_from_db()
    assert (entry.title, entry.revision, entry.state) == ("By Root Firm", 4, State.OPEN)


def test_a_process_keeps_what_no_person_made(ada: Person) -> None:
    made_by_nobody = changing.create(
        EntryChanges(type_id=a_type().pk, title="Import", span=at(9), assigned=[ada.pk]),
        creator=None,
        origin="import",
        now=NOW,
    )

    changing.change(made_by_nobody.pk, EntryChanges(title="Again"), by=None, now=LATER)
    with pytest.raises(NotAllowed):
        changing.delete(an_entry(ada).pk, by=None, now=LATER)


def test_a_stale_revision_changes_nothing_and_says_the_present_one(ada: Person) -> None:
    entry = an_entry(ada)
    changing.change(entry.pk, EntryChanges(title="First"), by=ada, now=LATER, expected=1)
    told(entry)

    with pytest.raises(Stale) as stale:
        changing.change(entry.pk, EntryChanges(title="Second"), by=ada, now=LATER, expected=1)

    assert stale.value.current == 2
    assert DiaryEntry.objects.get().title == "First"
    assert due_addresses(entry) == set()


def test_a_part_of_the_span_is_applied_to_what_is_there_when_the_entry_is_locked(
    ada: Person,
) -> None:
    entry = an_entry(ada, span=at(10))
    later_end = EntryChanges(span=lambda now_there: at(now_there.start.wall.hour, hours=3))  # type: ignore[union-attr]
    changing.change(entry.pk, EntryChanges(span=at(9)), by=ada, now=LATER)

    changed = changing.change(entry.pk, later_end, by=ada, now=LATER)

    assert (changed.start_wall.hour, changed.end_wall.hour) == (9, 12)


BAD: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"title": ""}, ("title", "missing")),
    ({"title": "  "}, ("title", "missing")),
    ({"title": "x" * 201}, ("title", "too_long")),
    ({"title": "Lunch\r\nATTENDEE:mailto:evil@x.test"}, ("title", "not_one_line")),
    ({"title": "Lunch\u2028Supper"}, ("title", "not_one_line")),
    ({"title": "Lunch\x00"}, ("title", "not_one_line")),
    ({"title": "\ud800"}, ("title", "not_one_line")),
    ({"location": "y" * 251}, ("location", "too_long")),
    ({"location": "Here\nThere"}, ("location", "not_one_line")),
    ({"notes": "z" * 20_001}, ("notes", "too_long")),
    ({"notes": "a\x00b"}, ("notes", "not_text")),
    ({"notes": "a\udfffb"}, ("notes", "not_text")),
    ({"type_id": 999_999}, ("type", "unknown")),
    ({"type_id": 2**63}, ("type", "unknown")),
    ({"assigned": [999_999]}, ("assigned", "unknown")),
    ({"assigned": [2**63]}, ("assigned", "unknown")),
    ({"assigned": [-1]}, ("assigned", "unknown")),
    ({"assigned": list(range(1, 202))}, ("assigned", "too_many")),
]


@pytest.mark.parametrize(("bad", "fault"), BAD)
def test_bad_input_names_its_field_and_changes_nothing(
    ada: Person, bad: dict[str, Any], fault: tuple[str, str]
) -> None:
    entry = an_entry(ada)
    told(entry)
    before = DiaryEntry.objects.values().get(), people(entry), list(Calendar.objects.values())

    with pytest.raises(InvalidInput) as refusal:
        changing.change(entry.pk, EntryChanges(**bad), by=ada, now=LATER)
    good: dict[str, Any] = {"type_id": entry.type_id, "title": "New", "span": at(9)}
    with pytest.raises(InvalidInput):
        changing.create(EntryChanges(**good | bad), creator=ada, now=NOW)

    assert [(found.field, found.code) for found in refusal.value.faults] == [fault]
    after = DiaryEntry.objects.values().get(), people(entry), list(Calendar.objects.values())
    assert after == before


def test_every_fault_is_named_at_once(ada: Person) -> None:
    with pytest.raises(InvalidInput) as refusal:
        changing.create(EntryChanges(title="", assigned=[0]), creator=ada, now=NOW)

    assert [fault.field for fault in refusal.value.faults] == ["type", "title", "start", "assigned"]


def test_somebody_who_left_is_not_put_on_an_entry_but_may_stay(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, ben)
    Person.objects.filter(pk=ben.pk).update(is_active=False)

    changing.change(entry.pk, EntryChanges(assigned=[ben.pk]), by=ada, now=LATER)
    with pytest.raises(InvalidInput, match="Ben Firm is not active"):
        an_entry(ada, ben)


def test_notes_keep_their_lines_and_lose_what_nobody_sees(ada: Person) -> None:
    entry = an_entry(
        ada, notes="one\r\ntwo\rthree\u2028four\u2029five\x85six\x0bseven\x0c\tend\x1b\ufffe"
    )

    assert entry.notes == "one\ntwo\nthree\nfour\nfive\nsix\nseven\n\tend"


@pytest.mark.parametrize("size", [1, 5, 25])
def test_verbs_cost_the_same_statements_for_any_number_of_people(
    size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    team = [a_person(f"P{number}") for number in range(size)]
    kind: DiaryEntryType = a_type()
    ids = [person.pk for person in team]
    new = EntryChanges(type_id=kind.pk, title="Team", span=at(10), assigned=ids)
    savepoint = 2  # each verb opens one transaction, here inside the test's

    # PostgreSQL is handed what is inserted beside the entry on one way.
    inserts = 2 if connection.vendor == "postgresql" else 5

    with django_assert_num_queries(1 + inserts + savepoint):
        entry = changing.create(new, creator=team[0], now=NOW)
    with django_assert_num_queries(9 + savepoint):
        changing.change(entry.pk, EntryChanges(span=at(12)), by=team[0], now=LATER)
    stranger = a_person("Stranger")
    with django_assert_num_queries(12 + savepoint):
        changing.change(
            entry.pk, EntryChanges(assigned=[*ids[1:], stranger.pk]), by=team[0], now=LATER
        )
