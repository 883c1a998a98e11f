"""A calendar text line by line, each with what it tells a calendar program, in plain English."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from daybook.calendaring.event import ONE_DAY
from daybook.calendaring.ical import clean
from daybook.calendaring.ical_lines import Component, Line, UnreadableText, split, unfold
from daybook.calendaring.ical_reader import address, moments

MOST_EXPLAINED = 500
LONGEST_SHOWN = 500

_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)\d\dZ?", re.ASCII)
_METHODS = {
    "REQUEST": "An invitation, or a newer version of one: put it into the calendar",
    "CANCEL": "A cancellation: take the entry out of the calendar",
    "REPLY": "An answer to an invitation",
    "PUBLISH": "An entry to copy; nobody is asked to answer",
}
_ANSWERS = {
    "NEEDS-ACTION": "has not answered yet",
    "ACCEPTED": "has accepted",
    "DECLINED": "has declined",
    "TENTATIVE": "may come",
    "DELEGATED": "sends somebody else",
}
_STATES = {
    "CONFIRMED": "The entry takes place",
    "CANCELLED": "The entry is cancelled",
    "TENTATIVE": "The entry may take place",
}
_UNUSED = "Daybook does not use this line"
_OF_ZONE = {
    "TZID": "The time zone is called {}",
    "TZOFFSETFROM": "Before, the clocks are {} from UTC",
    "TZOFFSETTO": "From then on, the clocks are {} from UTC",
    "TZNAME": "People call this time {}",
    "DTSTART": "The first time the clocks change to it",
    "RRULE": "The clocks change to it every year by this rule",
}
_PARTS = {
    "VCALENDAR": "the calendar text",
    "VEVENT": "the entry",
    "VTIMEZONE": "the time zone used by the entry",
    "STANDARD": "the rule of its standard time",
    "DAYLIGHT": "the rule of its summer time",
    "VALARM": "an alarm",
}


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One unfolded line, without control characters, and a sentence without a full stop."""

    line: str
    meaning: str


def explain(raw: bytes) -> list[ExplainedLine]:
    """Return the lines of a calendar text with their meanings.

    At most 500 lines of at most 500 characters, whatever is in `raw`; longer ones end in “…”, and
    a text that cannot be taken apart gives one empty line with the reason. Raises nothing.
    """
    try:
        lines = unfold(raw)
    except UnreadableText as trouble:
        return [ExplainedLine("", str(trouble))]
    within = [Component("")]
    explained = [
        ExplainedLine(_shown(line), _shown(_meaning(line, within)))
        for line in lines[:MOST_EXPLAINED]
    ]
    if len(lines) > MOST_EXPLAINED:
        rest = f"{len(lines) - MOST_EXPLAINED} more lines are not shown"
        explained.append(ExplainedLine("…", rest))
    return explained


def _shown(text: str) -> str:
    plain = clean(text[: LONGEST_SHOWN + 1]).replace("\n", " ")
    return plain if len(plain) <= LONGEST_SHOWN else plain[: LONGEST_SHOWN - 1] + "…"


def _meaning(text: str, within: list[Component]) -> str:
    """Say what a line means; `within` are the components open around it, and is kept up to date."""
    try:
        line = split(text)
        part = line.value.strip().upper()
        if line.name == "BEGIN":
            component = Component(part)
            within[-1].children.append(component)
            within.append(component)
            return f"Here begins {_PARTS.get(part, 'a part Daybook does not use')}"
        if line.name == "END":
            if len(within) > 1:
                within.pop()
            return f"Here ends {_PARTS.get(part, 'that part')}"
        within[-1].lines.append(line)
        if within[-1].name in {"VTIMEZONE", "STANDARD", "DAYLIGHT"}:
            return _OF_ZONE.get(line.name, _UNUSED).format(line.text())
        say = _SENTENCES.get(line.name)
        return say(line, within) if say else _UNUSED
    except UnreadableText as trouble:
        return str(trouble).removesuffix(".")


def _when(line: Line, within: list[Component]) -> str:
    said = moments(line, within[1] if len(within) > 1 else within[0])
    ends = line.name == "DTEND"
    verb = "Ends" if ends else "Starts"
    if isinstance(said, date):
        # The end of whole days is the day after the last (RFC 5545 section 3.6.1).
        return f"{'Lasts through' if ends else verb} {_day(said - ONE_DAY if ends else said)}"
    which = ", the second time the clocks show it" if said.second else ""
    return f"{verb} {_day(said.wall.date())}, {said.wall:%H:%M} ({said.zone}){which}"


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def _stamp(said: str) -> Callable[[Line, list[Component]], str]:
    def say(line: Line, _: list[Component]) -> str:
        match = _STAMP.fullmatch(line.value.strip())
        if match is None:
            return f"{said} at a time that cannot be read"
        year, month, day, hour, minute = match.groups()
        return f"{said} on {year}-{month}-{day} at {hour}:{minute} UTC"

    return say


def _version(line: Line, _: list[Component]) -> str:
    number = line.value.strip()
    if number == "0":
        return "Version 0 of this entry: the first"
    return f"Version {number} of this entry: newer than any lower number"


def _organizer(line: Line, _: list[Component]) -> str:
    return f"Organised by {_person(line)}; answers go there"


def _attendee(line: Line, _: list[Component]) -> str:
    answer = _ANSWERS.get(line.parameter("PARTSTAT").upper(), "has not answered yet")
    asked = ", and is asked to" if line.parameter("RSVP").upper() == "TRUE" else ""
    return f"{_person(line)} is on the entry and {answer}{asked}"


def _person(line: Line) -> str:
    bare, name = address(line) or "an unknown address", line.parameter("CN").strip()
    return f"{name} ({bare})" if name else bare


def _one_of(meanings: dict[str, str]) -> Callable[[Line, list[Component]], str]:
    def say(line: Line, _: list[Component]) -> str:
        return meanings.get(line.value.strip().upper(), "Not a word Daybook knows")

    return say


def _says(sentence: str) -> Callable[[Line, list[Component]], str]:
    return lambda line, _: sentence.format(line.text())


_SENTENCES: dict[str, Callable[[Line, list[Component]], str]] = {
    "VERSION": _says("Written in iCalendar version {} (RFC 5545)"),
    "PRODID": _says("Written by {}"),
    "CALSCALE": _says("Dates are of the usual calendar"),
    "METHOD": _one_of(_METHODS),
    "UID": _says("The name of this entry for ever: the same name is the same entry"),
    "DTSTAMP": _stamp("This version was written"),
    "CREATED": _stamp("The entry was made"),
    "LAST-MODIFIED": _stamp("The entry was last changed"),
    "SEQUENCE": _version,
    "DTSTART": _when,
    "DTEND": _when,
    "SUMMARY": _says("The title: {}"),
    "LOCATION": _says("The place: {}"),
    "DESCRIPTION": _says("The notes: {}"),
    "STATUS": _one_of(_STATES),
    "TRANSP": _one_of({"OPAQUE": "The time is busy", "TRANSPARENT": "The time stays free"}),
    "X-MICROSOFT-DISALLOW-COUNTER": _one_of(
        {"TRUE": "Please do not propose another time by mail", "FALSE": "Proposals are welcome"}
    ),
    "ORGANIZER": _organizer,
    "ATTENDEE": _attendee,
    "ACTION": _one_of({"DISPLAY": "The alarm is shown"}),
    "TRIGGER": _says("When the alarm comes, counted from the start: {}"),
}
