"""The difference between what calendars should hold and what they were last told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.calendaring.build import (
    ADA,
    BEN,
    FACTS,
    LONG_AFTER,
    NOW,
    TEN,
    YESTERDAY,
    a_holding,
    an_entry,
    at,
    delivered,
    held,
    holds,
    member,
    organiser,
    planned,
    steps,
)

from daybook.calendaring.event import Disclosure, Facts, Holding, Moment, Span, State, Told, Way
from daybook.calendaring.plan import Entry, Settled, Withhold
from daybook.calendaring.reconcile import (
    Invite,
    Update,
    Withdraw,
    print_of,
    print_of_holding,
    reconcile,
    step_for,
)

ELEVEN = replace(FACTS, span=at(TEN + timedelta(hours=1)))


def test_calendars_that_hold_nothing_are_invited() -> None:
    entry = an_entry("ada", "ben")

    assert steps(entry) == {key: Invite(hold) for key, hold in holds(entry).items()}


def test_moving_an_entry_updates_everyone_who_has_it() -> None:
    before, after = held("ada", "ben"), holds(an_entry("ada", "ben", facts=ELEVEN))

    assert reconcile(after, before) == {key: Update(after[key], before[key]) for key in before}


def test_taking_somebody_off_withdraws_from_him_and_updates_the_others() -> None:
    told = held("ada", "ben")

    to_do = steps(an_entry("ada"), told)

    assert to_do[BEN.key] == Withdraw(told[BEN.key], "not_assigned")
    assert isinstance(to_do[ADA.key], Update)


def test_taking_somebody_off_a_busy_entry_is_nothing_to_the_others() -> None:
    told = held("ada", "ben", disclosure=Disclosure.BUSY)

    assert list(steps(an_entry("ada", disclosure=Disclosure.BUSY), told)) == [BEN.key]


def test_what_the_disclosure_hides_is_no_reason_to_send() -> None:
    told = held("ada", disclosure=Disclosure.TITLE)
    secret = replace(FACTS, location="Elsewhere", notes="Bring nothing.")

    assert steps(an_entry("ada", facts=secret, disclosure=Disclosure.TITLE), told) == {}


def test_withdrawals_come_first() -> None:
    kinds = [type(step) for step in steps(an_entry("cleo", "ada"), held("ada", "ben")).values()]

    assert kinds == [Withdraw, Invite, Update]


def test_a_calendar_never_told_is_not_withdrawn_from() -> None:
    assert steps(an_entry("ada", deleted=True)) == {}


def test_a_settled_calendar_is_left_alone_whatever_it_holds() -> None:
    assert step_for(Settled(), held("ada")[ADA.key]) is None
    assert steps(an_entry("ada", deleted=True), held("ada"), LONG_AFTER) == {}


def test_moving_a_told_future_into_the_past_is_an_update() -> None:
    to_do = steps(an_entry("ada", facts=replace(FACTS, span=YESTERDAY)), held("ada"))

    assert isinstance(to_do[ADA.key], Update)


def test_completing_sends_nothing() -> None:
    assert steps(an_entry("ada", "ben", state=State.COMPLETED), held("ada", "ben")) == {}


def test_a_new_name_or_mail_account_sends_nothing() -> None:
    renamed = replace(member("ada", account=7), person=replace(ADA, name="Ada King"))

    assert steps(an_entry(renamed, "ben"), held("ada", "ben")) == {}


def test_who_would_organise_by_now_is_no_reason_to_send() -> None:
    now_cleos = an_entry("ada", "ben", fixed=organiser("cleo"))

    assert steps(now_cleos, held("ada", "ben")) == {}


# Running twice ---------------------------------------------------------------------------------

TEXTS = st.text(max_size=12)
SPANS = st.sampled_from([FACTS.span, ELEVEN.span, YESTERDAY])
ENTRIES = st.builds(
    lambda names, **said: an_entry(*(member(name, **extra) for name, extra in names), **said),
    st.lists(
        st.tuples(
            st.sampled_from(["ada", "ben", "cleo", "olga"]),
            st.fixed_dictionaries({"active": st.booleans(), "diary_sync": st.booleans()}),
        ),
        unique_by=lambda pair: pair[0],
        max_size=4,
    ),
    facts=st.builds(Facts, SPANS, TEXTS, TEXTS, TEXTS),
    deleted=st.booleans(),
    state=st.sampled_from(State),
    synchronise=st.booleans(),
    disclosure=st.sampled_from(Disclosure),
    creator=st.sampled_from([member("olga"), None]),
)


@given(st.lists(ENTRIES, min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_once_delivered_there_is_nothing_left_to_do_or_only_what_is_blocked(
    history: list[Entry],
) -> None:
    told: dict[str, Told] = {}
    for entry in history:
        told = delivered(steps(entry, told), entry, told)

        left = steps(entry, told)

        assert all(
            isinstance(step, Invite | Update) and step.hold.blocked for step in left.values()
        )


# Prints ----------------------------------------------------------------------------------------

# Few values each, so that two drawn holdings are often equal and often differ in one thing only.
NASTY = st.sampled_from(["", "a", "a,b", '"', '", "', "\\", "\ud83d\ude00", "😀", "null", "é", "é"])
WALLS = st.sampled_from([TEN, TEN + timedelta(seconds=1), datetime(2026, 10, 25, 1, 30)])
MOMENTS = st.builds(Moment, WALLS, st.sampled_from(["Europe/London", "UTC"]), st.booleans())
HOLDINGS = st.builds(
    Holding,
    st.sampled_from(Way),
    st.builds(Facts, st.builds(Span, MOMENTS, MOMENTS, st.booleans()), NASTY, NASTY, NASTY),
    st.sampled_from(Disclosure),
    NASTY,
    st.frozensets(st.sampled_from([1, 2, 12]), max_size=3),
)


@given(HOLDINGS, HOLDINGS)
@settings(max_examples=150)
def test_prints_are_equal_exactly_when_holdings_are(one: Holding, other: Holding) -> None:
    assert (print_of_holding(one) == print_of_holding(other)) == (one == other)
    assert print_of_holding(replace(one)) == print_of_holding(one)


@given(HOLDINGS, st.data())
@settings(max_examples=150)
def test_a_holding_changed_in_one_thing_has_another_print(one: Holding, data: Any) -> None:
    name = data.draw(st.sampled_from(["way", "facts", "disclosure", "organiser", "people"]))
    other = replace(one, **{name: getattr(data.draw(HOLDINGS), name)})

    assert (print_of_holding(one) == print_of_holding(other)) == (one == other)


def test_prints_are_stored_and_so_never_change() -> None:
    assert print_of_holding(a_holding()) == PRINT


PRINT = "5ea3829fd11816330d65c31a8984fb3e3cdf4100c32c59199e7611657a569cea"


def test_an_invitation_and_an_update_to_the_same_holding_say_the_same() -> None:
    told = held("ada", facts=ELEVEN)[ADA.key]
    hold = holds(an_entry("ada"))[ADA.key]

    assert print_of(Invite(hold)) == print_of(Update(hold, told)) == print_of_holding(hold.holding)


def test_every_withdrawal_says_the_same_and_no_holding_says_it() -> None:
    one, other = held("ada")[ADA.key], held("ben", facts=ELEVEN)[BEN.key]

    assert print_of(Withdraw(one, "entry_deleted")) == print_of(Withdraw(other, "not_assigned"))
    assert print_of(Withdraw(one, "entry_deleted")) != print_of_holding(one.holding)


def test_a_step_answers_for_one_calendar_alone() -> None:
    told = held("ada")[ADA.key]

    assert step_for(Withhold("not_assigned"), None) is None
    assert step_for(Withhold("not_assigned"), told) == Withdraw(told, "not_assigned")
    assert step_for(planned(an_entry("ada"), now=NOW)[ADA.key], told) is None
