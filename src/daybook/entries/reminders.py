"""Reminders: each person's own, for entries they are on. Nobody is reminded who did not ask.

A person has a habit (so many minutes before every entry) and may choose otherwise for an entry.
For every reminder to come there is a row that knows when it is due; the verbs of entries and
people keep the rows right in their own transactions (`follow`, `follow_person`), and a worker
gives those that are due, each once. No calendar is told anything by any of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from daybook.calendaring import alarm
from daybook.calendaring.event import State
from daybook.entries.models import Assignment, DiaryEntry, OwnReminders, Reminder, ReminderState
from daybook.people.faults import FieldFault, InvalidInput, NotAllowed
from daybook.people.models import Person

MOST = 5
WEEK = 7 * 24 * 60
EARLIEST, LATEST = 4 * WEEK, -24 * 60
_KEPT = timedelta(days=30)
# What one person chose, by entry.
Choices = dict[int, OwnReminders]
ONLY_OWN = "Only the people on an entry are reminded of it."


@dataclass(frozen=True, slots=True)
class Habit:
    """When and where somebody wants to be reminded; minutes before the start, in any order."""

    timed: Sequence[int] = ()
    all_day: Sequence[int] = ()
    in_browser: bool = False
    by_mail: bool = False
    in_calendar: bool = False


def choose_habit(person: Person, habit: Habit, *, now: datetime) -> None:
    """Remind `person` like this from now on, entries with a choice of their own excepted.

    Raises InvalidInput at `timed`, `all_day` or `channels`.
    """
    timed = _checked(habit.timed, "timed", whole_days=False)
    all_day = _checked(habit.all_day, "all_day", whole_days=True)
    if (timed or all_day) and not (habit.in_browser or habit.by_mail or habit.in_calendar):
        sentence = gettext("Choose at least one way to be reminded.")
        raise InvalidInput(FieldFault("channels", "missing", sentence))
    with transaction.atomic():
        # The same lock as every change of a person: what follows is of this habit.
        person = Person.objects.select_for_update().get(pk=person.pk)
        person.reminders_timed, person.reminders_all_day = timed, all_day
        person.remind_in_browser, person.remind_by_mail = habit.in_browser, habit.by_mail
        person.remind_in_calendar = habit.in_calendar
        person.save(
            update_fields=[
                "reminders_timed",
                "reminders_all_day",
                "remind_in_browser",
                "remind_by_mail",
                "remind_in_calendar",
            ]
        )
        follow_person(person, now=now)


def choose_for(
    entry_id: int, person: Person, minutes: Sequence[int] | None, *, now: datetime
) -> None:
    """Remind `person` of one entry like this; None is the habit again, nothing is not at all.

    Whoever was reminded nowhere so far is from now on reminded on the pages. Raises
    DiaryEntry.DoesNotExist, NotAllowed if not on the entry, InvalidInput at `minutes`.
    """
    with transaction.atomic():
        entry = DiaryEntry.objects.select_for_update().get(pk=entry_id, deleted_at=None)
        person = Person.objects.select_for_update().get(pk=person.pk)
        if not entry.assignments.filter(person=person).exists():
            raise NotAllowed(ONLY_OWN)
        OwnReminders.objects.filter(entry=entry, person=person).delete()
        chosen: Choices = {}
        if minutes is not None:
            checked = _checked(minutes, "minutes", whole_days=entry.all_day)
            chosen[entry.pk] = OwnReminders.objects.create(
                entry=entry, person=person, all_day=entry.all_day, minutes=checked
            )
        if minutes and not _is_reminded_somewhere(person):
            person.remind_in_browser = True
            person.save(update_fields=["remind_in_browser"])
        waiting = entry.reminders.filter(person=person, due_at__isnull=False)
        _replace(waiting, _wanted([entry], person, chosen, now), now)


def chosen_for(entry: DiaryEntry, person: Person) -> list[int] | None:
    """Return the minutes `person` chose for `entry`, None if the habit applies."""
    row = OwnReminders.objects.filter(entry=entry, person=person).first()
    if row is None or not row.applies_to(entry):
        return None
    minutes: list[int] = row.minutes
    return minutes


def habit_for(entry: DiaryEntry, person: Person) -> list[int]:
    """Return the minutes before `entry` by the habit of `person`."""
    habit: list[int] = person.reminders_all_day if entry.all_day else person.reminders_timed
    return habit


def follow(
    entry: DiaryEntry, people: Iterable[Person], *, now: datetime, is_new: bool = False
) -> None:
    """Bring the reminders of an entry to what it is now; called when time, people or state change.

    `people` are those on it. Called in the transaction of the change, after it is written. Of a
    new entry only the habits of its people count: none of them, no statement.
    """
    rows = [] if is_new else OwnReminders.objects.filter(entry=entry)
    chosen = {row.person_id: {entry.pk: row} for row in rows}
    wanted = [
        reminder
        for person in people
        for reminder in _wanted([entry], person, chosen.get(person.pk, {}), now)
    ]
    if is_new:
        _insert(wanted, now)
    else:
        _replace(entry.reminders.filter(due_at__isnull=False), wanted, now)


def follow_person(person: Person, *, now: datetime) -> None:
    """Bring all reminders of a person to their habit, their clocks and whether they are active."""
    on = Assignment.objects.filter(person=person).values("entry_id")
    entries = list(DiaryEntry.objects.filter(pk__in=on, deleted_at=None, ends_at__gt=now))
    rows = OwnReminders.objects.filter(person=person, entry__in=entries)
    chosen = {row.entry_id: row for row in rows}
    waiting = person.reminders.filter(due_at__isnull=False)
    _replace(waiting, _wanted(entries, person, chosen, now), now)


def due(now: datetime) -> QuerySet[Reminder]:
    """Return the reminders whose time has come, the longest waiting first."""
    return Reminder.objects.filter(due_at__lte=now).order_by("due_at", "id")


def take(reminder: Reminder, now: datetime) -> bool:
    """Give one reminder: True for exactly one caller, and only if it still makes sense.

    Called in the transaction that also makes its mail. One whose entry has begun, moved, is off
    or deleted, or whose person left it or the firm, is dropped.
    """
    mine = Reminder.objects.filter(pk=reminder.pk, due_at__lte=now)
    entry, person = reminder.entry, reminder.person
    stands = (
        _is_coming(entry, now)
        and person.is_active
        and entry.starts_at == reminder.starts_at
        and entry.assignments.filter(person=person).exists()
    )
    # Also where a mail goes out: what is mailed in vain is shown there.
    in_browser = stands and person.remind_in_browser
    state = ReminderState.GIVEN if stands else ReminderState.DROPPED
    taken = mine.update(due_at=None, state=state, given_at=now, in_browser=in_browser)
    return bool(taken) and stands


def show_instead(reminder_id: int, reason: str) -> None:
    """Show on the pages what could not be mailed, with the reason."""
    Reminder.objects.filter(pk=reminder_id).update(in_browser=True, not_mailed=reason)


def show_what_was_due(until: datetime, reason: str, now: datetime) -> None:
    """Show on the pages, with the reason, what was due by `until` and may have been given."""
    doubtful = Reminder.objects.filter(due_at__lte=until)
    timed = Q(entry__all_day=False, starts_at__gt=now)
    coming = doubtful.filter(timed | Q(entry__all_day=True, entry__ends_at__gt=now))
    given = {"due_at": None, "given_at": now}
    coming.update(state=ReminderState.GIVEN, in_browser=True, not_mailed=reason, **given)
    doubtful.update(state=ReminderState.DROPPED, **given)


def shown_to(person: Person, now: datetime) -> QuerySet[Reminder]:
    """Return the reminders the pages show `person`, the soonest entry first."""
    shown = person.reminders.filter(in_browser=True, seen_at=None)
    return (
        shown.filter(entry__deleted_at=None, entry__state=State.OPEN, entry__ends_at__gt=now)
        .select_related("entry")
        .order_by("starts_at", "entry_id", "minutes")
    )


def put_away(person: Person, reminder_id: int, now: datetime) -> None:
    """Show `person` a reminder, and all others of the same entry, no more."""
    own = person.reminders.filter(seen_at=None)
    entry = own.filter(pk=reminder_id).values("entry_id")[:1]
    own.filter(entry_id__in=list(entry.values_list("entry_id", flat=True)), due_at=None).update(
        seen_at=now
    )


def announce(person: Person, reminder_id: int, now: datetime) -> bool:
    """Return True for the first of all browsers that asks to announce a reminder aloud."""
    own = person.reminders.filter(pk=reminder_id, in_browser=True, announced_at=None, seen_at=None)
    return bool(own.update(announced_at=now))


def forget(now: datetime) -> int:
    """Forget reminders of entries that ended a month ago; return how many.

    Only those given or dropped as long ago: a clock that is wrong forgets nothing at once.
    """
    over = Reminder.objects.filter(entry__ends_at__lt=now - _KEPT, given_at__lt=now - _KEPT)
    return over.delete()[0]


def let_wait_again(after: datetime) -> int:
    """Let those wait again that were dropped after `after`, which is to come; return how many."""
    dropped = Reminder.objects.filter(state=ReminderState.DROPPED, given_at__gt=after)
    for each in dropped.select_related("entry", "person"):
        each.due_at = alarm.due_at(each.entry.span, each.minutes, each.person.timezone)
        each.state, each.given_at = ReminderState.WAITING, None
        each.save(update_fields=["due_at", "state", "given_at"])
    return len(dropped)


def alarm_for(entry: DiaryEntry, person: Person) -> timedelta | None:
    """Return the alarm in `person`'s own copy of `entry`, None if there is none."""
    if not person.remind_in_calendar:
        return None
    own = chosen_for(entry, person)
    return alarm.alarm_of(habit_for(entry, person) if own is None else own)


def own_alarm(entry_id: int, person_id: int) -> timedelta | None:
    """Return the alarm of one person's copy of one entry, by their ids."""
    person = Person.objects.filter(pk=person_id, remind_in_calendar=True).first()
    entry = DiaryEntry.objects.filter(pk=entry_id).first() if person is not None else None
    return alarm_for(entry, person) if entry is not None and person is not None else None


def _wanted(
    entries: Iterable[DiaryEntry], person: Person, chosen: Choices, now: datetime
) -> list[Reminder]:
    """Return the reminders of `person` for `entries`, unsaved, those whose time is past as well."""
    if not person.is_active:
        return []
    return [
        Reminder(
            entry=entry,
            person=person,
            starts_at=entry.starts_at,
            minutes=minutes,
            due_at=alarm.due_at(entry.span, minutes, person.timezone),
        )
        for entry in entries
        if _is_coming(entry, now)
        for minutes in _minutes(entry, person, chosen.get(entry.pk))
    ]


def _is_coming(entry: DiaryEntry, now: datetime) -> bool:
    """Return whether there is still something to remind of: whole days may have begun."""
    until = entry.ends_at if entry.all_day else entry.starts_at
    return entry.deleted_at is None and entry.state == State.OPEN and until > now


def _replace(waiting: QuerySet[Reminder], wanted: list[Reminder], now: datetime) -> None:
    """Make `waiting` be `wanted`; what is neither new nor gone stays, though its time has come."""
    there = {_key(reminder): reminder for reminder in waiting}
    keys = {_key(reminder): reminder.due_at for reminder in wanted}
    gone = [old.pk for key, old in there.items() if keys.get(key) != old.due_at]
    if gone:
        Reminder.objects.filter(pk__in=gone, due_at__isnull=False).delete()
    kept = {key for key, old in there.items() if keys.get(key) == old.due_at}
    _insert([each for each in wanted if _key(each) not in kept], now)


def _insert(wanted: Iterable[Reminder], now: datetime) -> None:
    # Whoever chooses, books or moves so late that the time is past already knows of the entry.
    coming = [each for each in wanted if each.due_at is not None and each.due_at > now]
    if coming:
        # Those given before for the same beginning are not given again.
        Reminder.objects.bulk_create(coming, ignore_conflicts=True)


def _key(reminder: Reminder) -> tuple[int, int, datetime, int]:
    return reminder.entry_id, reminder.person_id, reminder.starts_at, reminder.minutes


def _minutes(entry: DiaryEntry, person: Person, own: OwnReminders | None) -> list[int]:
    if own is None or not own.applies_to(entry):
        return habit_for(entry, person)
    minutes: list[int] = own.minutes
    return minutes


def _is_reminded_somewhere(person: Person) -> bool:
    return person.remind_in_browser or person.remind_by_mail or person.remind_in_calendar


def _checked(minutes: Sequence[int], field: str, *, whole_days: bool) -> list[int]:
    once = sorted(set(minutes))
    if len(once) > MOST:
        raise InvalidInput(
            FieldFault(field, "too_many", gettext("Choose at most %(number)d.") % {"number": MOST})
        )
    if any(not (LATEST if whole_days else 0) <= each <= EARLIEST for each in once):
        sentence = gettext("A reminder comes before the entry, at most four weeks.")
        raise InvalidInput(FieldFault(field, "out_of_range", sentence))
    return once
