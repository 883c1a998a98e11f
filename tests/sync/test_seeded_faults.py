"""The promises see what they are there to see: each story goes well, and badly with its fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError
from tests.sync.firm import Firm, Story
from tests.sync.promises import check_end

from daybook.calendaring import invitation
from daybook.calendaring import plan as planning
from daybook.calendaring.event import Disclosure, Told
from daybook.calendaring.plan import Entry, Plan, Settled, Withhold
from daybook.ledger import due
from daybook.ledger import told as snapshots
from daybook.ledger.models import Calendar, Parcel
from daybook.sync import arrival, decision, freezing, graph, outcomes, resting
from daybook.sync.decision import Again, Decision, Send

pytestmark = pytest.mark.django_db
Patch = Callable[[pytest.MonkeyPatch], None]


def told(firm: Firm) -> Any:
    """Return Ada's entry for Ben, told."""
    entry = firm.save("ada", "ben")
    firm.run()
    return entry


# The stories: each is an ordinary day that one fault would spoil.


def ben_wants_no_mail_any_more(firm: Firm) -> None:
    told(firm)
    firm.change_person("ben", diary_sync=False)


def ben_gets_another_address(firm: Firm) -> None:
    told(firm)
    firm.change_person("ben", email="ben@home.example")


def an_answer_is_lost_and_the_entry_deleted(firm: Firm) -> None:
    entry = firm.save("ada", "ben")
    firm.post.fates = ["answer lost"]
    firm.run()
    firm.act("delete", entry)


def an_answer_is_lost_then_a_try_deferred_and_the_entry_deleted(firm: Firm) -> None:
    entry = firm.save("ada", "ben")
    firm.post.fates = ["answer lost", "deferred"]
    firm.run()
    firm.run(minutes=5)
    firm.act("delete", entry)


def a_worker_dies_then_the_account_is_held_and_the_entry_deleted(firm: Firm) -> None:
    entry = firm.save("ada", "ben")
    firm.crash_at("answered")
    firm.run()
    firm.post.fates = ["sign in refused"]
    firm.run()
    firm.act("delete", entry)


def a_lost_mail_is_changed_and_changed_back(firm: Firm) -> None:
    entry = firm.save("ada", "ben")
    firm.post.fates = ["lost on the way", "deferred"]
    firm.run()
    firm.edit(entry, title="Other")
    firm.run()
    firm.edit(entry, title="Survey")


def an_entry_is_reworded_when_it_is_over(firm: Firm) -> None:
    entry = firm.save("ada", "ben", span="soon")
    firm.run()
    firm.wait(days=1)
    firm.edit(entry, title="It was good")


def an_entry_moves_into_the_past(firm: Firm) -> None:
    firm.edit(told(firm), span="past")


def a_mail_is_deferred(firm: Firm) -> None:
    firm.save("ada", "ben")
    firm.post.fates = ["deferred"]
    firm.run()


def an_edit_comes_between_two_tries(firm: Firm) -> None:
    entry = firm.save("ada", "ben")
    firm.post.fates = ["deferred"]
    firm.run()
    firm.edit(entry, title="Newer")


def an_edit_comes_while_a_mail_is_under_way(firm: Firm) -> None:
    entry = firm.save("ada", "ben")
    firm.post.meanwhile = lambda: firm.edit(entry, title="Newer")
    firm.run()


def an_address_is_refused(firm: Firm) -> None:
    firm.save("ada", "ben")
    firm.post.fates = ["refused"]
    firm.run()


def the_organiser_is_fixed_and_ben_wants_no_mail(firm: Firm) -> None:
    told(firm)
    firm.account("service")
    firm.change_person("ben", diary_sync=False)


def titles_become_private_and_the_entry_is_deleted(firm: Firm) -> None:
    entry = told(firm)
    firm.switch_type("visit", "leave", disclosure="busy")
    firm.act("delete", entry)


def a_switch_leaves_what_was_told(firm: Firm) -> None:
    told(firm)
    firm.switch_type("visit", "leave", synchronise=False)
    firm.run(hours=1)


# The faults: each is one function that does the obvious wrong thing.


def no_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "next_sequence", lambda counter, here: max(counter, here or 0))


def key_of_person(monkeypatch: pytest.MonkeyPatch) -> None:
    right = decision._plan

    def wrong(calendar: Calendar, entry: Entry, told: Told | None, now: Any) -> Plan:
        mine = told.recipient.id if told else None
        same = tuple(
            replace(member, person=replace(member.person, key=calendar.address_key))
            if member.person.id == mine
            else member
            for member in entry.assigned
        )
        return right(calendar, replace(entry, assigned=same), told, now)

    monkeypatch.setattr(decision, "_plan", wrong)


def last_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (decision, freezing, resting):
        monkeypatch.setattr(module, "may_have_arrived", lambda _: False)


def over_withdraws(monkeypatch: pytest.MonkeyPatch) -> None:
    right = decision._plan

    def wrong(*arguments: Any) -> Plan:
        answer = right(*arguments)
        return Withhold("over") if isinstance(answer, Settled) else answer

    monkeypatch.setattr(decision, "_plan", wrong)


def rendered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(calendar: Calendar, entry: Entry, parcel: Parcel, step: Any, worlds: Any) -> Decision:
        organiser, _ = decision._sender_of(entry, step)
        assert organiser is not None
        return Decision(calendar, Send(step, organiser, entry), worlds, parcel)

    monkeypatch.setattr(decision, "_same_again", wrong)


def old_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    right = decision._decide

    def wrong(calendar: Calendar, entry: Entry, parcel: Parcel | None, now: Any) -> Decision:
        if parcel is None:
            return right(calendar, entry, parcel, now)
        return Decision(calendar, Again(parcel), decision.worlds_of(calendar), None)

    monkeypatch.setattr(decision, "_decide", wrong)


def mark_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    right: Callable[..., bool] = arrival.write

    def wrong(arrived: list[arrival.Arrived], *rest: Any, **more: Any) -> bool:
        for parcel, _ in arrived:
            parcel.calendar.mark = Calendar.objects.get(pk=parcel.calendar_id).mark
        return right(arrived, *rest, **more)

    monkeypatch.setattr(arrival, "write", wrong)


def refused_is_deferred(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(parcel: Parcel, reason: str, reply: str, now: Any) -> None:
        outcomes._later(parcel, reason, reply, uncertain=False, now=now)

    monkeypatch.setattr(outcomes, "_refused", wrong)


def organiser_chosen_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph.Graph, "fixed", lambda *_: None)


def doubt_of_this_try_only(monkeypatch: pytest.MonkeyPatch) -> None:
    right = outcomes._later

    def wrong(parcel: Parcel, *words: str, **more: Any) -> None:
        parcel.uncertain = False
        right(parcel, *words, **more)

    monkeypatch.setattr(outcomes, "_later", wrong)


def dead_carriers_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    right = outcomes._stopped

    def wrong(parcel: Parcel, *words: str, **more: Any) -> None:
        parcel.uncertain = False
        right(parcel, *words, **more)

    monkeypatch.setattr(outcomes, "_stopped", wrong)


def no_doubts_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    right = snapshots.after_doubt
    monkeypatch.setattr(snapshots, "after_doubt", lambda newest, _: right(newest, ()))


def all_in_the_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    right = invitation.cancel
    monkeypatch.setattr(
        invitation,
        "cancel",
        lambda told, version, _: right(told, version, Disclosure.FULL),
    )


def release_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(calendars: Any, *, by_id: int | None, now: Any) -> int:
        from datetime import timedelta

        return due.mark_due(calendars, now=now, quiet=timedelta(0))

    monkeypatch.setattr(due, "release", wrong)


def only_the_entrys_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(entry: Entry, told: Told | None, now: Any) -> bool:
        return bool(entry.facts.span.ends_at() <= now)

    monkeypatch.setattr(planning, "is_over", wrong)


FAULTS: list[tuple[Story, Patch]] = [
    (ben_wants_no_mail_any_more, no_raise),
    (ben_gets_another_address, key_of_person),
    (an_answer_is_lost_and_the_entry_deleted, last_accepted),
    (an_entry_is_reworded_when_it_is_over, over_withdraws),
    (a_mail_is_deferred, rendered_again),
    (an_edit_comes_between_two_tries, old_bytes),
    (an_edit_comes_while_a_mail_is_under_way, mark_not_checked),
    (an_address_is_refused, refused_is_deferred),
    (the_organiser_is_fixed_and_ben_wants_no_mail, organiser_chosen_anew),
    (an_answer_is_lost_then_a_try_deferred_and_the_entry_deleted, doubt_of_this_try_only),
    (a_worker_dies_then_the_account_is_held_and_the_entry_deleted, dead_carriers_forgotten),
    (a_lost_mail_is_changed_and_changed_back, no_doubts_kept),
    (titles_become_private_and_the_entry_is_deleted, all_in_the_cancel),
    (a_switch_leaves_what_was_told, release_is_ignored),
    (an_entry_moves_into_the_past, only_the_entrys_end),
]


def tell(story: Story) -> None:
    """Tell a story to its end, and look whether every promise was kept."""
    firm = Firm()
    story(firm)
    firm.finish()
    check_end(firm)


@pytest.mark.parametrize("story", [story for story, _ in FAULTS], ids=lambda story: story.__name__)
def test_the_story_ends_well(story: Story) -> None:
    tell(story)


@pytest.mark.parametrize(("story", "fault"), FAULTS, ids=lambda part: part.__name__)
def test_the_fault_is_seen(story: Story, fault: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)

    # One number for two messages is one Message-ID, which the database refuses already.
    with pytest.raises((AssertionError, IntegrityError)):
        tell(story)
