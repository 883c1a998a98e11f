"""Types of entries: who may change them, and how a switch reaches all calendars at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from tests.entries.build import (
    NOW,
    TODAY,
    a_person,
    a_type,
    an_administrator,
    an_entry,
    at,
    calendars,
    due_addresses,
    told,
)

from daybook.entries import changing, types
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntryType
from daybook.entries.types import TypeChanges
from daybook.ledger.models import Calendar
from daybook.people.faults import InvalidInput, NotAllowed, Stale
from daybook.people.models import AuditLine, Person

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
ON, OFF = TypeChanges(synchronise=True), TypeChanges(synchronise=False)
ADA, BEN = "ada@firm.example", "ben@firm.example"


@pytest.fixture
def root() -> Person:
    return an_administrator()


def test_a_new_type_synchronises_nothing_until_somebody_says_so(root: Person) -> None:
    kind = types.create_type(TypeChanges(name=" Site visit "), by=root)

    assert (kind.name, kind.synchronise, kind.disclosure) == ("Site visit", False, "full")
    line = AuditLine.objects.get(what="type_created")
    assert (line.by_id, line.about) == (root.pk, "Site visit")


def test_only_administrators_change_types(root: Person) -> None:
    kind, ada = a_type(), a_person("Ada")

    with pytest.raises(NotAllowed):
        types.create_type(TypeChanges(name="Mine"), by=ada)
    with pytest.raises(NotAllowed):
        types.change_type(kind.pk, OFF, by=ada, now=LATER)
    with pytest.raises(NotAllowed):
        types.delete_type(kind.pk, by=ada)

    assert DiaryEntryType.objects.get().synchronise


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        ({"name": ""}, ("name", "missing")),
        ({"name": "x" * 81}, ("name", "too_long")),
        ({"name": "Call\nBack"}, ("name", "not_one_line")),
        ({"name": "site VISIT"}, ("name", "name_taken")),
        ({"name": "ÜBERGABE"}, ("name", "name_taken")),
        ({"colour": "mauve"}, ("colour", "not_a_choice")),
        ({"disclosure": "none"}, ("disclosure", "not_a_choice")),
    ],
)
def test_bad_input_names_its_field_and_changes_nothing(
    root: Person, bad: dict[str, Any], fault: tuple[str, str]
) -> None:
    a_type("Site visit")
    a_type("Übergabe")
    kind = a_type("Call")

    with pytest.raises(InvalidInput) as refusal:
        types.change_type(kind.pk, TypeChanges(**bad), by=root, now=LATER)

    assert [(found.field, found.code) for found in refusal.value.faults] == [fault]
    kind.refresh_from_db()
    assert (kind.name, kind.revision) == ("Call", 1)


def test_a_type_may_change_the_letters_of_its_own_name(root: Person) -> None:
    kind = types.change_type(a_type("call").pk, TypeChanges(name="Call"), by=root, now=LATER)

    assert (kind.name, kind.revision) == ("Call", 2)


def test_a_stale_revision_is_refused(root: Person) -> None:
    kind = types.change_type(a_type().pk, TypeChanges(colour="red"), by=root, now=LATER)

    with pytest.raises(Stale) as stale:
        types.change_type(kind.pk, TypeChanges(colour="blue"), by=root, now=LATER, expected=1)

    assert stale.value.current == 2


def test_only_a_type_without_entries_can_be_deleted(root: Person) -> None:
    used, unused = an_entry(a_person("Ada")).type, a_type("Never used")

    types.delete_type(unused.pk, by=root)
    with pytest.raises(InvalidInput) as refusal:
        types.delete_type(used.pk, by=root)

    assert refusal.value.faults[0].code == "in_use"
    assert list(DiaryEntryType.objects.all()) == [used]
    assert AuditLine.objects.filter(what="type_deleted").count() == 1


@pytest.mark.parametrize("switch", [OFF, TypeChanges(disclosure="busy")])
def test_a_switch_reaches_calendars_of_entries_that_are_to_come(
    root: Person, switch: TypeChanges
) -> None:
    ada, ben = a_person("Ada"), a_person("Ben")
    coming, other = an_entry(ada), an_entry(ben, kind=a_type("Other"))
    over = an_entry(ben, span=at(9, day=TODAY - timedelta(days=2)))
    told(coming, other, over)

    types.change_type(coming.type_id, switch, by=root, now=LATER)

    assert due_addresses([coming, other, over]) == {ADA}
    assert calendars(coming)[ADA].bulk


def test_a_colour_or_name_mails_nobody(root: Person) -> None:
    entry = an_entry(a_person("Ada"))
    told(entry)

    types.change_type(entry.type_id, TypeChanges(name="New", colour="red"), by=root, now=LATER)

    assert due_addresses(entry) == set()


def test_a_switch_takes_back_a_future_the_entry_no_longer_has(root: Person) -> None:
    """Moved into the past, and not told yet: calendars still show the future one."""
    ada = a_person("Ada")
    entry = an_entry(ada)
    told(entry)
    past = at(9, day=TODAY - timedelta(days=2))
    changing.change(entry.pk, EntryChanges(span=past), by=ada, now=LATER)
    mark = calendars(entry)[ADA].mark

    types.change_type(entry.type_id, OFF, by=root, now=LATER)

    assert calendars(entry)[ADA].mark == mark + 1


@pytest.mark.parametrize("synchronised", [True, False])
def test_left_calendars_stay_as_they_are_until_the_entry_is_edited(
    root: Person, synchronised: bool
) -> None:
    ada = a_person("Ada")
    entry = an_entry(ada, kind=a_type(synchronise=synchronised))
    told(entry)
    switch = TypeChanges(synchronise=not synchronised)

    types.change_type(entry.type_id, switch, by=root, now=LATER, effect="leave")

    row = calendars(entry)[ADA]
    assert (row.released_at, row.released_by, row.due_at) == (LATER, root.pk, None)
    changing.change(entry.pk, EntryChanges(title="Edited"), by=ada, now=LATER)
    row = calendars(entry)[ADA]
    assert row.released_at is None
    assert row.due_at is not None


def test_left_calendars_follow_when_the_switch_moves_again(root: Person) -> None:
    entry = an_entry(a_person("Ada"))
    told(entry)
    types.change_type(entry.type_id, OFF, by=root, now=LATER, effect="leave")

    types.change_type(entry.type_id, ON, by=root, now=LATER)

    assert calendars(entry)[ADA].released_at is None
    assert due_addresses(entry) == {ADA}


def test_leaving_also_holds_for_calendars_that_were_never_told(root: Person) -> None:
    entry = an_entry(a_person("Ada"), kind=a_type(synchronise=False))
    Calendar.objects.update(due_at=None, due_by=None, state="not_sent")

    types.change_type(entry.type_id, ON, by=root, now=LATER, effect="leave")

    assert calendars(entry)[ADA].released_at == LATER


@pytest.mark.parametrize("effect", ["apply", "leave"])
def test_any_number_of_calendars_follow_in_one_update(
    root: Person, effect: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    kind = a_type()
    team = [a_person(f"P{number}") for number in range(20)]
    entries = [an_entry(*team) for _ in range(15)]
    told(*entries)

    with django_assert_num_queries(8) as asked:
        types.change_type(kind.pk, OFF, by=root, now=LATER, effect=effect)

    updates = [q["sql"] for q in asked.captured_queries if "UPDATE" in q["sql"][:8]]
    assert sum("ledger_calendar" in sql for sql in updates) == 1
    reached = {"due_at__isnull": False} if effect == "apply" else {"released_at": LATER}
    assert Calendar.objects.filter(**reached).count() == 300
