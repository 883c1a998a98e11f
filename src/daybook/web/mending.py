"""Which page mends a calendar's problem, for the person who looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from daybook.ledger.models import CalendarState
from daybook.people.models import Person
from daybook.sync.explain import CalendarShown
from daybook.web.notices import OF_THE_ADDRESS

# Nobody who could organise the entry has an account that sends.
NO_SENDER = "no_sender"


@dataclass(frozen=True, slots=True)
class Mend:
    """A page and what its link says."""

    page: str
    link: str


def mends(rows: Iterable[CalendarShown], reader: Person) -> list[Mend]:
    """Return the pages that mend what stands in the way of these calendars, each once."""
    found = (_mend(row, reader) for row in rows)
    return list(dict.fromkeys(mend for mend in found if mend is not None))


def _mend(row: CalendarShown, reader: Person) -> Mend | None:
    if row.reason == NO_SENDER:
        if reader.is_administrator:
            return Mend(reverse("service_organiser"), "Set a service organiser")
        return Mend(reverse("your_details"), "Enter a mail account under Edit Your Details")
    if row.state != CalendarState.PROBLEM:
        return None
    if row.reason in OF_THE_ADDRESS:
        return _details_of(row, reader)
    if reader.is_administrator:
        return Mend(reverse("mail_accounts"), "Mail accounts")
    return None


def _details_of(row: CalendarShown, reader: Person) -> Mend | None:
    if row.person == reader.pk:
        return Mend(reverse("your_details"), "Edit Your Details")
    if reader.is_administrator and row.person is not None:
        return Mend(reverse("user", args=[row.person]), f"Edit Details: {row.name}")
    return None
