"""What is said below the fields of a person's details, by what stands in them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from daybook.calendaring import zones
from daybook.calendaring.event import CalendarKind
from daybook.web.clock import say

NO_PROVIDER = gettext_lazy("As in smtp.firm.example. Your mail provider says which.")

# By the end of a mail server's name. What is dated is explained with its source in the manual.
PROVIDERS = {
    "smtp.gmail.com": gettext_lazy(
        "Google takes an app password here, not the password you sign in with. "
        "It needs 2-Step Verification."
    ),
    "office365.com": (
        gettext_lazy(
            "Microsoft 365 switches sign-in by password off by default at the end of December "
            "2026. Your administrator there can allow it for longer."
        )
    ),
    "smtp-mail.outlook.com": (
        gettext_lazy(
            "Outlook.com takes no passwords from other programs. Use another mail account."
        )
    ),
    "mail.yahoo.com": gettext_lazy(
        "Yahoo takes an app password here, not the password you sign in with."
    ),
    "mail.me.com": gettext_lazy(
        "iCloud takes an app password here, not the password you sign in with."
    ),
    "fastmail.com": gettext_lazy(
        "Fastmail takes an app password here, not the password you sign in with."
    ),
}

KINDS = {
    CalendarKind.UNKNOWN: gettext_lazy(
        "Safe for every calendar: what you organise yourself comes as a file to open."
    ),
    CalendarKind.OUTLOOK: gettext_lazy(
        "Outlook takes no invitations from yourself, so "
        "what you organise yourself comes as a file to open."
    ),
    CalendarKind.GOOGLE: gettext_lazy(
        "Google takes no invitations from yourself, so "
        "what you organise yourself comes as a file to open."
    ),
    CalendarKind.APPLE: gettext_lazy(
        "Invitations of others come as such; what you organise yourself comes as a file to open."
    ),
    CalendarKind.OTHER: gettext_lazy(
        "Takes invitations from yourself too, so everything comes as one."
    ),
}
NO_ZONE = gettext_lazy("Type the name of a city, as in Europe/London.")


def of_server(host: str) -> str:
    """Return what is worth knowing of a mail server, or where to learn its name."""
    name = host.strip().casefold().rstrip(".")
    for end, sentence in PROVIDERS.items():
        if name == end or name.endswith(f".{end}"):
            return str(sentence)
    return str(NO_PROVIDER)


def of_kind(kind: str) -> str:
    """Return in one line what it means that somebody's calendar is of this kind."""
    return str(KINDS.get(CalendarKind(kind), "")) if kind in set(CalendarKind) else ""


def of_zone(name: str, now: datetime | None = None) -> str:
    """Return what time it is in a zone, by the reader's clock, or how to type one."""
    zone = zone_of(name)
    if not zone:
        return str(NO_ZONE)
    there = (now or timezone.now()).astimezone(ZoneInfo(zone))
    said = gettext("Now %(time)s on %(weekday)s there.")
    return said % {"time": say(there), "weekday": date_format(there, "l")}


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
