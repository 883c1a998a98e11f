"""Cutting a line into what might be said by it: days, times, names, and words of the title.

A piece says only what it could be and how clear that is; `reading` decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from daybook.calendaring.quick_add.days import (
    BETWEEN,
    DAY,
    DAYS_OF_MONTH,
    Dated,
    Day,
    is_clear,
    read_day,
)
from daybook.calendaring.quick_add.hours import (
    LENGTH,
    TIME,
    Hours,
    read_hours,
    read_length,
)

# What a name, a day or a time is followed by: a space or the end, perhaps after a comma or a dot.
_END = r"(?=[,;.!?]*(?:\s|$))"


class Kind(Enum):
    """What a piece of a line is."""

    WORD = "word"
    QUOTED = "quoted"
    TYPE = "#"
    PERSON = "@"
    WHEN = "when"


@dataclass(frozen=True, slots=True)
class Days:
    """A day, or the days from `first` to `last`, both included."""

    first: Day
    last: Day | None
    clear: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The text from `start` up to `end` of the line, and what it says.

    `text` is the word, the name or what stands in quotes. Of a piece about when, each part it
    speaks of is set. `trouble` is a sentence if it is a time that no clock shows.
    """

    kind: Kind
    text: str
    start: int
    end: int
    days: Days | None = None
    hours: Hours | None = None
    length: timedelta | None = None
    all_day: bool = False
    trouble: str = ""


def cut(line: str) -> list[Piece]:
    """Return the pieces of `line`, in order; only spaces and commas are left out."""
    pieces: list[Piece] = []
    at = 0
    while found := _NEXT.match(line, at):
        at = found.start("here")
        piece = next(filter(None, (match(line, at) for match in _MATCHERS)))
        pieces.append(piece)
        at = piece.end
    return pieces


def as_words(line: str, piece: Piece) -> list[Piece]:
    """Return the words of a piece that turned out to say nothing else."""
    return [
        Piece(Kind.WORD, found[0], piece.start + found.start(), piece.start + found.end())
        for found in re.finditer(r"\S+", line[piece.start : piece.end])
    ]


def _quoted(line: str, at: int) -> Piece | None:
    found = _QUOTED.match(line, at)
    return Piece(Kind.QUOTED, _unquoted(found), at, found.end()) if found else None


def _named(line: str, at: int) -> Piece | None:
    found = _NAMED.match(line, at)
    if found is None:
        return None
    text = found["bare"] or _unquoted(found)
    return Piece(Kind(found["sign"]), text, at, found.end())


def _days_with_hours(line: str, at: int) -> Piece | None:
    found = _DAYS_WITH_HOURS.match(line, at)
    if found is None:
        return None
    days = Days(read_day(found["first"]), read_day(found["last"]), 3)
    try:
        # Each has its own day: an end in the morning is of the morning.
        begin = read_hours(found["begin"], None).begin
        finish = read_hours(found["finish"], None).begin
    except ValueError as trouble:
        return _when(found, days=days, trouble=str(trouble))
    return _when(found, days=days, hours=Hours(begin, finish, 3))


def _days_of_a_month(line: str, at: int) -> Piece | None:
    found = _DAYS_OF_A_MONTH.match(line, at)
    if found is None:
        return None
    last = read_day(found[2])
    if not isinstance(last, Dated):
        return None
    first = Dated(int(re.sub(r"\D", "", found[1])), last.month, last.year)
    return _when(found, days=Days(first, last, 2))


def _days(line: str, at: int) -> Piece | None:
    found = _DAYS.match(line, at)
    if found is None:
        return None
    first = read_day(found["first"])
    last = read_day(found["last"]) if found["last"] else None
    return _when(found, days=Days(first, last, 2 if is_clear(found["first"]) else 1))


def _hours(line: str, at: int) -> Piece | None:
    found = _HOURS.match(line, at)
    if found is None or not (found["finish"] or found["at"] or _is_a_time_alone(found["begin"])):
        return None
    try:
        return _when(found, hours=read_hours(found["begin"], found["finish"]))
    except ValueError as trouble:
        # “rooms 40-50” is no time; “25:00” was meant as one.
        return _when(found, trouble=str(trouble)) if ":" in found[0] else None


def _length(line: str, at: int) -> Piece | None:
    found = _LENGTH.match(line, at)
    return _when(found, length=read_length(found)) if found else None


def _all_day(line: str, at: int) -> Piece | None:
    found = _ALL_DAY.match(line, at)
    return _when(found, all_day=True) if found else None


def _word(line: str, at: int) -> Piece:
    end = next((n for n in range(at, len(line)) if line[n].isspace()), len(line))
    return Piece(Kind.WORD, line[at:end], at, end)


def _when(
    found: re.Match[str],
    *,
    days: Days | None = None,
    hours: Hours | None = None,
    length: timedelta | None = None,
    all_day: bool = False,
    trouble: str = "",
) -> Piece:
    return Piece(
        Kind.WHEN, found[0], found.start(), found.end(), days, hours, length, all_day, trouble
    )


def _is_a_time_alone(text: str) -> bool:
    """Return whether a number with nothing beside it may be a time: 930 may, 12 and 2026 not."""
    return not text.isdecimal() or (len(text) > 2 and int(text) % 5 == 0)


def _unquoted(found: re.Match[str]) -> str:
    return (found["curly"] or (found["straight"] or "").replace('""', '"')).strip()


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII | re.IGNORECASE)


_NEXT = re.compile(r"[\s,;]*(?P<here>[^\s,;])")
_IN_QUOTES = r'(?:"(?P<straight>(?:[^"]|"")+)"|“(?P<curly>[^“”]+)”)'
_QUOTED = re.compile(rf"{_IN_QUOTES}(?=[\s,;]|$)")
_NAMED = re.compile(rf'(?P<sign>[#@])(?:{_IN_QUOTES}|(?P<bare>[^\s,;"“”#@]*[^\s,;"“”#@.!?:]))')
_DAYS_WITH_HOURS = _pattern(
    rf"(?P<first>{DAY}),?\s+(?:at\s+)?(?P<begin>{TIME})(?:{BETWEEN})"
    rf"(?P<last>{DAY}),?\s+(?:at\s+)?(?P<finish>{TIME}){_END}"
)
_DAYS_OF_A_MONTH = _pattern(DAYS_OF_MONTH + _END)
_DAYS = _pattern(rf"(?:from\s+)?(?P<first>{DAY})(?:(?:{BETWEEN})(?P<last>{DAY}))?{_END}")
_HOURS = _pattern(
    rf"(?P<at>(?:at|from)\s+)?(?P<begin>{TIME})(?:(?:{BETWEEN})(?P<finish>{TIME}))?{_END}"
)
_LENGTH = _pattern(LENGTH + _END)
_ALL_DAY = _pattern(rf"all[\s-]day{_END}")

_MATCHERS: tuple[Callable[[str, int], Piece | None], ...] = (
    _quoted,
    _named,
    _days_with_hours,
    _days_of_a_month,
    _days,
    _hours,
    _length,
    _all_day,
    _word,
)
