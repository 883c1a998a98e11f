"""What is wrong in the firm at this moment, each with the page that mends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from daybook.ledger.models import Calendar, CalendarState
from daybook.people import criteria
from daybook.people.models import Person
from daybook.sync import quarantine
from daybook.sync.account_states import AccountState, Standing
from daybook.sync.sentences import sentence
from daybook.web.mending import edit_details
from daybook.web.notices import OF_THE_ADDRESS, sends_nothing

# More of one kind are counted instead of listed.
MOST = 5


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing to mend and the page where that is done."""

    sentence: str
    page: str
    link: str


def troubles(states: Sequence[AccountState], problems: int) -> list[Trouble]:
    """Return what administrators should look at, the worst first.

    `states` are all mail accounts; `problems` counts the calendars in the state "problem".
    """
    refused = _addresses()
    others = problems - sum(row["entries"] for row in refused)
    return [
        *_restored(),
        *_held(states),
        *_refused(refused),
        *_lapsed(),
        *_other(others, besides=bool(refused)),
        *_daily(states),
    ]


def _restored() -> Iterator[Trouble]:
    standing = quarantine.standing()
    if standing is not None:
        yield Trouble(
            gettext(
                "Nothing is sent: this diary was restored, and %(number)s calendars wait until you "
                "release it."
            )
            % {"number": f"{standing.pending:,}"},
            reverse("backups"),
            gettext("Backups"),
        )


def _held(states: Sequence[AccountState]) -> Iterator[Trouble]:
    for state in states:
        if state.standing is Standing.HELD:
            whose = state.owner or gettext("The service organiser")
            yield Trouble(
                f"{whose}: {sends_nothing(state.since)}. {state.sentence}{_waits(state.waiting)}",
                reverse("mail_accounts"),
                gettext("Mail accounts"),
            )


def _waits(number: int) -> str:
    if not number:
        return ""
    return " " + ngettext("One calendar waits.", "%(number)s calendars wait.", number) % {
        "number": f"{number:,}"
    }


def _addresses() -> list[Mapping[str, Any]]:
    """Return the addresses that refuse mail, those with the most entries first."""
    rows = (
        Calendar.objects.filter(state=CalendarState.PROBLEM, reason__in=OF_THE_ADDRESS)
        .values("address_key", "address", "reason")
        .annotate(entries=Count("pk"))
        .order_by("-entries", "address_key")
    )
    return [dict(row) for row in rows]


def _refused(refused: Sequence[Mapping[str, Any]]) -> Iterator[Trouble]:
    keys = {row["address_key"] for row in refused[:MOST]}
    owners = {person.email_key: person for person in Person.objects.filter(email_key__in=keys)}
    for row in refused[:MOST]:
        owner = owners.get(row["address_key"])
        said = ngettext(
            "%(name)s, %(address)s: %(number)d entry did not arrive.",
            "%(name)s, %(address)s: %(number)d entries did not arrive.",
            row["entries"],
        ) % {
            "name": owner.name if owner else gettext("A former address"),
            "address": row["address"],
            "number": row["entries"],
        }
        yield Trouble(
            f"{said} {sentence(row['reason'])}",
            reverse("user", args=[owner.pk]) if owner else reverse("sync_log") + "?state=problem",
            edit_details(owner) if owner else gettext("Sync log"),
        )
    if len(refused) > MOST:
        yield Trouble(
            gettext("More addresses were refused."),
            reverse("sync_log") + "?state=problem",
            gettext("Sync log"),
        )


def _lapsed() -> Iterator[Trouble]:
    lapsed = Person.objects.filter(is_active=True, diary_sync=False).exclude(lapse_reason="")
    for person in lapsed.order_by("-lapsed_at", "pk")[:MOST]:
        why = criteria.sentence(person.lapse_reason)
        yield Trouble(
            gettext("%(name)s: diary synchronisation went off.") % {"name": person.name}
            + f" {why}",
            reverse("user", args=[person.pk]),
            edit_details(person),
        )


def _other(problems: int, *, besides: bool) -> Iterator[Trouble]:
    if problems > 0:
        said = (
            ngettext(
                "%(number)s other calendar has a problem.",
                "%(number)s other calendars have a problem.",
                problems,
            )
            if besides
            else ngettext(
                "%(number)s calendar has a problem.",
                "%(number)s calendars have a problem.",
                problems,
            )
        )
        yield Trouble(
            said % {"number": f"{problems:,}"},
            reverse("sync_log") + "?state=problem",
            gettext("Sync log"),
        )


def _daily(states: Sequence[AccountState]) -> Iterator[Trouble]:
    for state in states:
        if state.daily_warning:
            whose = state.owner or gettext("The service organiser")
            yield Trouble(
                ngettext(
                    "%(whose)s: %(number)d message today.",
                    "%(whose)s: %(number)d messages today.",
                    state.sent_today,
                )
                % {"whose": whose, "number": state.sent_today}
                + f" {state.daily_warning}",
                reverse("mail_accounts"),
                gettext("Mail accounts"),
            )
