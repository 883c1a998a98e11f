"""Changing a person: all fields judged together, then written once.

The verb is called inside a transaction by the entries' `person_changes`, which knows what follows
for calendars; doors call that.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from daybook.people import audit, criteria, service
from daybook.people.changes import PersonChanges, apply, username_taken
from daybook.people.faults import FieldFault, InvalidInput, NotAllowed
from daybook.people.models import Person, Role
from daybook.people.unset import UNSET, Unset

__all__ = ["UNSET", "PersonChange", "PersonChanges", "Unset", "change"]

# What only an administrator may change, with the model's name of it.
_FIRMS_OWN = {"username": "username", "role": "role", "active": "is_active"}
# Whose new value is said as well: they are no secrets, and decide what others may do or get.
_SWITCHES = ("role", "is_active", "email_syncing", "diary_sync")
_TRACED = (
    *("username", "forename", "surname", "email", "timezone", "clock", "week_start"),
    *("second_timezone", "week_numbers", "work_starts", "work_ends", "working_days"),
    *(
        "letter_keys_off",
        "role",
        "calendar_kind",
        "is_active",
        "email_syncing",
        "diary_sync",
        "password",
    ),
)


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What became of a person.

    Keys are normalised addresses, "" for none; `address_changed` compares them. `sync_was` and
    `sync_is` are the diary synchronisation switch alone: of an inactive person it may be on
    without effect. `lapse` is the code of the criterion that turned it off by itself, else "".
    """

    person: Person
    created: bool
    old_key: str
    new_key: str
    address_changed: bool
    sync_was: bool
    sync_is: bool
    name_changed: bool
    active_changed: bool
    lapse: str


def change(
    person_id: int | None, changes: PersonChanges, *, by: Person | None, now: datetime
) -> PersonChange:
    """Create (`person_id` None) or change a person, in the caller's transaction.

    `by` None is the command line, which may do everything. Asking for diary synchronisation
    against the criteria is InvalidInput, with the codes in `missing`; a criterion that goes while
    it is on turns it off, and the reason is kept. Raises InvalidInput with every fault,
    NotAllowed, Person.DoesNotExist.
    """
    # One change at a time: no two take one address or user name, or demote the last two.
    service.lock()
    person = Person() if person_id is None else Person.objects.select_for_update().get(pk=person_id)
    _check_allowed(person, changes, by=by)
    before = copy(person)
    faults = apply(person, changes) + _last_administrator(before, person)
    unmet = criteria.missing(person) if person.diary_sync else []
    if changes.diary_sync is True:
        faults += [FieldFault("diary_sync", code, criteria.sentence(code)) for code in unmet]
    if faults:
        raise InvalidInput(*faults)
    lapse = unmet[0] if unmet else ""
    _settle_synchronisation(person, lapse, now)
    _save(person)
    _record(before, person, lapse, by)
    return _outcome(before, person, lapse)


def _check_allowed(person: Person, changes: PersonChanges, *, by: Person | None) -> None:
    if by is None or (by.is_administrator and by.is_active):
        return
    if person.pk is None:
        raise NotAllowed(gettext("Only an administrator may add people."))
    if person.pk != by.pk or not by.is_active:
        raise NotAllowed(gettext("You may change your own details only."))
    given = changes.given()
    for name, column in _FIRMS_OWN.items():
        if name in given and given[name] != getattr(person, column):
            raise NotAllowed(
                gettext("Only an administrator may change user names, roles and who is active.")
            )


def _last_administrator(before: Person, person: Person) -> list[FieldFault]:
    if not (before.is_administrator and before.is_active) or (
        person.is_administrator and person.is_active
    ):
        return []
    others = Person.objects.exclude(pk=person.pk)
    if others.filter(role=Role.ADMINISTRATOR, is_active=True).exists():
        return []
    field = "active" if person.is_administrator else "role"
    sentence = gettext("This is the last active administrator; make somebody else one first.")
    return [FieldFault(field, "last_administrator", sentence)]


def _settle_synchronisation(person: Person, lapse: str, now: datetime) -> None:
    if lapse:
        person.diary_sync = False
        person.lapse_reason, person.lapsed_at = lapse, now
    elif person.diary_sync:
        person.lapse_reason, person.lapsed_at = "", None


def _save(person: Person) -> None:
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as conflict:
        raise fault_of(conflict) from conflict


def fault_of(conflict: IntegrityError) -> InvalidInput:
    """Return what the database refused as the fault of a field; reraise what is none.

    Somebody may have written past these verbs, which serialise on one row.
    """
    text = str(conflict)
    if "username" in text:
        return username_taken()
    if "email_key" in text or "address_unique_among_synchronising" in text:
        code = "email_not_unique"
    elif "synchronisation_needs_email_syncing" in text:
        code = "email_syncing_off"
    elif "synchronisation_needs_an_address" in text:
        code = "email_missing"
    else:
        raise conflict
    return InvalidInput(FieldFault("diary_sync", code, criteria.sentence(code)))


def _record(before: Person, person: Person, lapse: str, by: Person | None) -> None:
    about = f"{person.name} ({person.username})"
    if before.pk is None:
        audit.record(by, "person_added", about, person=person.pk, role=person.role)
    elif changed := [name for name in _TRACED if getattr(before, name) != getattr(person, name)]:
        switches = {name: getattr(person, name) for name in _SWITCHES if name in changed}
        audit.record(
            by, "person_changed", about, person=person.pk, fields=changed, switches=switches
        )
    if lapse:
        audit.record(by, "diary_sync_lapsed", about, person=person.pk, reason=lapse)


def _outcome(before: Person, person: Person, lapse: str) -> PersonChange:
    created = before.pk is None
    return PersonChange(
        person=person,
        created=created,
        old_key=before.email_key,
        new_key=person.email_key,
        address_changed=before.email_key != person.email_key,
        sync_was=before.diary_sync,
        sync_is=person.diary_sync,
        name_changed=(before.forename, before.surname) != (person.forename, person.surname),
        active_changed=not created and before.is_active != person.is_active,
        lapse=lapse,
    )
