"""What a switch does to entries that exist already: the choice and the count every switch shows."""

from __future__ import annotations

from django.utils import timezone

from daybook.sync.preview import Effect
from daybook.web.clock import say

EFFECTS = [
    ("apply", "Bring calendars up to date with this now"),
    ("leave", "Leave what was sent as it is; only later changes follow the new setting"),
]


def sentence(switch: str, effect: Effect) -> str:
    """Return what `switch` ("Switching it on") would send, and when that was counted."""
    parts = [
        _count(effect.invited, "new invitation"),
        _count(effect.updated, "update"),
        _count(effect.withdrawn, "cancellation"),
    ]
    said = ", ".join(part for part in parts if part) or "nothing"
    at = timezone.localtime(effect.counted_at)
    return f"{switch} would send {said} (counted at {say(at)})."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}" if number else ""
