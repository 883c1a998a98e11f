"""Decide what is to be done about one due calendar, given everything that was loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from daybook.calendaring.event import Told
from daybook.calendaring.plan import (
    Entry,
    Hold,
    Organiser,
    Plan,
    Settled,
    Withhold,
    plan,
    withdrawing,
)
from daybook.calendaring.reconcile import Invite, Step, Update, Withdraw, print_of, step_for
from daybook.ledger import told as snapshots
from daybook.ledger.models import Calendar, CalendarState, Parcel, ParcelState

# Why a mail server takes a message neither now nor later.
REFUSALS = ("recipient_refused", "message_refused")

Worlds = tuple[Told | None, ...]
# The plan in each of the worlds.
Answers = list[tuple[Plan, Told | None]]


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to send: in step, not wanted, or blocked. What people see, and why."""

    state: CalendarState
    reason: str


@dataclass(frozen=True, slots=True)
class Send:
    """A new message has to be composed for `step` and carried by the organiser's account."""

    step: Step
    organiser: Organiser
    entry: Entry


@dataclass(frozen=True, slots=True)
class Again:
    """The waiting parcel still says what should be said: its very bytes go again."""

    parcel: Parcel


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one calendar.

    `worlds` is what the calendar may hold, the last word first, the waiting parcel counted in if
    that one may have arrived. `discarded` says that the waiting parcel is not what should be said
    any more.
    """

    calendar: Calendar
    what: Rest | Send | Again
    worlds: Worlds
    discarded: Parcel | None
    person_id: int | None = None

    @property
    def last_word(self) -> Told | None:
        return self.worlds[0]


def decide(
    calendar: Calendar, entry: Entry | None, parcel: Parcel | None, now: datetime
) -> Decision:
    """Return the decision about `calendar` at `now`.

    `parcel` is the calendar's waiting parcel, None if none waits. The caller holds the lease of
    the parcel's account, so an opened parcel is one whose carrier died: it may have arrived.
    """
    if entry is None:
        rest = Rest(CalendarState.NOT_SENT, "entry_deleted")
        return Decision(calendar, rest, (None,), parcel, calendar.person_id)
    decision = _decide(calendar, entry, parcel, now)
    return replace(decision, person_id=_whose(calendar, entry, decision.last_word))


def _whose(calendar: Calendar, entry: Entry, told: Told | None) -> int | None:
    """Return the person a calendar belongs to: who is on the entry, else who was told."""
    for member in entry.assigned:
        if member.person.key == calendar.address_key:
            return member.person.id
    return told.recipient.id if told else calendar.person_id


def _decide(calendar: Calendar, entry: Entry, parcel: Parcel | None, now: datetime) -> Decision:
    worlds = worlds_of(calendar)
    answers = _plans(worlds, calendar, entry, now)
    step = _step_for_any(answers)
    if parcel is not None:
        if parcel.resend and _still_says_it(calendar, entry, parcel, now):
            return Decision(calendar, _resending(entry, parcel), worlds, None)
        if step is not None and print_of(step) == parcel.print:
            return _same_again(calendar, entry, parcel, step, worlds)
        if may_have_arrived(parcel):
            worlds = (snapshots.from_json(parcel.told), *worlds)
            answers = _plans(worlds, calendar, entry, now)
            step = _step_for_any(answers)
    answer, told = answers[0]
    return Decision(calendar, _what(calendar, entry, answer, step, told), worlds, parcel)


def worlds_of(calendar: Calendar) -> Worlds:
    """Return what the calendar may hold: its last word, and what it holds if that got lost."""
    return snapshots.from_json(calendar.told), *snapshots.many_from_json(calendar.doubts)


def step_in(worlds: Worlds, calendar: Calendar, entry: Entry, now: datetime) -> Step | None:
    """Return the step to take while any of `worlds` may be true, None if none of them needs one.

    Any step brings every one of them to the plan: its SEQUENCE is above all that was ever frozen,
    and what may still be there by one way is never told by another.
    """
    return _step_for_any(_plans(worlds, calendar, entry, now))


def _plans(worlds: Worlds, calendar: Calendar, entry: Entry, now: datetime) -> Answers:
    return [(_plan(calendar, entry, told, now), told) for told in worlds]


def _step_for_any(answers: Answers) -> Step | None:
    steps = (step_for(answer, told) for answer, told in answers)
    step = next((step for step in steps if step is not None), None)
    if isinstance(step, Invite):
        for answer, told in answers:
            if told and isinstance(answer, Hold) and answer.holding.way != step.hold.holding.way:
                return Update(answer, told)
    return step


def _still_says_it(calendar: Calendar, entry: Entry, parcel: Parcel, now: datetime) -> bool:
    """Return whether `parcel` may go again: it is not over, and whoever takes it is in step."""
    after = snapshots.from_json(parcel.told)
    answer = _plan(calendar, entry, after, now)
    return step_for(answer, after) is None and not isinstance(answer, Settled)


def _resending(entry: Entry, parcel: Parcel) -> Rest | Again:
    """Return whether the account that carried `parcel` can do so once more."""
    senders = [sender for sender in (entry.fixed, entry.service) if sender is not None]
    if any(sender.account == parcel.account_id and sender.can_send for sender in senders):
        return Again(parcel)
    return Rest(CalendarState.PROBLEM, "organiser_cannot_send")


def may_have_arrived(parcel: Parcel) -> bool:
    """Return whether some try of `parcel` ended without a sure answer."""
    return parcel.uncertain or parcel.state == ParcelState.OPENED


def _plan(calendar: Calendar, entry: Entry, told: Told | None, now: datetime) -> Plan:
    return plan(entry, uid=calendar.uid, key=calendar.address_key, told=told, now=now)


def _same_again(
    calendar: Calendar, entry: Entry, parcel: Parcel, step: Step, worlds: Worlds
) -> Decision:
    organiser, blocked = _sender_of(entry, step)
    if blocked or organiser is None:
        return Decision(calendar, Rest(CalendarState.PROBLEM, blocked), worlds, None)
    if organiser.account != parcel.account_id and not may_have_arrived(parcel):
        # Never left, and its account is not the one that would send it now.
        return Decision(calendar, Send(step, organiser, entry), worlds, parcel)
    return Decision(calendar, Again(parcel), worlds, None)


def _what(
    calendar: Calendar, entry: Entry, answer: Plan, step: Step | None, told: Told | None
) -> Rest | Send:
    if step is None:
        return _at_rest(calendar, answer, told)
    organiser, blocked = _sender_of(entry, step)
    if blocked or organiser is None:
        state = CalendarState.PROBLEM if told else CalendarState.NOT_SENT
        return Rest(state, blocked)
    if calendar.refused_print and calendar.refused_print == print_of(step):
        return Rest(CalendarState.PROBLEM, calendar.reason)
    return Send(step, organiser, entry)


def _sender_of(entry: Entry, step: Step) -> tuple[Organiser | None, str]:
    match step:
        case Invite(hold) | Update(hold, _):
            return hold.organiser, hold.blocked
        case Withdraw(told, _):
            return withdrawing(entry, told)
    assert_never(step)


def removal_was_refused(calendar: Calendar) -> bool:
    """Return whether the last thing this calendar was to be told, to let go, was refused."""
    return calendar.state == CalendarState.WITHDRAWN and calendar.reason in REFUSALS


def _at_rest(calendar: Calendar, answer: Plan, told: Told | None) -> Rest:
    match answer:
        case Hold():
            return Rest(CalendarState.SENT, "")
        case Settled(reason) if told is not None:
            return Rest(CalendarState.SENT, reason)
        case Withhold(reason) | Settled(reason):
            if removal_was_refused(calendar):
                return Rest(CalendarState.WITHDRAWN, calendar.reason)
            # It had been told once, and has let go of it.
            gone = calendar.told_at is not None and calendar.state in (
                CalendarState.WITHDRAWN,
                CalendarState.SENT,
                CalendarState.WAITING,
            )
            return Rest(CalendarState.WITHDRAWN if gone else CalendarState.NOT_SENT, reason)
    assert_never(answer)
