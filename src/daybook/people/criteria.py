"""When diary synchronisation may be on: the three criteria, asked of the database."""

from __future__ import annotations

from daybook.calendaring import address
from daybook.people.models import Person, ServiceOrganiser

SENTENCES = {
    "email_syncing_off": "Email Syncing is off.",
    "email_missing": "There is no email address.",
    "email_invalid": "The email address is not valid.",
    "email_not_unique": (
        "The email address is used by someone else who has diary synchronisation on."
    ),
}


def missing(person: Person) -> list[str]:
    """Return the codes of SENTENCES that keep `person` from synchronising, in that order.

    `person` is judged as it stands in memory, saved or not, against everybody else as saved.
    """
    codes = [] if person.email_syncing else ["email_syncing_off"]
    if not person.email:
        codes.append("email_missing")
    elif not is_valid(person.email):
        codes.append("email_invalid")
    elif is_taken(address.normalise(person.email), but_for=person):
        codes.append("email_not_unique")
    return codes


def available(person: Person) -> bool:
    """Return whether `person` may have diary synchronisation on."""
    return not missing(person)


def is_valid(email: str) -> bool:
    """Return whether `email` has the form of an address."""
    try:
        address.check(email)
    except address.InvalidAddress:
        return False
    return True


def is_taken(email_key: str, *, but_for: Person | None = None) -> bool:
    """Return whether the normalised address is the service organiser's or a synchronising person's.

    `but_for` is left out of account.
    """
    synchronising = Person.objects.filter(email_key=email_key, diary_sync=True, is_active=True)
    if but_for is not None and but_for.pk is not None:
        synchronising = synchronising.exclude(pk=but_for.pk)
    return synchronising.exists() or ServiceOrganiser.objects.filter(address_key=email_key).exists()
