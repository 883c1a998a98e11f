"""The fields and values of the audit trail, as people read them."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_lazy

from daybook.entries.models import COLOURS, DISCLOSURES
from daybook.people.faults import Words
from daybook.people.models import KINDS, Clock, LinkPurpose, Role, WeekStart
from daybook.web.effects import EFFECTS

_FIELDS: dict[str, Words] = {
    "broken": gettext_lazy("Not readable"),
    "calendar_kind": gettext_lazy("Calendar"),
    "clock": gettext_lazy("Clock"),
    "colour": gettext_lazy("Colour"),
    "diary_sync": gettext_lazy("Diary synchronisation"),
    "disclosure": gettext_lazy("What leaves the diary"),
    "effect": gettext_lazy("Entries that exist already"),
    "email": gettext_lazy("Email address"),
    "email_syncing": gettext_lazy("Email Syncing"),
    "entries": gettext_lazy("Entries"),
    "forename": gettext_lazy("Forename"),
    "from_address": gettext_lazy("From address"),
    "host": gettext_lazy("Server"),
    "is_active": gettext_lazy("Active"),
    "link": gettext_lazy("Link"),
    "name": gettext_lazy("Name"),
    "password": gettext_lazy("Password"),
    "port": gettext_lazy("Port"),
    "purpose": gettext_lazy("Link"),
    "reason": gettext_lazy("Reason"),
    "resealed": gettext_lazy("Sealed anew"),
    "role": gettext_lazy("Role"),
    "security": gettext_lazy("Security"),
    "surname": gettext_lazy("Surname"),
    "synchronise": gettext_lazy("Synchronises"),
    "timezone": gettext_lazy("Time zone"),
    "username": gettext_lazy("User name"),
    "week_start": gettext_lazy("Weeks begin on"),
}
_VALUES: dict[str, Words] = {
    **dict([*COLOURS, *DISCLOSURES, *EFFECTS, *KINDS]),
    **dict([*Clock.choices, *LinkPurpose.choices, *Role.choices, *WeekStart.choices]),
}


def field(name: str) -> str:
    """Return what a field is called; an unknown one is called by its own name."""
    return str(_FIELDS.get(name, name.replace("_", " ").capitalize()))


def value(stored: object) -> str:
    """Return a value as it is read: "on" for true, a choice by its label."""
    if isinstance(stored, bool):
        return gettext("on") if stored else gettext("off")
    if isinstance(stored, list):
        return ", ".join(map(str, stored)) or gettext("none")
    return str(_VALUES.get(stored, stored) if isinstance(stored, str) else stored)
