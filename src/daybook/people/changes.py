"""What somebody wants changed of a person, and the rules each field has by itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import time
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from daybook.calendaring import address, zones
from daybook.calendaring.event import CalendarKind
from daybook.people.faults import FieldFault, InvalidInput
from daybook.people.models import WEEKDAYS, Clock, Person, Role, WeekStart
from daybook.people.one_line import checked, is_one_line
from daybook.people.unset import UNSET, Unset

LONGEST_PASSWORD = 256


@dataclass(frozen=True, slots=True)
class PersonChanges:
    """The fields to change; those left UNSET stay. `password` None takes the password away."""

    username: str | Unset = UNSET
    forename: str | Unset = UNSET
    surname: str | Unset = UNSET
    email: str | Unset = UNSET
    timezone: str | Unset = UNSET
    clock: str | Unset = UNSET
    week_start: str | Unset = UNSET
    second_timezone: str | Unset = UNSET
    week_numbers: bool | Unset = UNSET
    work_starts: time | Unset = UNSET
    work_ends: time | Unset = UNSET
    working_days: str | Unset = UNSET
    letter_keys_off: bool | Unset = UNSET
    role: str | Unset = UNSET
    calendar_kind: str | Unset = UNSET
    active: bool | Unset = UNSET
    email_syncing: bool | Unset = UNSET
    diary_sync: bool | Unset = UNSET
    # Last, because it must not resemble the other fields.
    # Not shown when this is printed.
    password: str | Unset | None = field(default=UNSET, repr=False)

    def given(self) -> dict[str, Any]:
        """Return the mentioned fields in order."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not UNSET}


def apply(person: Person, changes: PersonChanges) -> list[FieldFault]:
    """Set the mentioned fields on `person`, unsaved, and return what is wrong with them."""
    faults: list[FieldFault] = []
    for name, value in changes.given().items():
        try:
            _SETTERS[name](person, value)
        except InvalidInput as fault:
            faults += fault.faults
    faults += _working_hours(person)
    if person.pk is None:
        mentioned = changes.given()
        faults += [
            FieldFault(name, "missing", gettext("This cannot be empty."))
            for name in ("username", "forename")
            if name not in mentioned
        ]
        if "password" not in mentioned:
            person.set_unusable_password()
    return faults


def _username(person: Person, value: str) -> None:
    name = checked(value, field="username", longest=150, required=True)
    # Two spellings that look the same are one name.
    name = checked(unicodedata.normalize("NFKC", name), field="username", longest=150)
    if not name.isprintable():
        sentence = gettext("A user name consists of visible characters.")
        raise InvalidInput(FieldFault("username", "not_printable", sentence))
    if name != person.username and _is_taken(name, but_for=person):
        raise username_taken()
    person.username = name


def _is_taken(username: str, *, but_for: Person) -> bool:
    # Compared here: not every database folds letters beyond ASCII.
    others = Person.objects.exclude(pk=but_for.pk).values_list("username", flat=True)
    return username.casefold() in {other.casefold() for other in others}


def username_taken() -> InvalidInput:
    """Return the fault of a user name somebody has."""
    sentence = gettext("Somebody has this user name, perhaps in other letters.")
    return InvalidInput(FieldFault("username", "username_taken", sentence))


def _forename(person: Person, value: str) -> None:
    person.forename = checked(value, field="forename", longest=100, required=True)


def _surname(person: Person, value: str) -> None:
    person.surname = checked(value, field="surname", longest=100)


def _email(person: Person, value: str) -> None:
    person.email = person.email_key = ""
    if not value.strip(" \u00a0"):
        return
    try:
        person.email, person.email_key = address.check(value), address.normalise(value)
    except address.InvalidAddress as fault:
        # Kept in memory only, so that the criteria see an invalid address and not none.
        person.email = value
        raise InvalidInput(FieldFault("email", "email_invalid", fault.reason)) from None


def _timezone(person: Person, value: str) -> None:
    if not zones.is_zone(value):
        sentence = gettext("This is not a time zone; one is called Europe/London.")
        raise InvalidInput(FieldFault("timezone", "timezone_unknown", sentence))
    person.timezone = value


def _clock(person: Person, value: str) -> None:
    person.clock = _one_of(value, Clock.values, field="clock")


def _week_start(person: Person, value: str) -> None:
    person.week_start = _one_of(value, WeekStart.values, field="week_start")


def _second_timezone(person: Person, value: str) -> None:
    if value and not zones.is_zone(value):
        sentence = gettext("This is not a time zone; one is called Europe/London.")
        raise InvalidInput(FieldFault("second_timezone", "timezone_unknown", sentence))
    person.second_timezone = value


def _week_numbers(person: Person, value: bool) -> None:
    person.week_numbers = value


def _work_starts(person: Person, value: time) -> None:
    person.work_starts = value


def _work_ends(person: Person, value: time) -> None:
    person.work_ends = value


def _working_hours(person: Person) -> list[FieldFault]:
    if person.work_starts < person.work_ends:
        return []
    return [FieldFault("work_ends", "ends_before_start", gettext("Work must end after it starts."))]


def _working_days(person: Person, value: str) -> None:
    days = sorted(set(value))
    for day in days:
        _one_of(day, [number for number, _ in WEEKDAYS], field="working_days")
    person.working_days = "".join(days)


def _letter_keys_off(person: Person, value: bool) -> None:
    person.letter_keys_off = value


def _role(person: Person, value: str) -> None:
    person.role = _one_of(value, Role.values, field="role")


def _calendar_kind(person: Person, value: str) -> None:
    kinds = [kind.value for kind in CalendarKind]
    person.calendar_kind = _one_of(value, kinds, field="calendar_kind")


def _one_of(value: str, choices: list[str], *, field: str) -> str:
    if value not in choices:
        sentence = gettext("This must be one of: %(choices)s.") % {"choices": ", ".join(choices)}
        raise InvalidInput(FieldFault(field, "not_a_choice", sentence))
    return str(value)


def _active(person: Person, value: bool) -> None:
    if person.is_active and not value:
        # Its sessions do not come back when the person does.
        person.sessions_ended += 1
    person.is_active = value


def _email_syncing(person: Person, value: bool) -> None:
    person.email_syncing = value


def _diary_sync(person: Person, value: bool) -> None:
    person.diary_sync = value


def _password(person: Person, value: str | None) -> None:
    if value is None:
        person.set_unusable_password()
        return
    if len(value) > LONGEST_PASSWORD or not is_one_line(value):
        sentence = gettext("At most %(number)d characters, and no control characters.") % {
            "number": LONGEST_PASSWORD
        }
        raise InvalidInput(FieldFault("password", "password_invalid", sentence))
    try:
        validate_password(value, user=person)
    except ValidationError as refusal:
        raise InvalidInput(
            *(
                FieldFault("password", error.code or "password_invalid", error.messages[0])
                for error in refusal.error_list
            )
        ) from None
    person.set_password(value)


_SETTERS: dict[str, Callable[[Person, Any], None]] = {
    "username": _username,
    "forename": _forename,
    "surname": _surname,
    "email": _email,
    "timezone": _timezone,
    "clock": _clock,
    "week_start": _week_start,
    "second_timezone": _second_timezone,
    "week_numbers": _week_numbers,
    "work_starts": _work_starts,
    "work_ends": _work_ends,
    "working_days": _working_days,
    "letter_keys_off": _letter_keys_off,
    "role": _role,
    "calendar_kind": _calendar_kind,
    "active": _active,
    "email_syncing": _email_syncing,
    "diary_sync": _diary_sync,
    "password": _password,
}
