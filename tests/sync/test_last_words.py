"""What a calendar was told last is kept once: with the message that told it, if there is one."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.entries.build import a_person, an_entry
from tests.sync.world import World

from daybook.couriers.courier import Refused, TryLater
from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger import told
from daybook.ledger.models import Body, Calendar, Contents, Parcel
from daybook.people.models import Person

pytestmark = pytest.mark.django_db


def bens(world: World) -> tuple[Person, DiaryEntry]:
    """Return Ada and her entry for Ben, which has been sent."""
    ada = a_person("Ada", sends=True)
    entry = an_entry(a_person("Ben"), creator=ada, title="Survey", now=world.now)
    world.run()
    return ada, entry


def rename(entry: DiaryEntry, ada: Person, world: World) -> None:
    changing.change(entry.pk, EntryChanges(title="New words"), by=ada, now=world.now)


def last_words() -> tuple[str | None, int | None, bool]:
    """Return the title the only calendar shows, the parcel it was told by, and if it has a copy."""
    row = Calendar.objects.get()
    return row.told["title"] if row.told else None, row.told_by, row.remembered is not None


def test_a_calendar_names_the_message_that_told_it() -> None:
    world = World()
    ada, entry = bens(world)
    assert last_words() == ("Survey", Parcel.objects.get().pk, False)

    rename(entry, ada, world)
    world.run()

    assert last_words() == ("New words", Parcel.objects.latest("pk").pk, False)


def test_one_that_was_told_to_let_go_names_none() -> None:
    world = World()
    ada, entry = bens(world)

    changing.delete(entry.pk, by=ada, now=world.now)
    world.run()

    assert last_words() == (None, None, False)


def test_where_nobody_knows_whether_a_message_arrived_both_words_are_kept() -> None:
    world = World()
    ada, entry = bens(world)
    world.script(TryLater("connection_lost", uncertain=True), Refused("refused", "550 no"))

    rename(entry, ada, world)
    world.run(hours=1)
    world.run(hours=1)

    assert last_words() == ("New words", None, True)
    (before,) = Calendar.objects.get().doubts
    assert before["title"] == "Survey"


def test_what_an_older_version_kept_goes_when_something_else_is_told() -> None:
    world = World()
    ada, entry = bens(world)
    Calendar.objects.update(told_by=None, remembered=Calendar.objects.get().told)
    assert last_words() == ("Survey", None, True)
    assert world.run() == []

    rename(entry, ada, world)
    world.run()

    assert last_words() == ("New words", Parcel.objects.latest("pk").pk, False)


def test_what_everybody_is_told_alike_is_kept_once() -> None:
    world = World()
    ada = a_person("Ada", sends=True)
    an_entry(a_person("Ben"), a_person("Cleo"), creator=ada, title="Survey", now=world.now)
    world.run()

    words = Body.objects.get().words or {}
    assert words["title"] == "Survey"
    own = [row.own or {} for row in Contents.objects.all()]
    assert [list(each) for each in own] == [["recipient"], ["recipient"]]
    shown = [row.told or {} for row in Calendar.objects.order_by("pk")]
    assert [(each["title"], each["recipient"][1]) for each in shown] == [
        ("Survey", "Ben Firm"),
        ("Survey", "Cleo Firm"),
    ]


def test_what_an_older_version_kept_with_each_message_is_read_as_well() -> None:
    world = World()
    ada = a_person("Ada", sends=True)
    an_entry(a_person("Ben"), a_person("Cleo"), creator=ada, title="Survey", now=world.now)
    world.run()
    before = [row.told for row in Calendar.objects.order_by("pk")]
    for parcel in Parcel.objects.all():
        Contents.objects.filter(pk=parcel.pk).update(own=parcel.told)
    Body.objects.update(words=None)

    assert [row.told for row in Calendar.objects.order_by("pk")] == before
    assert world.run() == []


def test_the_last_words_of_any_number_of_calendars_are_one_statement() -> None:
    world = World()
    ada = a_person("Ada", sends=True)
    an_entry(*(a_person(f"Guest{number}") for number in range(5)), creator=ada, now=world.now)
    world.run()
    calendars = list(Calendar.objects.all())

    with CaptureQueriesContext(connection) as asked:
        told.fetch(calendars)
        assert all(calendar.told for calendar in calendars)

    assert len(asked) == 1
