"""What goes into a line of quick add, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Named:
    """A type or a person that a line can name; `handle` is a second name, "" for none."""

    id: int
    name: str
    handle: str = ""


@dataclass(frozen=True, slots=True)
class QuickEntry:
    """What a line means. Times are naive, by the clock of whoever typed; `end` is not included.

    All-day: both are midnights. `people` are ids, in the order they were named.
    """

    title: str
    start: datetime
    end: datetime
    all_day: bool
    type_id: int
    people: tuple[int, ...]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way out of a fault: what it is called, and the whole line with it chosen."""

    name: str
    line: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line has no meaning yet; `start` to `end` is the place in it, end not included.

    `missing` means that nothing is wrong: something has still to be typed.
    """

    code: str
    sentence: str
    start: int
    end: int
    choices: tuple[Choice, ...] = ()
    missing: bool = False
