"""What a calendar should hold, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.calendaring.build import (
    ADA,
    BEN,
    CLEO,
    FACTS,
    LONG_AFTER,
    NOW,
    OLGA,
    SERVICE,
    UID,
    YESTERDAY,
    an_entry,
    at,
    held,
    member,
    organiser,
    planned,
)

from daybook.calendaring.address import normalise
from daybook.calendaring.event import CalendarKind, Disclosure, Span, State, Told, Way
from daybook.calendaring.plan import (
    Entry,
    GateCode,
    Hold,
    Settled,
    Withhold,
    disclosed,
    first_failed,
    gates,
    organiser_of,
    plan,
    withdrawing,
)

NEXT_WEEK = datetime(2026, 11, 9, 10)


def held_by(entry: Entry, key: str = ADA.key, told: Told | None = None) -> Hold:
    answer = plan(entry, uid=UID, key=key, told=told, now=NOW)
    assert isinstance(answer, Hold)
    return answer


def why_not(entry: Entry, key: str = ADA.key, told: Told | None = None) -> str:
    answer = plan(entry, uid=UID, key=key, told=told, now=NOW)
    assert isinstance(answer, Withhold)
    return answer.reason


# The gates -------------------------------------------------------------------------------------


def test_everybody_assigned_holds_the_entry_and_nobody_else() -> None:
    answers = planned(an_entry("ada", "ben"))

    assert set(answers) == {ADA.key, BEN.key}
    assert all(isinstance(answer, Hold) for answer in answers.values())
    assert why_not(an_entry("ada", "ben"), CLEO.key) == "not_assigned"


def test_all_gates_hold_for_somebody_whose_calendar_gets_the_entry() -> None:
    entry = an_entry("ada", "ben")

    assert first_failed(gates(entry, entry.assigned[0], None, NOW)) is None


def test_gates_are_asked_in_one_order_and_the_first_that_fails_is_the_reason() -> None:
    nothing_right = an_entry(
        deleted=True,
        synchronise=False,
        facts=replace(FACTS, span=YESTERDAY),
        creator=None,
    )
    cleo = replace(member("cleo", active=False, diary_sync=False), person=replace(CLEO, key=""))

    asked = gates(nothing_right, cleo, None, NOW)

    assert [(gate.code.value, gate.reason) for gate in asked] == [
        ("entry_open", "entry_deleted"),
        ("type_synchronises", "type_not_synchronised"),
        ("person_active", "person_inactive"),
        ("assigned", "not_assigned"),
        ("diary_sync", "diary_sync_off"),
        ("address", "address_missing"),
        ("not_over", "over"),
        ("sender", "no_sender"),
    ]
    assert first_failed(asked) == asked[0]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (an_entry("ada", deleted=True), "entry_deleted"),
        (an_entry("ada", state=State.CANCELLED), "entry_cancelled"),
        (an_entry("ada", synchronise=False), "type_not_synchronised"),
        (an_entry(member("ada", active=False)), "person_inactive"),
        (an_entry("ben"), "not_assigned"),
        (an_entry(member("ada", diary_sync=False)), "diary_sync_off"),
    ],
)
def test_one_closed_gate_withholds_the_entry_and_names_itself(entry: Entry, reason: str) -> None:
    assert why_not(entry) == reason


def test_a_completed_entry_stays_in_calendars_as_it_was() -> None:
    assert planned(an_entry("ada", state=State.COMPLETED)) == planned(an_entry("ada"))


def test_people_who_share_an_address_share_a_calendar_if_any_of_them_wants_it() -> None:
    ben_at_adas = replace(
        member("ben"), person=replace(BEN, address="Ada@firm.example", key=ADA.key)
    )
    ada_off = member("ada", diary_sync=False)

    assert held_by(an_entry(ada_off, ben_at_adas)).member == ben_at_adas
    assert set(planned(an_entry("ada", ben_at_adas))) == {ADA.key}


def test_a_shared_address_none_of_whose_people_wants_it_gives_the_first_ones_reason() -> None:
    ben_at_adas = replace(member("ben", active=False), person=replace(BEN, key=ADA.key))

    assert why_not(an_entry(member("ada", diary_sync=False), ben_at_adas)) == "diary_sync_off"


def test_the_same_address_spelt_another_way_is_the_same_calendar() -> None:
    spelt = replace(ADA, address="ADA@Firm.Example", key=normalise("ADA@Firm.Example"))

    entry = an_entry(replace(member("ada"), person=spelt))

    assert held_by(entry, told=held("ada")[ADA.key]).holding == held("ada")[ADA.key].holding


# Addresses that are not on the entry any more ---------------------------------------------------


def test_the_old_address_of_somebody_still_on_the_entry_is_not_told_he_was_taken_off() -> None:
    moved = replace(
        member("ada"), person=replace(ADA, address="ada@new.example", key="ada@new.example")
    )

    assert why_not(an_entry(moved), ADA.key, held("ada")[ADA.key]) == "address_changed"
    assert isinstance(planned(an_entry(moved))["ada@new.example"], Hold)


def test_somebody_whose_address_was_emptied_is_told_what_closed_the_gate() -> None:
    nowhere = replace(member("ada"), person=replace(ADA, address="", key=""))
    told = held("ada")[ADA.key]

    assert why_not(an_entry(nowhere), ADA.key, told) == "address_missing"
    assert why_not(an_entry(replace(nowhere, diary_sync=False)), ADA.key, told) == "diary_sync_off"


def test_a_calendar_of_an_entry_that_was_handed_over_lets_go_of_the_old_uid() -> None:
    entry = an_entry("ada", uid="another@daybook.example")

    answer = plan(entry, uid=UID, key=ADA.key, told=held("ada")[ADA.key], now=NOW)

    assert answer == Withhold("handed_over")


# Past and future -------------------------------------------------------------------------------

PAST, FUTURE = YESTERDAY, at(NEXT_WEEK)


@pytest.mark.parametrize(
    ("entry_is", "told_was", "answer"),
    [
        (PAST, None, Settled),
        (PAST, PAST, Settled),
        (PAST, FUTURE, Hold),
        (FUTURE, None, Hold),
        (FUTURE, PAST, Hold),
        (FUTURE, FUTURE, Hold),
    ],
)
@pytest.mark.parametrize("closed", [False, True])
def test_only_what_is_over_here_and_in_the_calendar_is_left_alone(
    entry_is: Span, told_was: Span | None, answer: type, *, closed: bool
) -> None:
    told = None
    if told_was is not None:
        told = held("ada")[ADA.key]
        facts = replace(FACTS, span=told_was)
        told = replace(told, holding=replace(told.holding, facts=facts))
    entry = an_entry("ada", facts=replace(FACTS, span=entry_is), deleted=closed)

    found = plan(entry, uid=UID, key=ADA.key, told=told, now=NOW)

    assert type(found) is (Withhold if closed and answer is Hold else answer)


def test_an_entry_is_over_at_the_moment_it_ends_and_not_before() -> None:
    ends = FACTS.span.ends_at()
    entry = an_entry("ada")

    def answer_at(now: datetime) -> object:
        return plan(entry, uid=UID, key=ADA.key, told=None, now=now)

    assert isinstance(answer_at(ends - timedelta(microseconds=1)), Hold)
    assert answer_at(ends) == Settled()


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (an_entry("ada"), "over"),
        (an_entry("ada", deleted=True), "entry_deleted"),
        (an_entry("ada", synchronise=False), "type_not_synchronised"),
        (an_entry(member("ada", diary_sync=False)), "diary_sync_off"),
        (an_entry("ben"), "not_assigned"),
    ],
)
def test_a_calendar_never_told_of_what_is_over_is_settled_for_its_first_closed_gate(
    entry: Entry, reason: str
) -> None:
    assert plan(entry, uid=UID, key=ADA.key, told=None, now=LONG_AFTER) == Settled(reason)


def test_what_was_told_and_is_over_stays_because_it_is_over_whatever_else_closed() -> None:
    entry = an_entry("ada", synchronise=False)

    assert plan(entry, uid=UID, key=ADA.key, told=held("ada")[ADA.key], now=LONG_AFTER) == Settled()


def test_an_old_calendar_of_a_handed_over_entry_is_left_alone_when_all_is_over() -> None:
    entry = an_entry("ada", uid="another@daybook.example")

    assert plan(entry, uid=UID, key=ADA.key, told=held("ada")[ADA.key], now=LONG_AFTER) == Settled()


# Who invites -----------------------------------------------------------------------------------


def test_the_creator_invites_if_he_can_send() -> None:
    entry = an_entry(member("ada", account=1), service=SERVICE)

    assert organiser_of(entry) == organiser("olga", account=40)


@pytest.mark.parametrize(
    "creator", [None, member("olga", account=None), member("olga", active=False)]
)
def test_without_a_creator_who_can_send_the_firms_mailbox_invites(creator: object) -> None:
    entry = an_entry(member("ada", account=1), creator=creator, service=SERVICE)

    assert organiser_of(entry) == SERVICE


def test_without_both_the_first_on_the_entry_who_can_send_invites() -> None:
    people = ("ada", member("ben", active=False, account=2), member("cleo", account=3))

    assert organiser_of(an_entry(*people, creator=None)) == organiser("cleo", account=3)


def test_a_firms_mailbox_that_cannot_send_is_passed_over() -> None:
    silent = replace(SERVICE, can_send=False)

    entry = an_entry(member("ada", account=1), creator=None, service=silent)

    assert organiser_of(entry) == organiser("ada", account=1)


def test_when_nobody_can_send_the_entry_waits_with_a_reason() -> None:
    hold = held_by(an_entry("ada", creator=None))

    assert (hold.organiser, hold.blocked) == (None, "no_sender")


def test_an_organiser_once_fixed_stays_whoever_else_could_send() -> None:
    entry = an_entry("ada", service=SERVICE, fixed=organiser("ben"))

    assert organiser_of(entry) == organiser("ben")
    assert held_by(entry).organiser == organiser("ben")


def test_a_fixed_organiser_who_cannot_send_blocks_and_is_not_replaced() -> None:
    hold = held_by(an_entry("ada", fixed=organiser("ben", can_send=False)))

    assert (hold.organiser, hold.blocked) == (
        organiser("ben", can_send=False),
        "organiser_cannot_send",
    )


def test_a_withdrawal_goes_out_by_the_organiser_the_calendar_knows() -> None:
    told = held("ada")[ADA.key]

    assert withdrawing(an_entry("ada", fixed=organiser("olga")), told) == (organiser("olga"), "")
    assert withdrawing(an_entry("ada", fixed=None), told) == (None, "organiser_cannot_send")


def test_a_withdrawal_of_an_own_copy_of_the_firms_mailbox_goes_out_by_it() -> None:
    told = held("olga", service=SERVICE)[OLGA.key]
    entry = an_entry("olga", fixed=organiser("olga"))

    assert withdrawing(replace(entry, service=SERVICE), told) == (SERVICE, "")
    assert withdrawing(entry, told) == (None, "organiser_cannot_send")
    silent = replace(SERVICE, can_send=False)
    assert withdrawing(replace(entry, service=silent), told) == (silent, "organiser_cannot_send")


# The organiser's own copy ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", CalendarKind)
def test_an_organisers_own_copy_comes_from_the_firms_mailbox_if_there_is_one(
    kind: CalendarKind,
) -> None:
    hold = held_by(an_entry(member("olga", kind=kind), service=SERVICE), OLGA.key)

    assert (hold.holding.way, hold.organiser) == (Way.SERVICE, SERVICE)


@pytest.mark.parametrize("kind", CalendarKind)
def test_without_it_a_file_is_mailed_unless_the_calendar_is_known_to_take_requests(
    kind: CalendarKind,
) -> None:
    hold = held_by(an_entry(member("olga", kind=kind)), OLGA.key)

    assert hold.holding.way is (Way.SELF if kind is CalendarKind.OTHER else Way.FILE)


def test_a_firms_mailbox_that_cannot_send_is_no_way_for_an_own_copy() -> None:
    silent = replace(SERVICE, can_send=False)

    hold = held_by(an_entry("olga", service=silent), OLGA.key)

    assert (hold.holding.way, hold.blocked) == (Way.FILE, "")


def test_the_way_of_an_own_copy_is_kept_until_it_is_withdrawn() -> None:
    told = held("olga")[OLGA.key]
    later = an_entry(member("olga", kind=CalendarKind.OTHER), service=SERVICE)

    assert held_by(later, OLGA.key, told).holding.way is Way.FILE
    assert held_by(later, OLGA.key, None).holding.way is Way.SERVICE


def test_an_organiser_who_has_a_new_address_still_gets_an_own_copy_there() -> None:
    moved = replace(OLGA, address="olga@new.example", key="olga@new.example")
    entry = an_entry(replace(member("olga"), person=moved), fixed=organiser("olga"))

    assert held_by(entry, moved.key).holding.way is Way.FILE


def test_other_people_get_an_invitation_whatever_their_calendar() -> None:
    for kind in CalendarKind:
        hold = held_by(an_entry(member("ada", kind=kind), service=SERVICE))
        assert hold.holding.way is Way.INVITATION


# What leaves -----------------------------------------------------------------------------------


def test_full_disclosure_says_everything() -> None:
    assert disclosed(FACTS, Disclosure.FULL) == FACTS


def test_title_disclosure_says_title_time_and_people() -> None:
    holding = held_by(an_entry("ada", "ben", disclosure=Disclosure.TITLE)).holding

    assert holding.facts == replace(FACTS, location="", notes="")
    assert holding.people == {ADA.id, BEN.id}


def test_busy_disclosure_says_the_time_and_no_other_people() -> None:
    holding = held_by(an_entry("ada", "ben", disclosure=Disclosure.BUSY)).holding

    assert holding.facts == replace(FACTS, title="Busy", location="", notes="")
    assert holding.people == {ADA.id}


def test_who_is_on_it_counts_and_what_they_are_called_or_where_they_read_mail_does_not() -> None:
    renamed = replace(
        member("ben"), person=replace(BEN, name="Benjamin Moss", address="b@firm.example")
    )
    before = held("ada", "ben")[ADA.key].holding

    assert held_by(an_entry("ada", renamed)).holding == before
    assert held_by(an_entry("ada")).holding != before


def test_the_codes_of_gates_are_never_renamed_because_they_are_stored() -> None:
    assert [code.value for code in GateCode] == [
        "entry_open",
        "type_synchronises",
        "person_active",
        "assigned",
        "diary_sync",
        "address",
        "not_over",
        "sender",
    ]
