"""What people are told about where an entry stands, the download, and sending once more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.entries.build import a_person, a_type, an_administrator, an_entry, at
from tests.sync.firm import Firm
from tests.sync.promises import check_end
from tests.sync.world import World, to

from daybook.couriers.courier import AccountTrouble, Refused
from daybook.entries import changing, types
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.entries.types import TypeChanges
from daybook.ledger.models import CalendarState, LogLine
from daybook.people.faults import NotAllowed
from daybook.people.models import Person
from daybook.sync import deliveries, explain, preview
from daybook.sync.download import Download, NoDownload, download

pytestmark = pytest.mark.django_db

REFUSED = Refused("recipient_refused", "550 5.1.1 no such user")


def shown(entry: DiaryEntry, person: Person, world: World) -> explain.CalendarShown:
    rows = explain.calendars(entry, world.now)
    return next(row for row in rows if row.person == person.pk)


def body(entry: DiaryEntry, reader: Person | None, world: World) -> str:
    made = download(entry, reader, world.now)
    assert isinstance(made, Download)
    return made.data.decode().replace("\r\n ", "")


def test_a_row_goes_from_waiting_to_sent() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)
    before = shown(entry, ben, world)
    world.run()
    after = shown(entry, ben, world)

    assert (before.state, before.in_step) == (CalendarState.WAITING, False)
    assert (after.state, after.in_step, after.method) == (CalendarState.SENT, True, "REQUEST")
    assert all(gate.holds for gate in after.gates)


def test_an_own_copy_by_file_is_never_shown_as_in_the_calendar() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)
    world.run()

    assert shown(entry, ada, world).sentence == "Mailed to you as a file to open."


def test_a_withdrawal_asked_for_again_says_that_its_organiser_is_gone() -> None:
    firm = Firm()
    entry = firm.save("ben", "eve")
    firm.run()
    # Ben has invited Eve; a copy for himself comes from the service organiser.
    firm.account("service")
    firm.edit(entry, people=["eve", "ben"])
    firm.run()
    firm.act("cancel", entry)
    firm.run()
    to_ben = [one.seen.method for one in firm.post.attempts if one.to == "ben@firm.example"]
    firm.no_account("service")
    firm.resend(LogLine.objects.filter(address="ben@firm.example").latest("pk"))
    firm.finish()

    rows = explain.calendars(entry, firm.now)
    row = next(row for row in rows if row.address == "ben@firm.example")
    assert to_ben == ["REQUEST", "CANCEL"]
    assert (row.state, row.reason) == (CalendarState.PROBLEM, "organiser_cannot_send")
    check_end(firm)


def test_somebody_whose_switch_is_off_reads_which_gate_is_closed() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben", syncs=False)
    world = World()
    entry = an_entry(ada, ben, now=world.now)
    world.run()
    row = shown(entry, ben, world)

    assert (row.state, row.reason) == (CalendarState.NOT_SENT, "diary_sync_off")
    assert [gate.gate for gate in row.gates if not gate.holds] == ["diary_sync"]


def test_a_held_account_is_the_reason_of_everything_that_waits_for_it() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World([AccountTrouble("sign_in_refused", "535 5.7.8 no")])
    entry = an_entry(ada, ben, now=world.now)
    world.run()

    assert shown(entry, ben, world).reason == "sign_in_refused"
    assert shown(entry, ada, world).reason == "sign_in_refused"


def test_the_creator_who_is_not_assigned_has_a_row_too() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ben, creator=ada, now=world.now)
    world.run()

    assert shown(entry, ada, world).reason == "not_assigned"


def test_a_download_of_the_creator_names_no_organiser() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)

    text = body(entry, ada, world)

    assert "ORGANIZER" not in text
    assert "METHOD" not in text
    assert text.count("ATTENDEE") == 2


def test_a_download_of_an_invited_reader_is_the_invitation_itself() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)
    world.run()

    text = body(entry, ben, world)

    assert "METHOD:REQUEST" in text
    assert "mailto:ada@firm.example" in text
    assert f"UID:{entry.uid}" in text
    assert "SEQUENCE:0" in text


def test_a_download_after_a_change_carries_the_number_the_update_will_have() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ada, ben, now=world.now)
    world.run()
    changing.change(entry.pk, EntryChanges(span=at(15)), by=ada, now=world.now)
    entry.refresh_from_db()

    assert "SEQUENCE:1" in body(entry, ben, world)


def test_a_reader_who_is_not_invited_gets_a_file_without_method() -> None:
    ada, ben, cleo = a_person("Ada", sends=True), a_person("Ben"), a_person("Cleo")
    world = World()
    entry = an_entry(ada, ben, now=world.now)

    text = body(entry, cleo, world)

    assert "METHOD" not in text
    assert "ORGANIZER" in text


def test_neither_the_readers_switch_nor_assignment_matters_for_the_download_but_the_type_does() -> (
    None
):
    ada, cleo = a_person("Ada", sends=True), a_person("Cleo", syncs=False)
    world = World()
    entry = an_entry(ada, kind=a_type("Reminder", synchronise=False), now=world.now)

    refused = download(entry, cleo, world.now)

    assert isinstance(refused, NoDownload)
    assert refused.code == "type_not_synchronised"


def test_resending_sends_the_very_same_bytes() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ben, creator=ada, now=world.now)
    (first,) = world.run()
    line = LogLine.objects.get(entry_id=entry.pk)

    deliveries.resend(line.pk, by=ada, now=world.now)
    (again,) = world.run()

    assert again.data == first.data


def test_a_refused_invitation_is_not_tried_again_until_somebody_asks() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World([REFUSED])
    entry = an_entry(ben, creator=ada, now=world.now)
    world.run()
    silent = world.run(hours=1)
    problem = shown(entry, ben, world)

    deliveries.resend(LogLine.objects.get(entry_id=entry.pk).pk, by=ada, now=world.now)
    asked = world.run()

    assert silent == []
    assert (problem.state, problem.reason) == (CalendarState.PROBLEM, "recipient_refused")
    assert to(asked) == [ben.email]


def test_what_may_have_arrived_and_is_left_by_choice_is_said_to_be_left() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World([AccountTrouble("server_unverified", uncertain=True)])
    kind = a_type("Site visit")
    entry = an_entry(ben, creator=ada, kind=kind, now=world.now)
    world.run()

    off = TypeChanges(synchronise=False)
    types.change_type(kind.pk, off, by=an_administrator(), now=world.now, effect="leave")

    row = shown(entry, ben, world)
    assert (row.in_step, row.reason) == (False, "released")
    assert explain.why(entry, ben, world.now).step == "withdraw"


def test_an_older_message_cannot_be_resent() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    entry = an_entry(ben, creator=ada, now=world.now)
    world.run()
    old = LogLine.objects.get(entry_id=entry.pk)
    changing.change(entry.pk, EntryChanges(title="Newer"), by=ada, now=world.now)
    world.run()

    with pytest.raises(deliveries.CannotResend):
        deliveries.resend(old.pk, by=ada, now=world.now)


def test_somebody_who_may_only_look_cannot_resend() -> None:
    ada, ben, cleo = a_person("Ada", sends=True), a_person("Ben"), a_person("Cleo")
    world = World()
    entry = an_entry(ben, creator=ada, now=world.now)
    world.run()

    with pytest.raises(NotAllowed):
        deliveries.resend(LogLine.objects.get(entry_id=entry.pk).pk, by=cleo, now=world.now)


def test_the_save_button_counts_the_other_people_who_will_be_mailed() -> None:
    ada, ben, dan = a_person("Ada", sends=True), a_person("Ben"), a_person("Dan", syncs=False)
    world = World()
    entry = an_entry(ada, ben, dan, now=world.now)

    assert preview.mailed_by_save(entry, [ada, ben, dan], by=ada, now=world.now) == 1


def test_the_effect_of_a_switch_is_what_the_switch_then_does() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    world = World()
    kind = a_type("Site visit")
    entry = an_entry(ben, creator=ada, kind=kind, now=world.now)
    world.run()
    over = an_entry(ben, creator=ada, kind=kind, now=world.now - timedelta(days=400))
    assert over.pk != entry.pk

    effect = preview.effect_of_type(kind, synchronise=False, now=world.now)

    assert (effect.invited, effect.updated) == (0, 0)
    assert effect.withdrawn == 1


def test_the_rows_of_an_entry_take_the_same_number_of_queries_for_two_people_and_for_ten(
    django_assert_max_num_queries: object,
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ada = a_person("Ada", sends=True)
    world = World()
    few = an_entry(ada, a_person("Ben"), now=world.now)
    many = an_entry(ada, *[a_person(f"P{number}") for number in range(9)], now=world.now)
    world.run()
    with CaptureQueriesContext(
        connection,
    ) as small:
        explain.calendars(few, world.now)
    with CaptureQueriesContext(connection) as large:
        explain.calendars(many, world.now)

    assert len(large) == len(small)
