"""Compose and store the messages of a claim: after this, the bytes are what they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, connection

from daybook.calendaring.event import Way
from daybook.calendaring.invitation import Version
from daybook.calendaring.message import Message, Stamp, compose
from daybook.calendaring.plan import organiser_of
from daybook.calendaring.reconcile import Withdraw, next_sequence, print_of
from daybook.entries import reminders
from daybook.ledger import rows
from daybook.ledger import told as snapshots
from daybook.ledger.models import Calendar, Parcel, UidCounter
from daybook.ledger.rows import Row
from daybook.people.models import MailAccount
from daybook.sync.decision import Decision, Send, may_have_arrived
from daybook.sync.frozen import Frozen, freeze, store
from daybook.sync.resting import discard, set_aside

ONE_SECOND = timedelta(seconds=1)
_NEW_PARCEL = {field.attname: field.get_default() for field in Parcel._meta.concrete_fields}
# The rows are there, and locked: all of them meet the conflict and are updated.
COUNTERS = """
INSERT INTO ledger_uidcounter (
    uid, entry_id, sequence, frozen, last_dtstamp, organiser_id, organiser_address, organiser_key,
    account_id
) VALUES {rows} ON CONFLICT (uid) DO UPDATE SET
    sequence = excluded.sequence, frozen = excluded.frozen, last_dtstamp = excluded.last_dtstamp,
    organiser_id = excluded.organiser_id, organiser_address = excluded.organiser_address,
    organiser_key = excluded.organiser_key, account_id = excluded.account_id
"""


@dataclass(frozen=True, slots=True)
class Composed:
    """Messages as they will leave, and the numbers they take; nothing of it is stored yet."""

    parcels: list[Parcel]
    decisions: list[Decision]
    stumbled: list[tuple[Calendar, Exception]]
    counters: dict[str, UidCounter]
    stamps: dict[str, datetime]
    now: datetime
    frozen: list[Frozen]

    def store(self) -> None:
        """Store them; called inside a transaction, once."""
        for calendar, fault in self.stumbled:
            set_aside(calendar, fault, self.now)
        for decision in self.decisions:
            discard(decision, "superseded", self.now)
        if self.parcels:
            _write_counters(self.counters, self.decisions, self.stamps)
            store(self.frozen)
            _write_doubts(self.decisions)


def compose_all(
    decisions: Sequence[Decision], counters: dict[str, UidCounter], now: datetime
) -> Composed:
    """Compose the messages of `decisions`; SEQUENCE and DTSTAMP are taken here."""
    stamps = {uid: _dtstamp(counter, now) for uid, counter in counters.items()}
    composed = Composed([], [], [], counters, stamps, now, [])
    accounts = _from_addresses(decisions) if decisions else {}
    for decision in decisions:
        send = _send_of(decision)
        counter = counters[decision.calendar.uid]
        stamp = Stamp(
            version=Version(_take_number(counter, decision.calendar), stamps[counter.uid]),
            organiser=send.organiser,
            from_address=accounts[send.organiser.account],
            domain=counter.uid.rpartition("@")[2],
        )
        try:
            composed.parcels.append(_parcel(decision, send, stamp, now))
        except Exception as fault:  # noqa: BLE001 - one message must not stop all others
            composed.stumbled.append((decision.calendar, fault))
            continue
        composed.decisions.append(decision)
    composed.frozen.extend(freeze(composed.parcels, now))
    return composed


def _dtstamp(counter: UidCounter, now: datetime) -> datetime:
    """Return one DTSTAMP for all messages of a UID in this claim; it never goes back."""
    stamp = now.replace(microsecond=0)
    return stamp if counter.last_dtstamp is None else max(stamp, counter.last_dtstamp + ONE_SECOND)


def _from_addresses(decisions: Iterable[Decision]) -> dict[int, str]:
    ids = {what.organiser.account for what in map(_send_of, decisions)}
    return dict(MailAccount.objects.filter(pk__in=ids).values_list("pk", "from_address"))


def _send_of(decision: Decision) -> Send:
    if not isinstance(decision.what, Send):
        raise TypeError("only a decision to send can be frozen")
    return decision.what


def _take_number(counter: UidCounter, calendar: Calendar) -> int:
    sequence = next_sequence(counter.sequence, calendar.frozen)
    counter.sequence = max(counter.sequence, sequence)
    counter.frozen = max(counter.frozen or 0, sequence)
    return sequence


def _parcel(decision: Decision, send: Send, stamp: Stamp, now: datetime) -> Parcel:
    message = compose(
        send.step,
        alarm=_own_alarm(decision, send),
        uid=decision.calendar.uid,
        people=[member.person for member in send.entry.assigned],
        disclosure=send.entry.disclosure,
        stamp=stamp,
    )
    return _row(message, decision, stamp, print_of(send.step), now)


def _own_alarm(decision: Decision, send: Send) -> timedelta | None:
    """Return the reminder in somebody's own copy, asked for only where one is sent."""
    step = send.step
    if isinstance(step, Withdraw) or step.hold.holding.way is Way.INVITATION:
        return None
    return reminders.own_alarm(decision.calendar.entry_id, step.hold.member.person.id)


def _row(message: Message, decision: Decision, stamp: Stamp, shows: str, now: datetime) -> Parcel:
    calendar = decision.calendar
    calendar.person_id = decision.person_id
    values = _NEW_PARCEL | {
        "account_id": stamp.organiser.account,
        "method": message.method,
        "uid": message.uid,
        "sequence": message.sequence,
        "dtstamp": stamp.version.dtstamp,
        "message_id": message.message_id,
        "envelope_from": message.envelope_from,
        "envelope_to": message.envelope_to,
        "print": shows,
        "frozen_at": now,
    }
    # As from the database: to make one anew by name takes three times as long.
    parcel = Parcel.from_db(DEFAULT_DB_ALIAS, list(values), list(values.values()))
    parcel.calendar = calendar
    parcel.told = snapshots.to_json(message.told)
    parcel.pieces = message.head, message.body
    return parcel


def _write_counters(
    counters: dict[str, UidCounter], decisions: Sequence[Decision], stamps: dict[str, datetime]
) -> None:
    """Store the numbers taken, and the organiser of each UID that had none: one statement."""
    taken = {}
    for decision in decisions:
        counter = taken[decision.calendar.uid] = counters[decision.calendar.uid]
        counter.last_dtstamp = stamps[counter.uid]
        if not counter.organiser_fixed:
            _fix_organiser(counter, decision)
    rows.insert(COUNTERS, [_counter(counter) for counter in taken.values()])


def _counter(counter: UidCounter) -> Row:
    return (
        counter.uid,
        counter.entry_id,
        counter.sequence,
        counter.frozen,
        connection.ops.adapt_datetimefield_value(counter.last_dtstamp),
        counter.organiser_id,
        counter.organiser_address,
        counter.organiser_key,
        counter.account_id,
    )


def _fix_organiser(counter: UidCounter, decision: Decision) -> None:
    organiser = organiser_of(_send_of(decision).entry)
    if organiser is None:
        raise AssertionError("a message was frozen for an entry nobody can send")
    counter.organiser_id = organiser.person_id
    counter.organiser_address = organiser.address
    counter.organiser_key = organiser.key
    counter.account_id = organiser.account


def _write_doubts(decisions: Sequence[Decision]) -> None:
    """Keep what a calendar may hold whose earlier message may have arrived; there are few."""
    for decision in decisions:
        if decision.discarded is not None and may_have_arrived(decision.discarded):
            Calendar.objects.filter(pk=decision.calendar.pk).update(
                **snapshots.after_doubt(decision.last_word, decision.worlds[1:])
            )
