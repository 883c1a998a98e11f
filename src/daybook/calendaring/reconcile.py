"""Compare what calendars should hold with what they were last told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar, assert_never

from daybook.calendaring.event import Holding, Told
from daybook.calendaring.plan import Hold, Plan, Settled, Withhold

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Invite:
    """Tell a calendar that holds nothing."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class Update:
    """Tell a calendar something new about what it holds."""

    hold: Hold
    replaces: Told


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take back what a calendar was told."""

    told: Told
    reason: str


Step = Invite | Update | Withdraw


def step_for(answer: Plan, told: Told | None) -> Step | None:
    """Return the step that brings one calendar to its plan, None if it is there.

    `told` is the last word: the newest message that may have arrived.
    """
    match answer:
        case Settled():
            return None
        case Withhold(reason):
            return Withdraw(told, reason) if told else None
        case Hold():
            if told is None:
                return Invite(answer)
            return None if told.holding == answer.holding else Update(answer, told)
    assert_never(answer)


def reconcile(wanted: Mapping[Key, Plan], last_word: Mapping[Key, Told]) -> dict[Key, Step]:
    """Return the steps that turn what calendars hold into what they should hold.

    Deliver the steps, ask again, and the answer is {}: running twice never mails twice.
    Withdrawals come first, so that a moved appointment never shows twice.
    """
    steps = {
        key: step
        for key, answer in wanted.items()
        if (step := step_for(answer, last_word.get(key))) is not None
    }
    return dict(sorted(steps.items(), key=lambda item: not isinstance(item[1], Withdraw)))


def next_sequence(counter: int, highest_frozen_here: int | None) -> int:
    """Return the SEQUENCE of the next message to one calendar.

    `counter` is the UID's own, raised by guest-visible edits; a calendar that was told something
    gets more than it ever had, also when only its own standing changed (removed, invited back).
    Never lower than before (RFC 5546 section 2.1.4).
    """
    if highest_frozen_here is None:
        return counter
    return max(counter, highest_frozen_here + 1)


WITHDRAWN = "withdrawn"


def print_of(step: Step) -> str:
    """Return a short print of what the calendar would hold after `step`.

    Two steps with one print say the same thing: the bytes of the first may be sent again for the
    second, and a refusal of the first is a refusal of the second.
    """
    if isinstance(step, Withdraw):
        return WITHDRAWN
    return print_of_holding(step.hold.holding)


@lru_cache(maxsize=256)
def print_of_holding(holding: Holding) -> str:
    """Return a print that differs whenever two holdings do; 64 characters.

    It is stored and compared later, so nothing in it depends on the Python that made it.
    """
    span = holding.facts.span
    parts = (
        holding.way.value,
        holding.disclosure.value,
        holding.organiser,
        sorted(holding.people),
        holding.facts.title,
        holding.facts.location,
        holding.facts.notes,
        span.all_day,
        *(
            (moment.wall.isoformat(), moment.zone, moment.second)
            for moment in (span.start, span.end)
        ),
    )
    text = json.dumps(parts, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
