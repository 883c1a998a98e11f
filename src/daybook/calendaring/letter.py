"""The words around a calendar part: what a person reads who opens the mail.

Worded for the reader: a newcomer is invited whatever version the entry is at, and only somebody
who was told something before is told of a change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape

from daybook.calendaring.event import Disclosure, Facts, Holding, Moment, Person, Span, Told, Way
from daybook.calendaring.ical import clean
from daybook.calendaring.plan import disclosed, stricter

ENDINGS = {
    "entry_cancelled": "This appointment is cancelled.",
    "entry_deleted": "This appointment is cancelled.",
    "not_assigned": "You are no longer on this appointment.",
    "handed_over": (
        "Somebody else organises this appointment now. If you are on it, you get a new invitation."
    ),
    "address_changed": "Mail about this appointment now goes to another address.",
}
TAKEN_OUT = "This appointment still stands, but the diary no longer keeps it in your calendar."


@dataclass(frozen=True, slots=True)
class Letter:
    """The readable part of one mail, as plain text and as HTML that loads nothing."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Draft:
    subject: str
    opening: str
    rows: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    notes: str
    closing: str


def invitation(told: Told, people: Sequence[Person]) -> Letter:
    """Return the letter to somebody whose calendar holds nothing of the entry yet."""
    facts = told.holding.facts
    if told.holding.way is Way.FILE:
        opening = "This is your own entry in the diary."
        closing = "Open the attached file to add it to your calendar."
    elif told.holding.way is Way.INVITATION:
        opening = f"{_organiser(told)} invites you."
        closing = f"Your answer goes to {_organiser(told)}, {told.organiser_address}."
    else:
        opening = "This is your own entry in the diary."
        closing = "Accept it or add it once, and your calendar follows the diary."
    kind = "Invitation" if told.holding.way is Way.INVITATION else "For your calendar"
    return _write(
        _draft(kind, told, facts, opening=opening, changes=(), closing=closing, people=people)
    )


def update(told: Told, before: Holding, people: Sequence[Person]) -> Letter:
    """Return the letter to somebody whose calendar holds `before`."""
    facts = told.holding.facts
    closing = (
        "Open the attached file to update the entry in your calendar."
        if told.holding.way is Way.FILE
        else "Most calendars take the change from this mail by themselves; some ask you first."
    )
    opening = (
        f"{_organiser(told)} has changed this appointment."
        if told.holding.way is Way.INVITATION
        else "Your own entry in the diary has changed."
    )
    changes = tuple(_changes(before, told.holding))
    return _write(
        _draft(
            "Updated", told, facts, opening=opening, changes=changes, closing=closing, people=people
        )
    )


def withdrawal(told: Told, reason: str, disclosure: Disclosure) -> Letter:
    """Return the letter to somebody whose calendar should let go of `told`.

    `disclosure` is the present one; the stricter of it and what was told applies.
    """
    facts = disclosed(told.holding.facts, stricter(told.holding.disclosure, disclosure))
    facts = replace(facts, notes="")  # They say how to prepare for it.
    opening = ENDINGS.get(reason, TAKEN_OUT)
    closing = (
        "Please remove it from your calendar: a mail cannot do that for an entry added from a file."
        if told.holding.way is Way.FILE
        else "Most calendars remove it by themselves when this mail arrives; some ask you first."
    )
    kind = "Cancelled" if opening == ENDINGS["entry_cancelled"] else "Removed"
    return _write(
        _draft(kind, told, facts, opening=opening, changes=(), closing=closing, people=())
    )


def reminder(facts: Facts, people: Sequence[Person], link: str) -> Letter:
    """Return the letter to somebody who asked to be reminded of an entry.

    `facts` are what may leave, in the reader's zone; `people` are empty where they may not be
    named. `link` is the entry's page, "" if the diary has no address.
    """
    page = (("In the diary", link),) if link else ()
    draft = _Draft(
        subject=f"Reminder: {facts.title} ({_short(facts.span)})",
        opening="You asked the diary to remind you.",
        rows=(*_rows(facts, people), *page),
        changes=(),
        notes=facts.notes,
        closing="To be reminded otherwise, or not at all, see Reminders in Edit Your Details.",
    )
    return _write(draft)


def when(span: Span) -> str:
    """Return the time of an entry in words, with its zone."""
    start, last = span.start.wall, span.end.wall
    if span.all_day:
        last -= timedelta(days=1)
        return _day(start) if start == last else f"{_day(start)} to {_day(last)}"
    end = _clock(span.end) if start.date() == last.date() else f"{_day(last)}, {_clock(span.end)}"
    return f"{_day(start)}, {_clock(span.start)} to {end} ({span.zone})"


def _clock(moment: Moment) -> str:
    twice = " (after the clocks go back)" if moment.second else ""
    return f"{moment.wall:%H:%M}{twice}"


def _day(day: datetime) -> str:
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _organiser(told: Told) -> str:
    return _one_line(told.organiser_name) or told.organiser_address


def _changes(before: Holding, after: Holding) -> list[str]:
    """Say what a reader would notice, the old value included where it helps to recognise it.

    What was told and may not be said any more is not repeated.
    """
    strictest = stricter(before.disclosure, after.disclosure)
    old = disclosed(before.facts, strictest)
    new = disclosed(after.facts, strictest)
    changes = []
    if old.title != new.title:
        changes.append(f"The title was “{_one_line(old.title)}”.")
    if old.span != new.span:
        changes.append(f"The time was {when(old.span)}.")
    if old.location != new.location:
        place = _one_line(old.location)
        changes.append(f"The place was {place}." if place else "The place is new.")
    if old.notes != new.notes:
        changes.append("The notes have changed.")
    if before.disclosure != after.disclosure:
        changes.append("How much is shown here has changed.")
    elif before.people != after.people:
        changes.append("Who takes part has changed.")
    return changes


def _draft(
    kind: str,
    told: Told,
    facts: Facts,
    *,
    opening: str,
    changes: tuple[str, ...],
    closing: str,
    people: Sequence[Person],
) -> _Draft:
    if told.holding.disclosure is Disclosure.BUSY:
        people = ()
    subject = f"{kind}: {facts.title} ({_short(facts.span)})"
    return _Draft(subject, opening, _rows(facts, people), changes, facts.notes, closing)


def _rows(facts: Facts, people: Sequence[Person]) -> tuple[tuple[str, str], ...]:
    rows = [("What", facts.title), ("When", when(facts.span))]
    if facts.location:
        rows.append(("Where", facts.location))
    if people:
        rows.append(("Who", ", ".join(person.name or person.address for person in people)))
    return tuple(rows)


def _short(span: Span) -> str:
    start = span.start.wall
    day = f"{start.day} {MONTHS[start.month - 1][:3]}"
    return day if span.all_day else f"{day}, {start:%H:%M}"


def _write(draft: _Draft) -> Letter:
    return Letter(_one_line(draft.subject), _text(draft), _html(draft))


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _text(draft: _Draft) -> str:
    lines = [draft.opening, "", *(f"{name}: {_one_line(value)}" for name, value in draft.rows)]
    if draft.changes:
        lines += ["", *draft.changes]
    if draft.notes:
        lines += ["", clean(draft.notes)]
    return "\n".join([*lines, "", draft.closing, ""])


def _html(draft: _Draft) -> str:
    rows = "".join(
        f'<tr><th align="left" valign="top">{name}</th><td>{escape(_one_line(value))}</td></tr>\n'
        for name, value in draft.rows
    )
    changes = "".join(f"<li>{escape(change)}</li>\n" for change in draft.changes)
    notes = escape(clean(draft.notes)).replace("\n", "<br>\n")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>'
        f"{escape(_one_line(draft.subject))}</title></head>\n<body>\n<p>{escape(draft.opening)}</p>\n"
        f'<table cellpadding="4">\n{rows}</table>\n'
        + (f"<ul>\n{changes}</ul>\n" if changes else "")
        + (f"<p>{notes}</p>\n" if notes else "")
        + f"<p>{escape(draft.closing)}</p>\n</body></html>\n"
    )
