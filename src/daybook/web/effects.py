"""What a switch does to entries that exist already: the choice every switch's form offers."""

from __future__ import annotations

EFFECTS = [
    ("apply", "Bring calendars up to date with this now"),
    ("leave", "Leave what was sent as it is; only later changes follow the new setting"),
]
