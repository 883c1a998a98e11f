"""Making and changing the types of entries: an administrator's work, or the command line's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext

from daybook.calendaring.event import Disclosure
from daybook.entries import marking
from daybook.entries.models import COLOURS, DiaryEntry, DiaryEntryType
from daybook.ledger.models import Calendar
from daybook.people import audit
from daybook.people.faults import FieldFault, InvalidInput, NotAllowed, Stale
from daybook.people.models import Person
from daybook.people.one_line import checked
from daybook.people.unset import UNSET, Unset

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class TypeChanges:
    """The fields to set; UNSET ones stay as they are, or are the default of a new type."""

    name: str | Unset = UNSET
    colour: str | Unset = UNSET
    synchronise: bool | Unset = UNSET
    disclosure: str | Unset = UNSET


def create_type(changes: TypeChanges, *, by: Person | None) -> DiaryEntryType:
    """Make a type. `by` None is the command line. Raises InvalidInput, NotAllowed."""
    _check_administrator(by)
    if isinstance(changes.name, Unset):
        raise InvalidInput(FieldFault("name", "missing", gettext("Give the type a name.")))
    with transaction.atomic():
        kind = DiaryEntryType(**_columns(changes, present=None))
        _save(kind)
        audit.record(by, "type_created", kind.name, synchronise=kind.synchronise)
    return kind


def make_starters(*, by: Person | None) -> list[DiaryEntryType]:
    """Make four types to begin with, the first of which synchronises; none if there is any type.

    Raises NotAllowed.
    """
    _check_administrator(by)
    with transaction.atomic():
        if DiaryEntryType.objects.exists():
            return []
        return [create_type(starter, by=by) for starter in _starters()]


def _starters() -> list[TypeChanges]:
    return [
        TypeChanges(gettext("Meeting"), "teal", synchronise=True),
        TypeChanges(gettext("Call"), "blue"),
        TypeChanges(gettext("Leave"), "green", disclosure=Disclosure.BUSY),
        TypeChanges(gettext("Internal note"), "grey"),
    ]


def change_type(
    type_id: int,
    changes: TypeChanges,
    *,
    by: Person | None,
    now: datetime,
    effect: str = "apply",
    expected: int | None = None,
) -> DiaryEntryType:
    """Change a type; calendars of its entries follow, or with `effect` "leave" stay as they are.

    Left calendars stay so until their entry is edited or a switch moves again. Raises
    InvalidInput, NotAllowed, Stale, DiaryEntryType.DoesNotExist.
    """
    _check_administrator(by)
    with transaction.atomic():
        kind = DiaryEntryType.objects.select_for_update().get(pk=type_id)
        if expected is not None and expected != kind.revision:
            raise Stale(kind.revision)
        changed = {
            name: value
            for name, value in _columns(changes, present=kind).items()
            if getattr(kind, name) != value
        }
        if not changed:
            return kind
        was = {name: getattr(kind, name) for name in changed}
        for name, value in changed.items():
            setattr(kind, name, value)
        kind.revision += 1
        _save(kind)
        if changed.keys() & {"synchronise", "disclosure"}:
            marking.switch(calendars_of_type(kind, now), effect=effect, by=by, now=now)
        audit.record(by, "type_changed", kind.name, was=was, now=changed, effect=effect)
    return kind


def delete_type(type_id: int, *, by: Person | None) -> None:
    """Delete a type no entry was ever of. Raises InvalidInput, NotAllowed, DoesNotExist."""
    _check_administrator(by)
    try:
        with transaction.atomic():
            kind = DiaryEntryType.objects.select_for_update().get(pk=type_id)
            audit.record(by, "type_deleted", kind.name)
            kind.delete()
    except (ProtectedError, IntegrityError):
        # The second: an entry of it was made in the very moment.
        sentence = gettext("There are entries of this type. Give them another one first.")
        raise InvalidInput(FieldFault("", "in_use", sentence)) from None


def calendars_of_type(kind: DiaryEntryType, now: datetime) -> QuerySet[Calendar]:
    """Return the calendars a switch of this type reaches: those that are not over."""
    return marking.unfinished(DiaryEntry.objects.filter(type=kind), now)


def _check_administrator(by: Person | None) -> None:
    if by is not None and not (by.is_administrator and by.is_active):
        raise NotAllowed(gettext("Only administrators may change diary entry types."))


def _columns(changes: TypeChanges, *, present: DiaryEntryType | None) -> dict[str, object]:
    """Return the mentioned columns, checked; every fault at once."""
    columns: dict[str, object] = {}
    faults: list[FieldFault] = []
    if not isinstance(changes.name, Unset):
        try:
            columns["name"] = _free_name(changes.name, present)
        except InvalidInput as fault:
            faults += fault.faults
    if not isinstance(changes.synchronise, Unset):
        columns["synchronise"] = changes.synchronise
    for field, value, choices in (
        ("colour", changes.colour, [name for name, _ in COLOURS]),
        ("disclosure", changes.disclosure, [kind.value for kind in Disclosure]),
    ):
        if isinstance(value, Unset):
            continue
        if value not in choices:
            sentence = gettext("This must be one of: %(choices)s.") % {
                "choices": ", ".join(choices)
            }
            faults.append(FieldFault(field, "not_a_choice", sentence))
        columns[field] = value
    if faults:
        raise InvalidInput(*faults)
    return columns


def _free_name(typed: str, present: DiaryEntryType | None) -> str:
    name = checked(typed, field="name", longest=LONGEST_NAME, required=True)
    others = DiaryEntryType.objects.all()
    if present is not None:
        others = others.exclude(pk=present.pk)
    # Compared here: not every database folds letters beyond ASCII.
    if name.casefold() in {other.name.casefold() for other in others}:
        raise _name_taken(name)
    return name


def _save(kind: DiaryEntryType) -> None:
    try:
        with transaction.atomic():
            kind.save()
    except IntegrityError:
        # Somebody else took the name between the question and the answer.
        raise _name_taken(kind.name) from None


def _name_taken(name: str) -> InvalidInput:
    sentence = gettext("A type called %(name)s exists already.") % {"name": name}
    return InvalidInput(FieldFault("name", "name_taken", sentence))
