"""What mail servers answer, and what becomes of a mail then."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.entries.build import TODAY, a_person, an_administrator, an_entry, at, calendars
from tests.sync.world import World, attempted, only_account, to, value

from daybook.couriers.courier import Accepted, AccountTrouble, Refused, TryLater
from daybook.entries import changing, handing_over, person_changes
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, CalendarState, LogLine, Parcel, ParcelState
from daybook.people.accounts import AccountInput
from daybook.people.changes import PersonChanges
from daybook.people.models import MailAccount, Person
from daybook.sync import repair

pytestmark = pytest.mark.django_db

DEFERRED = TryLater("deferred", "451 4.7.1 try again later")
LOST = TryLater("connection_lost", uncertain=True)
REFUSED = Refused("recipient_refused", "550 5.1.1 no such user")
NO_SIGN_IN = AccountTrouble("sign_in_refused", "535 5.7.8 no")
OK = Accepted("250 Ok")
BEN = "ben@firm.example"
SPRING = at(10, day=TODAY + timedelta(days=120))
ACCOUNT = AccountInput("smtp.firm.example", 587, "starttls", "ada", "secret")


def bens(title: str = "Demo") -> tuple[Person, DiaryEntry]:
    """Return Ada, who organises and is not on it, and an entry of today for Ben alone."""
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    return ada, an_entry(ben, creator=ada, title=title)


def bens_in_spring(title: str = "Demo") -> tuple[Person, DiaryEntry]:
    """Return what `bens` does, with an entry months ahead."""
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    return ada, an_entry(ben, creator=ada, title=title, span=SPRING)


def edit(entry: DiaryEntry, by: Person, world: World, **changes: object) -> None:
    wanted = EntryChanges(**changes)  # type: ignore[arg-type]
    changing.change(entry.pk, wanted, by=by, now=world.now)


# A mail that may go later.


def test_a_deferred_mail_goes_again_after_growing_waits() -> None:
    bens_in_spring()
    world = World([DEFERRED] * 9)
    world.run()
    tries = [world.now]
    while len(tries) < 10:
        world.now = Calendar.objects.get().due_at or world.now
        world.run(seconds=0)
        tries.append(world.now)

    waits = [(late - early) / timedelta(minutes=1) for early, late in pairwise(tries)]
    for wait, meant in zip(waits, [1, 5, 15, 30, 60, 120, 240, 240, 240], strict=True):
        assert 0.9 * meant <= wait <= 1.1 * meant
    assert len({mail.data for mail in attempted(world)}) == 1
    assert Calendar.objects.get().state == CalendarState.SENT


def test_a_mail_is_given_up_after_five_days_and_enough_tries() -> None:
    _, entry = bens_in_spring()
    world = World([DEFERRED] * 100)
    world.run()
    started = world.now
    while (due := Calendar.objects.get().due_at) is not None:
        world.now = max(due, world.now)
        world.run(seconds=0)

    row = calendars(entry)[BEN]
    assert timedelta(days=5) <= world.now - started < timedelta(days=5, hours=5)
    assert (row.state, row.reason) == (CalendarState.PROBLEM, "given_up")


def test_a_clock_that_jumps_ahead_gives_nothing_up() -> None:
    _, entry = bens_in_spring()
    world = World([DEFERRED, DEFERRED])
    world.run()
    world.run(days=6)

    assert calendars(entry)[BEN].state == CalendarState.WAITING


def test_trouble_with_one_mail_does_not_keep_the_others_of_its_batch() -> None:
    ada, ben, dan = a_person("Ada", sends=True), a_person("Ben"), a_person("Dan")
    an_entry(ben, dan, creator=ada)
    world = World([DEFERRED])

    assert to(world.run()) == [dan.email]


def test_a_dead_server_is_asked_once_and_then_rests() -> None:
    ada, ben, dan = a_person("Ada", sends=True), a_person("Ben"), a_person("Dan")
    an_entry(ben, dan, creator=ada)
    world = World([TryLater("unreachable")])

    assert world.run() == []
    assert [len(batch) for batch in world.courier.batches] == [1]
    assert only_account().next_try_at is not None
    assert sorted(to(world.run(minutes=2))) == [BEN, dan.email]


# A mail that will never go.


def test_a_refused_invitation_goes_again_when_its_words_change() -> None:
    ada, entry = bens()
    world = World([REFUSED])
    world.run()
    assert calendars(entry)[BEN].state == CalendarState.PROBLEM
    edit(entry, ada, world, title="Another")

    assert to(world.run()) == [BEN]


def test_a_refused_invitation_goes_again_when_the_account_is_set_anew() -> None:
    ada, _ = bens()
    world = World([REFUSED])
    world.run()
    person_changes.set_mail_account(ada, ACCOUNT, by=None, now=world.now)

    assert to(world.run()) == [BEN]


def test_a_refused_invitation_goes_to_the_new_address_of_its_person() -> None:
    _, entry = bens()
    world = World([REFUSED])
    world.run()
    move(entry, "ben@new.example", world)

    mails = world.run()

    assert to(mails) == ["ben@new.example"]
    assert not MailAccount.objects.exclude(held_reason="").exists()


def test_what_was_refused_stays_a_problem_with_its_reason_after_another_thing_was_wanted() -> None:
    ada, entry = bens()
    world = World([OK, REFUSED, REFUSED])
    world.run()
    edit(entry, ada, world, title="Unwelcome")
    world.run()
    edit(entry, ada, world, title="Demo")
    world.run()
    assert calendars(entry)[BEN].state == CalendarState.SENT
    edit(entry, ada, world, title="Unwelcome")
    world.run()

    row = calendars(entry)[BEN]
    assert (row.state, row.reason) == (CalendarState.PROBLEM, "recipient_refused")


def test_a_refused_cancel_is_done_and_says_why() -> None:
    ada, entry = bens()
    world = World([OK, REFUSED])
    world.run()
    changing.delete(entry.pk, by=ada, now=world.now)
    world.run()

    row = calendars(entry)[BEN]
    assert (row.state, row.reason, row.told) == ("withdrawn", "recipient_refused", None)
    assert world.run(hours=1) == []
    assert repair.repair(world.now) == 0


# An account that cannot go on.


def test_an_account_in_trouble_tries_once_and_keeps_its_queue() -> None:
    ada, ben, dan = a_person("Ada", sends=True), a_person("Ben"), a_person("Dan")
    an_entry(ben, dan, creator=ada, span=SPRING)
    world = World([NO_SIGN_IN])
    world.run()

    assert world.run(hours=3) == []
    assert len(attempted(world)) == 1
    assert only_account().held_reason == "sign_in_refused"
    person_changes.set_mail_account(ada, ACCOUNT, by=None, now=world.now)
    assert sorted(to(world.run())) == [BEN, dan.email]


def test_a_daily_limit_ends_by_itself() -> None:
    bens_in_spring()
    world = World([AccountTrouble("daily_limit", "550 5.4.5", 24 * 3600)])
    world.run()

    assert world.run(hours=23) == []
    assert to(world.run(hours=1)) == [BEN]
    assert only_account().held_reason == ""


def test_a_sender_that_is_refused_holds_the_account() -> None:
    bens()
    world = World([AccountTrouble("sender_refused", "553 5.7.1")])
    world.run()

    assert world.run(hours=1) == []
    assert only_account().held_reason == "sender_refused"


def test_an_account_in_trouble_does_not_delay_another() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    eve = a_person("Eve", sends=True)
    an_entry(ben, creator=ada, title="Stuck")
    other = an_entry(ben, creator=eve, title="Fine")
    world = World([NO_SIGN_IN])

    assert [value(mail, "SUMMARY") for mail in world.run()] == ["Fine"]
    assert calendars(other)[BEN].state == CalendarState.SENT


# An answer that got lost.


@pytest.mark.parametrize("arrived", [True, False])
def test_after_a_lost_answer_the_same_bytes_go_again(arrived: bool) -> None:
    bens()
    world = World()
    world.script(LOST, arrive=arrived)
    world.run()
    world.run(minutes=5)

    first, second = attempted(world)
    assert first.data == second.data
    assert Calendar.objects.get().state == CalendarState.SENT


def test_after_a_lost_answer_a_changed_plan_is_a_new_version() -> None:
    ada, entry = bens()
    world = World()
    world.script(LOST, arrive=True)
    world.run()
    edit(entry, ada, world, title="Newer")
    world.run()

    old, new = attempted(world)
    assert (value(old, "SEQUENCE"), value(new, "SEQUENCE")) == ("0", "1")
    assert value(new, "SUMMARY") == "Newer"
    assert world.run(hours=2) == []


def test_after_a_lost_answer_a_deletion_is_a_cancel() -> None:
    ada, entry = bens()
    world = World()
    world.script(LOST, arrive=True)
    world.run()
    changing.delete(entry.pk, by=ada, now=world.now)
    world.run()

    assert [value(mail, "METHOD") for mail in attempted(world)] == ["REQUEST", "CANCEL"]


def test_a_doubt_lasts_through_tries_that_surely_failed() -> None:
    ada, entry = bens()
    world = World()
    world.script(LOST, DEFERRED, arrive=True)
    world.run()
    world.run(minutes=10)
    changing.delete(entry.pk, by=ada, now=world.now)

    assert [value(mail, "METHOD") for mail in world.run()] == ["CANCEL"]


def test_going_back_to_words_that_may_have_got_lost_says_them_again() -> None:
    ada, entry = bens(title="First")
    world = World()
    world.script(LOST, DEFERRED, arrive=False)
    world.run()
    edit(entry, ada, world, title="Second")
    world.run()
    edit(entry, ada, world, title="First")

    (mail,) = world.run(minutes=10)

    assert value(mail, "SUMMARY") == "First"


def test_a_cancel_that_may_have_got_lost_is_said_again_after_a_restore_that_did_not_get_out() -> (
    None
):
    ada, entry = bens()
    world = World()
    world.run()
    world.script(LOST, DEFERRED, arrive=False)
    changing.delete(entry.pk, by=ada, now=world.now)
    world.run()
    changing.restore(entry.pk, by=ada, now=world.now)
    world.run()
    changing.delete(entry.pk, by=ada, now=world.now)

    (mail,) = world.run(minutes=10)

    assert value(mail, "METHOD") == "CANCEL"


# A parcel that is not what should be said any more.


def test_an_edit_supersedes_what_has_not_left() -> None:
    ada, entry = bens(title="Old")
    world = World([DEFERRED])
    world.run()
    edit(entry, ada, world, title="New")

    assert [value(mail, "SUMMARY") for mail in world.run(minutes=10)] == ["New"]
    assert set(Parcel.objects.values_list("state", flat=True)) == {"superseded", "sent"}


def test_an_edit_that_is_taken_back_sends_the_first_bytes_at_their_time() -> None:
    ada, entry = bens(title="Same")
    world = World([DEFERRED])
    world.run()
    edit(entry, ada, world, title="Other")
    edit(entry, ada, world, title="Same")
    world.run(minutes=10)

    first, second = attempted(world)
    assert first.data == second.data


def test_a_deleted_entry_nobody_was_told_of_leaves_no_trace() -> None:
    ada, entry = bens()
    world = World([DEFERRED])
    world.run()
    changing.delete(entry.pk, by=ada, now=world.now)

    assert world.run(hours=1) == []
    assert calendars(entry)[BEN].state == CalendarState.NOT_SENT


def test_what_waits_is_dropped_when_the_entry_is_over() -> None:
    _, entry = bens()
    world = World([NO_SIGN_IN])
    world.run()
    world.wait(days=1)
    MailAccount.objects.update(held_reason="")

    assert world.run() == []
    assert Parcel.objects.get().state == ParcelState.DROPPED
    assert calendars(entry)[BEN].reason == "over"
    assert LogLine.objects.filter(reason="over").exists()


# When mails go, and in what order.


def test_an_account_keeps_its_pace_over_any_sixty_seconds() -> None:
    ada = a_person("Ada", sends=True)
    an_entry(*[a_person(f"P{number}") for number in range(7)], creator=ada)
    world = World(per_minute=3)
    world.run()
    counts = [len(world.courier.delivered)]
    for _ in range(4):
        world.run(seconds=30)
        counts.append(len(world.courier.delivered))

    assert counts == [3, 3, 6, 6, 7]


def test_each_edit_starts_the_quiet_period_anew() -> None:
    ada, entry = bens()
    world = World()
    world.run(seconds=10)
    edit(entry, ada, world, title="Still typing")

    assert world.run(seconds=10) == []
    assert to(world.run(seconds=5)) == [BEN]


def test_whoever_goes_on_editing_is_mailed_two_minutes_after_the_first_edit() -> None:
    ada, entry = bens()
    world = World()
    for number in range(11):
        assert world.run(seconds=10) == []
        edit(entry, ada, world, title=f"Take {number}")

    assert to(world.run(seconds=10)) == [BEN]


def test_live_edits_go_before_bulk_and_the_soonest_first() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    for hour, title in ((10, "Bulk and soon"), (17, "Live and late"), (12, "Live and soon")):
        an_entry(ben, creator=ada, title=title, span=at(hour))
    first = DiaryEntry.objects.get(title="Bulk and soon")
    Calendar.objects.filter(entry_id=first.pk).update(bulk=True)
    world = World()

    titles = [value(mail, "SUMMARY") for mail in world.run()]

    assert titles == ["Live and soon", "Live and late", "Bulk and soon"]


def test_a_batch_takes_one_connection() -> None:
    ada = a_person("Ada", sends=True)
    an_entry(*[a_person(f"P{number}") for number in range(5)], creator=ada)
    world = World()
    world.run()

    assert [len(batch) for batch in world.courier.batches] == [5]


# Workers that lose their right.


def test_a_worker_whose_account_went_to_another_writes_nothing() -> None:
    _, entry = bens()
    world = World()

    def lose_the_lease(point: str) -> None:
        if point == "answered":
            MailAccount.objects.update(lease=99)

    world.passing(lose_the_lease)
    world.run()

    row = calendars(entry)[BEN]
    assert (row.told, row.state) == (None, CalendarState.WAITING)


def test_a_worker_that_was_asleep_too_long_begins_no_mail() -> None:
    bens()
    world = World()

    def sleep(point: str) -> None:
        if point == "opened":
            world.wait(seconds=41)

    world.passing(sleep)
    world.run()

    assert world.courier.delivered == []
    assert world.courier.batches == []


DAMAGES: list[dict[str, Any]] = [{"remembered": {"not": "a snapshot"}}, {"told_by": 99}]


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_a_calendar_we_cannot_write_is_set_aside_and_the_others_go_on(
    damage: dict[str, Any],
) -> None:
    ada, ben, dan = a_person("Ada", sends=True), a_person("Ben"), a_person("Dan")
    entry = an_entry(ben, dan, creator=ada)
    Calendar.objects.filter(address_key=BEN).update(**damage)
    world = World()

    assert to(world.run()) == [dan.email]
    row = calendars(entry)[BEN]
    assert (row.state, row.reason) == (CalendarState.PROBLEM, "cannot_be_written")
    Calendar.objects.filter(address_key=BEN).update(told_by=None, remembered=None)
    assert to(world.run(hours=1)) == [BEN]


# Repairing.


def test_repair_finds_nothing_after_ordinary_work() -> None:
    ada, entry = bens()
    world = World()
    world.run()
    edit(entry, ada, world, title="Newer")
    world.run()

    assert repair.repair(world.now) == 0


def test_repair_mends_what_a_hand_damaged() -> None:
    bens()
    world = World()
    world.run()
    Calendar.objects.update(told_by=None, remembered=None)
    LogLine.objects.all().delete()

    assert repair.repair(world.now) == 1
    (mail,) = world.run()
    assert int(value(mail, "SEQUENCE")) == 1
    assert repair.repair(world.now) == 0


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_repair_shows_what_it_cannot_read_and_mends_the_others(damage: dict[str, Any]) -> None:
    ada, ben, dan = a_person("Ada", sends=True), a_person("Ben"), a_person("Dan")
    entry = an_entry(ben, dan, creator=ada)
    world = World()
    world.run()
    Calendar.objects.update(told_by=None)
    Calendar.objects.filter(address_key=BEN).update(**damage)

    assert repair.repair(world.now) == 2

    assert to(world.run()) == [dan.email]
    row = calendars(entry)[BEN]
    assert (row.state, row.reason) == (CalendarState.PROBLEM, "cannot_be_written")


def test_repair_adds_the_row_of_somebody_who_has_none() -> None:
    bens()
    Calendar.objects.all().delete()
    world = World()

    assert repair.repair(world.now) == 1
    assert to(world.run()) == [BEN]


# People, addresses and organisers.


def move(entry: DiaryEntry, address: str, world: World) -> None:
    ben = entry.assignments.get().person
    changes = PersonChanges(email=address)
    person_changes.save_person(ben.pk, changes, by=an_administrator(), now=world.now)


def test_a_changed_address_is_a_cancel_there_and_an_invitation_here() -> None:
    _, entry = bens()
    world = World()
    world.run()
    move(entry, "ben@new.example", world)

    mails = {mail.envelope_to: value(mail, "METHOD") for mail in world.run()}

    assert mails == {BEN: "CANCEL", "ben@new.example": "REQUEST"}


def test_an_address_that_only_looks_different_mails_nobody() -> None:
    _, entry = bens()
    world = World()
    world.run()
    move(entry, "Ben@Firm.Example", world)

    assert world.run() == []


def test_a_new_address_of_the_organiser_leaves_what_was_told_alone() -> None:
    ada, entry = bens()
    world = World()
    world.run()
    changes = PersonChanges(email="ada@new.example")
    person_changes.save_person(ada.pk, changes, by=None, now=world.now)
    edit(entry, ada, world, title="Newer")

    (mail,) = world.run()

    assert value(mail, "ORGANIZER") == "mailto:ada@firm.example"


def test_an_organiser_who_cannot_send_blocks_with_a_reason_and_goes_on_when_mended() -> None:
    ada, entry = bens()
    world = World()
    world.run()
    person_changes.remove_mail_account(ada, by=None, now=world.now)
    edit(entry, ada, world, title="Newer")
    assert world.run() == []
    row = calendars(entry)[BEN]
    assert (row.state, row.reason) == (CalendarState.PROBLEM, "organiser_cannot_send")
    person_changes.set_mail_account(ada, ACCOUNT, by=None, now=world.now)

    assert [value(mail, "SUMMARY") for mail in world.run()] == ["Newer"]


def test_handing_over_cancels_the_old_uid_and_invites_under_a_new_one() -> None:
    ada, entry = bens()
    eve = a_person("Eve", sends=True)
    edit(
        entry, ada, World(), assigned=(*entry.assignments.values_list("person", flat=True), eve.pk)
    )
    world = World()
    world.run()
    person_changes.save_person(ada.pk, PersonChanges(active=False), by=None, now=world.now)
    ada.refresh_from_db()
    assert handing_over.hand_over(ada, by=None, now=world.now) == 1
    old_uid = entry.uid

    mails = [mail for mail in world.run() if mail.envelope_to == BEN]

    said = {value(mail, "METHOD"): value(mail, "UID") for mail in mails}
    assert said["CANCEL"] == old_uid
    assert said["REQUEST"] != old_uid
    request = next(mail for mail in mails if value(mail, "METHOD") == "REQUEST")
    assert value(request, "ORGANIZER") == f"mailto:{eve.email}"


def test_dtstamp_and_sequence_rise_with_every_version_though_the_clock_stands_still() -> None:
    ada, entry = bens()
    world = World()
    world.run()
    moment = world.now
    for title in ("Second", "Third"):
        edit(entry, ada, world, title=title)
        world.run()
        world.now = moment

    mails = attempted(world)
    assert [value(mail, "SEQUENCE") for mail in mails] == ["0", "1", "2"]
    stamps = [value(mail, "DTSTAMP") for mail in mails]
    assert stamps == sorted(set(stamps))
