"""What is over is left alone, and nobody is told that all is well where a copy was left behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.entries.build import TODAY, a_person, a_type, an_entry, at, calendars
from tests.sync.firm import Firm
from tests.sync.promises import check_end
from tests.sync.world import World, to, value

from daybook.couriers.courier import Refused
from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, CalendarState, LogLine, Parcel
from daybook.people.models import Person
from daybook.sync import deliveries, explain, repair
from daybook.sync.sentences import state_sentence

pytestmark = pytest.mark.django_db

NOT_TAKEN = Refused("message_refused", "554 5.7.1 no")
BEN = "ben@firm.example"
YESTERDAY = at(10, day=TODAY - timedelta(days=1))


@pytest.fixture
def ada() -> Person:
    return a_person("Ada", sends=True)


@pytest.fixture
def entry(ada: Person) -> DiaryEntry:
    """An entry of today for Ben alone, made by Ada."""
    return an_entry(a_person("Ben"), creator=ada)


@pytest.fixture
def world(entry: DiaryEntry) -> World:
    """Ben has the entry."""
    world = World()
    world.run()
    return world


def edit(entry: DiaryEntry, ada: Person, world: World, **changes: object) -> None:
    changing.change(entry.pk, EntryChanges(**changes), by=ada, now=world.now)  # type: ignore[arg-type]


def take_away_in_vain(entry: DiaryEntry, ada: Person, world: World) -> LogLine:
    """Let a server refuse to take the entry out of Ben's calendar."""
    world.script(NOT_TAKEN)
    edit(entry, ada, world, type_id=a_type("Meeting", synchronise=False).pk)
    world.run()
    return LogLine.objects.get(method="CANCEL")


def shown(entry: DiaryEntry, world: World) -> tuple[str, str]:
    """Return state and reason of Ben's calendar on the entry's page."""
    entry.refresh_from_db()
    found = next(row for row in explain.calendars(entry, world.now) if row.address == BEN)
    return found.state, found.reason


def test_nobody_can_resend_what_is_over(ada: Person, world: World) -> None:
    world.wait(days=1)
    line = LogLine.objects.get()

    with pytest.raises(deliveries.CannotResend, match="The entry is over"):
        deliveries.resend(line.pk, by=ada, now=world.now)

    assert deliveries.refusals([line], by=ada, now=world.now) == {line.pk: deliveries.OVER.sentence}
    assert world.run() == []


def test_before_it_is_over_the_same_message_may_go_again(ada: Person, world: World) -> None:
    line = LogLine.objects.get()

    assert deliveries.refusals([line], by=ada, now=world.now) == {line.pk: ""}
    deliveries.resend(line.pk, by=ada, now=world.now)

    assert to(world.run()) == [BEN]


def test_what_could_not_be_taken_away_goes_on_saying_so_when_the_entry_is_over(
    ada: Person, entry: DiaryEntry, world: World
) -> None:
    line = take_away_in_vain(entry, ada, world)
    world.wait(days=1)

    with pytest.raises(deliveries.CannotResend, match="The entry is over"):
        deliveries.resend(line.pk, by=ada, now=world.now)

    assert world.run() == []
    line.refresh_from_db()
    assert (line.state, line.reason) == (CalendarState.WITHDRAWN, "message_refused")
    assert "may still be in this calendar" in state_sentence(CalendarState(line.state), line.reason)
    assert shown(entry, world) == (CalendarState.WITHDRAWN, "message_refused")


def test_what_could_not_be_taken_away_goes_on_saying_so_when_the_entry_is_changed(
    ada: Person, entry: DiaryEntry, world: World
) -> None:
    take_away_in_vain(entry, ada, world)

    edit(entry, ada, world, title="Another")

    assert world.run() == []
    assert calendars(entry)[BEN].reason == "message_refused"
    assert shown(entry, world) == (CalendarState.WITHDRAWN, "message_refused")


def test_a_refused_removal_goes_again_when_somebody_asks(
    ada: Person, entry: DiaryEntry, world: World
) -> None:
    line = take_away_in_vain(entry, ada, world)

    deliveries.resend(line.pk, by=ada, now=world.now)

    assert [value(mail, "METHOD") for mail in world.run()] == ["CANCEL"]
    assert calendars(entry)[BEN].told is None
    assert shown(entry, world) == (CalendarState.WITHDRAWN, "type_not_synchronised")
    assert repair.repair(world.now) == 0


def test_a_removal_for_which_the_entry_was_over_too_soon_leaves_what_the_calendar_holds(
    ada: Person, entry: DiaryEntry, world: World
) -> None:
    line = take_away_in_vain(entry, ada, world)
    deliveries.resend(line.pk, by=ada, now=world.now)

    assert world.run(days=1) == []

    line.refresh_from_db()
    assert (line.state, line.reason) == (CalendarState.NOT_SENT, "over")
    assert line.server_reply == NOT_TAKEN.reply
    assert shown(entry, world) == (CalendarState.SENT, "over")
    assert repair.repair(world.now) == 0


def test_what_was_sent_stays_sent_if_the_entry_is_over_before_it_goes_again(
    ada: Person, entry: DiaryEntry, world: World
) -> None:
    line = LogLine.objects.get()
    deliveries.resend(line.pk, by=ada, now=world.now)

    assert world.run(days=1) == []

    line.refresh_from_db()
    assert (line.state, line.reason) == (CalendarState.SENT, "")
    assert shown(entry, world) == (CalendarState.SENT, "over")


def test_a_removal_goes_again_while_the_calendar_shows_a_time_still_to_come(
    ada: Person, entry: DiaryEntry, world: World
) -> None:
    world.script(NOT_TAKEN, NOT_TAKEN)
    edit(entry, ada, world, span=YESTERDAY)
    world.run()
    edit(entry, ada, world, type_id=a_type("Meeting", synchronise=False).pk)
    world.run()

    deliveries.resend(LogLine.objects.get(method="CANCEL").pk, by=ada, now=world.now)

    assert [value(mail, "METHOD") for mail in world.run()] == ["CANCEL"]


def test_what_is_wanted_again_after_a_refused_removal_was_asked_for_needs_no_mail(
    ada: Person, entry: DiaryEntry, world: World
) -> None:
    kind = entry.type_id
    line = take_away_in_vain(entry, ada, world)
    deliveries.resend(line.pk, by=ada, now=world.now)
    edit(entry, ada, world, type_id=kind)

    assert world.run() == []
    assert shown(entry, world) == (CalendarState.SENT, "")


def test_problems_that_are_over_are_not_offered_to_be_resent(
    ada: Person, entry: DiaryEntry
) -> None:
    ben = entry.assignments.get().person
    world = World([NOT_TAKEN])
    world.run()
    assert deliveries.problems_of(ben.pk, world.now).count() == 1

    world.wait(days=1)

    assert deliveries.problems_of(ben.pk, world.now).count() == 0
    assert deliveries.resend_problems(ben.pk, by=ben, now=world.now) == deliveries.Resent(0, 0)


def test_the_log_is_shown_though_one_last_word_cannot_be_read(ada: Person, world: World) -> None:
    Calendar.objects.update(told_by=None, remembered={"not": "a snapshot"})
    world.wait(days=1)
    line = LogLine.objects.get()

    assert deliveries.refusals([line], by=ada, now=world.now) == {line.pk: ""}


def test_a_copy_nobody_takes_away_of_an_entry_that_was_moved_into_the_past_is_no_secret() -> None:
    """Ben sends, so his own copy is a file; it is moved, retyped, refused and asked for again."""
    firm = Firm()
    entry = firm.save("dan", "ben")
    firm.switch_type("meeting", synchronise=False)
    firm.run(minutes=10)
    firm.post.meanwhile = lambda: firm.edit(entry, kind="meeting")
    firm.crash_at("written")
    firm.post.fates = ["refused", "message refused"]
    firm.edit(entry, span="past")
    firm.run(minutes=3)
    firm.run(minutes=6)
    firm.act("restore", entry)
    assert Parcel.objects.filter(method="NOTICE", state="refused").exists()

    firm.resend(LogLine.objects.latest("pk"))

    firm.finish()
    check_end(firm)
    assert firm.post.mailboxes[BEN].holds == {}
