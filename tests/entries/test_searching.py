"""Searching the diary: what is found, in what order, and by whom; the same on both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries
from tests.entries.build import NOW, TODAY, a_person, a_type, an_administrator, an_entry, at

from daybook.entries import changing, matching, person_changes, reading, types, undoing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, EntryWords
from daybook.entries.searching import Results, search
from daybook.entries.types import TypeChanges
from daybook.people.details import PersonChanges
from daybook.people.faults import InvalidInput
from daybook.people.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Person:
    return a_person("Ada")


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


def titles(q: str, person: Person | None = None, now: datetime = NOW) -> list[str]:
    reader = person or Person.objects.order_by("pk")[0]
    results = search(reader, q, now=now, limit=50)
    return [entry.title for entry in (*results.coming, *results.over)]


def ids(results: Results) -> list[int]:
    return [entry.pk for entry in (*results.coming, *results.over)]


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


@pytest.mark.parametrize(
    "q", ["boiler", "BOILER", "boil", "quay", "ring", "site", "visit", "ada", "boil ring ada"]
)
def test_an_entry_is_found_by_all_that_is_known_of_it(ada: Person, q: str) -> None:
    an_entry(ada, title="Boiler survey", location="4 Quay Lane", notes="Ring first.")
    an_entry(a_person("Cleo"), title="Audit", kind=a_type("Call"))

    assert titles(q) == ["Boiler survey"]


@pytest.mark.parametrize("q", ["boiler audit", "oiler", "survey2", "!!!", "_p1", "_t1", "p1"])
def test_it_is_not_found_by_anything_else(ada: Person, q: str) -> None:
    an_entry(ada, title="Boiler survey", location="4 Quay Lane")

    assert titles(q) == []


@pytest.mark.parametrize(
    ("title", "q"),
    [
        ("Café Łódź", "cafe lodz"),
        ("cafe lodz", "CAFÉ ŁÓDŹ"),
        ("Straße", "strasse"),
        ("Ångström Øre", "angstrom ore"),
        ("Résumé", "re\u0301sume\u0301"),
        ("İstanbul", "istanbul"),
        ("Αθήνα", "αθηνα"),
        ("会議の準備", "会議"),
        ("Meeting №5", "no5"),
        ("Don't", "don"),
        ("e-mail: a@b.example", "example"),
        ("Survey/Report (draft)", "report"),
    ],
)
def test_case_accents_and_signs_make_no_difference(ada: Person, title: str, q: str) -> None:
    an_entry(ada, title=title)

    assert titles(q) == [title]


def test_what_is_coming_comes_first_soonest_first_then_what_is_over(ada: Person) -> None:
    for number in (3, -2, 1, -1, 2):
        an_entry(ada, title=f"Demo {number}", span=at(10, day=days(number)))

    assert titles("demo") == ["Demo 1", "Demo 2", "Demo 3", "Demo -1", "Demo -2"]


def test_what_is_going_on_is_still_coming(ada: Person) -> None:
    entry = an_entry(ada, span=at(8))

    found = search(ada, "demo", now=NOW + timedelta(minutes=30), limit=5)

    assert found.coming == [entry]


def test_pages_follow_each_other_without_gap_or_repeat(ada: Person) -> None:
    whole = [an_entry(ada, span=at(10, day=days(n))).pk for n in (1, 1, 2, 3)]
    whole += [an_entry(ada, span=at(10, day=days(n))).pk for n in (-1, -2, -3)]
    for limit in range(1, 9):
        seen: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            page = search(ada, "demo", now=NOW, limit=limit, cursor=cursor)
            assert len(ids(page)) <= limit
            seen += ids(page)
            cursor = page.next
        assert seen == whole, limit


@pytest.mark.parametrize("cursor", ["over.!", "coming.x", "x.eA", "coming.eA", "over." + "A" * 300])
def test_a_cursor_of_another_list_is_refused(ada: Person, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        search(ada, "demo", now=NOW, limit=5, cursor=cursor)


def test_a_new_name_of_a_person_finds_what_is_there_already(ada: Person, ben: Person) -> None:
    an_entry(ben)
    assert titles("ben") == ["Demo"]

    person_changes.save_person(
        ben.pk, PersonChanges(forename="Benjamin", surname="Okafor"), by=None, now=NOW
    )

    assert titles("okafor demo") == ["Demo"]
    assert titles("firm") == []


def test_a_new_name_of_a_type_finds_what_is_there_already(ada: Person) -> None:
    kind = a_type("Site visit")
    an_entry(ada, kind=kind)

    types.change_type(kind.pk, TypeChanges(name="Inspection"), by=an_administrator(), now=NOW)

    assert titles("inspection") == ["Demo"]
    assert titles("site") == []


def test_every_change_is_found_at_once(ada: Person, ben: Person) -> None:
    entry = an_entry(ada, title="Boiler survey")
    call = a_type("Call")
    former = undoing.remember(entry)

    def change(**changes: object) -> DiaryEntry:
        return changing.change(entry.pk, EntryChanges(**changes), by=ada, now=NOW)  # type: ignore[arg-type]

    change(title="Roof survey", type_id=call.pk, location="Quay", notes="Ladder")
    changed = change(assigned=[ada.pk, ben.pk])
    for q in ("roof", "call", "quay", "ladder", "ben"):
        assert titles(q) == ["Roof survey"], q
    for q in ("boiler", "site"):
        assert titles(q) == [], q

    undoing.put_back(entry.pk, former, by=ada, undone=changed.revision, now=NOW)
    assert titles("boiler site") == ["Boiler survey"]
    assert titles("ladder") == titles("ben") == []


def test_what_is_deleted_is_never_found_and_what_is_restored_is(ada: Person) -> None:
    entry = an_entry(ada)

    changing.delete(entry.pk, by=ada, now=NOW)
    assert titles("demo") == []

    changing.restore(entry.pk, by=ada, now=NOW)
    assert titles("demo") == ["Demo"]


def test_what_is_rolled_back_is_found_by_its_former_words(ada: Person) -> None:
    entry = an_entry(ada, title="Boiler survey")
    with transaction.atomic():
        changing.change(entry.pk, EntryChanges(title="Roof survey"), by=ada, now=NOW)
        transaction.set_rollback(True)

    assert titles("boiler") == ["Boiler survey"]
    assert titles("roof") == []


def test_everybody_finds_everything_and_who_left_nothing(ada: Person, ben: Person) -> None:
    an_entry(ada)
    assert titles("demo", ben) == ["Demo"]

    Person.objects.filter(pk=ben.pk).update(is_active=False)
    ben.refresh_from_db()
    assert titles("demo", ben) == []


@pytest.mark.parametrize(
    "q",
    [
        "' OR 1=1--",
        '" OR rowid:*',
        "demo* NOT near(",
        "\x00",
        "%00",
        "%_%",
        "(z+)+$" * 50,
        "x" * 10_000,
        "z " * 5_000,
        "demo & ! | <-> :* 'x'",
        "\\' \\\\",
        "\ud800 ٣ 🦉",
        "{words}: ^demo",
    ],
)
def test_nothing_typed_is_a_command(ada: Person, q: str) -> None:
    an_entry(ada, title="Boiler survey")

    assert titles(q) == []
    assert list(reading.narrowed(reading.visible_to(ada), q=q)) == []


def test_words_as_long_as_notes_are_no_trouble(ada: Person) -> None:
    an_entry(ada, notes="ż" * 19_000)

    assert titles("ż" * 100) == ["Demo"]


def test_many_people_of_one_name_are_one_question(ada: Person) -> None:
    Person.objects.bulk_create(
        Person(username=f"zoe{n}", forename="Zoë", surname=str(n), password="!") for n in range(600)
    )
    last = Person.objects.get(username="zoe599")
    an_entry(ada, last)
    an_entry(ada, title="Audit")

    assert titles("zoe") == ["Demo"]


def test_a_search_costs_the_same_statements_however_much_is_found(
    ada: Person, ben: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for size in (1, 8):
        for number in range(size):
            an_entry(ada, ben, span=at(10, day=days(number + 1)))
            an_entry(ada, ben, span=at(10, day=days(-number - 1)))
        with django_assert_num_queries(6):
            search(ada, "demo", now=NOW, limit=50)


def test_the_words_of_many_are_kept_as_those_of_one(ada: Person) -> None:
    """As the migration keeps them for a diary that was there before."""
    entries = [an_entry(ada, title=f"Demo {number}") for number in range(3)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM entries_entrywords")
    assert titles("demo") == []

    matching.index_all((entry, [ada.pk]) for entry in entries)

    assert len(titles("demo ada")) == 3


def test_entries_of_before_there_was_a_search_are_found_after_the_upgrade(
    ada: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        an_entry(ada, ben, title=f"Old survey {number}")
    written = dict(EntryWords.objects.values_list("entry", "words"))
    EntryWords.objects.all().delete()
    assert titles("survey") == []
    upgrade = import_module("daybook.entries.migrations.0004_words")
    # Five are three lots then, the last of them not full.
    monkeypatch.setattr(upgrade, "ON_EACH", 2)

    upgrade.index_what_is_there(apps, None)

    assert dict(EntryWords.objects.values_list("entry", "words")) == written
    assert sorted(titles("surv ben")) == [f"Old survey {number}" for number in range(5)]
