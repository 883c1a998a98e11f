"""What a switch does to entries that exist already: the choice and the count every switch shows."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext

from daybook.people.faults import Words
from daybook.sync.preview import Effect
from daybook.web.clock import say

EFFECTS = [
    ("apply", gettext_lazy("Bring calendars up to date with this now")),
    (
        "leave",
        gettext_lazy("Leave what was sent as it is; only later changes follow the new setting"),
    ),
]


SWITCHED_ON = gettext_lazy("Switching it on would send %(what)s (counted at %(time)s).")
SWITCHED_OFF = gettext_lazy("Switching it off would send %(what)s (counted at %(time)s).")
DONE = gettext_lazy("This would send %(what)s (counted at %(time)s).")
SAVED = gettext_lazy("Saving this would send %(what)s (counted at %(time)s).")


def sentence(would_send: Words, effect: Effect) -> str:
    """Return one of the four sentences above, with what is sent and when that was counted."""
    parts = [
        _counted(effect.invited, ngettext("new invitation", "new invitations", effect.invited)),
        _counted(effect.updated, ngettext("update", "updates", effect.updated)),
        _counted(effect.withdrawn, ngettext("cancellation", "cancellations", effect.withdrawn)),
    ]
    said = ", ".join(part for part in parts if part) or gettext("nothing")
    at = timezone.localtime(effect.counted_at)
    return would_send % {"what": said, "time": say(at)}


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number else ""
