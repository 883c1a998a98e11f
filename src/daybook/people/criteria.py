"""When diary synchronisation may be on: the three criteria, asked of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection

from django.utils.translation import gettext_lazy

from daybook.calendaring import address
from daybook.people.models import Person, ServiceOrganiser

# The id of no person: the service organiser's.
_NOBODY = 0

SENTENCES = {
    "email_syncing_off": gettext_lazy("Email Syncing is off."),
    "email_missing": gettext_lazy("There is no email address."),
    "email_invalid": gettext_lazy("The email address is not valid."),
    "email_not_unique": (
        gettext_lazy("The email address is used by someone else who has diary synchronisation on.")
    ),
}


def sentence(code: str) -> str:
    """Return the sentence of a missing criterion, "" for a code that is none."""
    return str(SENTENCES.get(code, ""))


def missing(person: Person) -> list[str]:
    """Return the codes of SENTENCES that keep `person` from synchronising, in that order.

    `person` is judged as it stands in memory, saved or not, against everybody else as saved.
    """
    return _codes(person, lambda key: is_taken(key, but_for=person))


def missing_of(people: Collection[Person]) -> dict[int, list[str]]:
    """Return `missing` of each of these saved people by id, in two statements for any number."""
    keys = {person.email_key for person in people}
    holders: dict[str, set[int]] = defaultdict(set)
    for key, holder in Person.objects.filter(
        email_key__in=keys, diary_sync=True, is_active=True
    ).values_list("email_key", "pk"):
        holders[key].add(holder)
    for key in ServiceOrganiser.objects.filter(address_key__in=keys).values_list(
        "address_key", flat=True
    ):
        holders[key].add(_NOBODY)

    def missing_here(person: Person) -> list[str]:
        return _codes(person, lambda key: bool(holders[key] - {person.pk}))

    return {person.pk: missing_here(person) for person in people}


def _codes(person: Person, is_taken: Callable[[str], bool]) -> list[str]:
    codes = [] if person.email_syncing else ["email_syncing_off"]
    if not person.email:
        codes.append("email_missing")
    elif not is_valid(person.email):
        codes.append("email_invalid")
    elif is_taken(address.normalise(person.email)):
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
