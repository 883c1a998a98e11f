"""Times of day as people type them."""

from __future__ import annotations

import re
from datetime import time

HINT = "Type a time such as 9:30, 930 or 21:30."

_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:\s*[:.h]\s*(?P<minute>\d{2})?|(?P<joined>\d{2}))?\s*(?P<half>[ap])?\.?m?\.?",
    re.ASCII,
)
_WORDS = {"noon": time(12), "midday": time(12), "midnight": time(0)}


def read_time(text: str) -> time:
    """Return the time of day `text` means, to the minute; a ValueError carries a sentence.

    Taken are 930, 9.30, 9:30, 09:30, 9h30, 21h, 9, 9pm, 9:30 p.m., noon and midnight.
    """
    typed = text.strip().casefold()
    if typed in _WORDS:
        return _WORDS[typed]
    found = _CLOCK.fullmatch(typed)
    if found is None or (found["half"] is None and typed.endswith(("m", "m."))):
        raise ValueError(HINT)
    hour, minute = int(found["hour"]), int(found["minute"] or found["joined"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(HINT)
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    if hour > 23 or minute > 59:
        raise ValueError(HINT)
    return time(hour, minute)
