"""Which page mends a calendar's problem, for the person who looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

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
    found = (mend_of(row, reader) for row in rows)
    return list(dict.fromkeys(mend for mend in found if mend is not None))


def mend_of(row: CalendarShown, reader: Person) -> Mend | None:
    """Return the page on which `reader` can mend this calendar's problem, None if there is none."""
    if row.reason == NO_SENDER:
        return sender_of(reader)
    if row.state != CalendarState.PROBLEM:
        return None
    if row.reason in OF_THE_ADDRESS:
        return details_of(row.person, row.name, reader)
    if reader.is_administrator:
        return Mend(reverse("mail_accounts"), gettext("Mail accounts"))
    return None


def edit_details(name: str | Person) -> str:
    """Return what a link to somebody's details says."""
    return gettext("Edit Details: %(name)s") % {"name": str(name)}


def sender_of(reader: Person) -> Mend:
    """Return the page on which `reader` can give the entry somebody who can send."""
    if reader.is_administrator:
        return Mend(reverse("service_organiser"), gettext("Set a service organiser"))
    return Mend(reverse("your_details"), gettext("Enter a mail account under Edit Your Details"))


def details_of(person: int | None, name: str, reader: Person) -> Mend | None:
    """Return the page with the details of `person` (an id), None if `reader` may not open it."""
    if person == reader.pk:
        return Mend(reverse("your_details"), gettext("Edit Your Details"))
    if reader.is_administrator and person is not None:
        return Mend(reverse("user", args=[person]), edit_details(name))
    return None
