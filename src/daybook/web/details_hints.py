"""What is said below the fields of a person's details, by what stands in them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from daybook.calendaring import zones
from daybook.calendaring.event import CalendarKind
from daybook.web.clock import say

NO_PROVIDER = "As in smtp.firm.example. Your mail provider says which."
_APP_PASSWORD = "takes an app password here, not the password you sign in with."  # noqa: S105
# By the end of a mail server's name. What is dated is explained with its source in the manual.
PROVIDERS = {
    "smtp.gmail.com": f"Google {_APP_PASSWORD} It needs 2-Step Verification.",
    "office365.com": (
        "Microsoft 365 switches sign-in by password off by default at the end of December 2026. "
        "Your administrator there can allow it for longer."
    ),
    "smtp-mail.outlook.com": (
        "Outlook.com takes no passwords from other programs. Use another mail account."
    ),
    "mail.yahoo.com": f"Yahoo {_APP_PASSWORD}",
    "mail.me.com": f"iCloud {_APP_PASSWORD}",
    "fastmail.com": f"Fastmail {_APP_PASSWORD}",
}
_AS_A_FILE = "what you organise yourself comes as a file to open"
KINDS = {
    CalendarKind.UNKNOWN: f"Safe for every calendar: {_AS_A_FILE}.",
    CalendarKind.OUTLOOK: f"Outlook takes no invitations from yourself, so {_AS_A_FILE}.",
    CalendarKind.GOOGLE: f"Google takes no invitations from yourself, so {_AS_A_FILE}.",
    CalendarKind.APPLE: f"Invitations of others come as such; {_AS_A_FILE}.",
    CalendarKind.OTHER: "Takes invitations from yourself too, so everything comes as one.",
}
NO_ZONE = "Type the name of a city, as in Europe/London."


def of_server(host: str) -> str:
    """Return what is worth knowing of a mail server, or where to learn its name."""
    name = host.strip().casefold().rstrip(".")
    for end, sentence in PROVIDERS.items():
        if name == end or name.endswith(f".{end}"):
            return sentence
    return NO_PROVIDER


def of_kind(kind: str) -> str:
    """Return in one line what it means that somebody's calendar is of this kind."""
    return KINDS.get(CalendarKind(kind), "") if kind in set(CalendarKind) else ""


def of_zone(name: str, now: datetime | None = None) -> str:
    """Return what time it is in a zone, by the reader's clock, or how to type one."""
    zone = zone_of(name)
    if not zone:
        return NO_ZONE
    there = (now or timezone.now()).astimezone(ZoneInfo(zone))
    return f"Now {say(there)} on {there:%A} there."


def zone_of(typed: str) -> str:
    """Return the name of the zone somebody means: "london" is Europe/London; "" for none."""
    if zones.is_zone(typed):
        return typed
    words = "_".join(typed.split()).casefold()
    found = [name for name in zones.zone_names() if name.casefold() == words]
    if words and not found:
        cities = [name for name in zones.zone_names() if name.casefold().endswith(f"/{words}")]
        found = cities if len(cities) == 1 else []
    return found[0] if found else ""
