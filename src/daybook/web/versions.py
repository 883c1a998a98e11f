"""Two versions of an entry side by side: what somebody saved, and what somebody else typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext

from daybook.entries.models import DiaryEntry
from daybook.people.models import Person
from daybook.web.clock import say
from daybook.web.entry_form import EntryForm, initial_of


@dataclass(frozen=True, slots=True)
class Difference:
    """A field's label, and how it reads in both versions."""

    label: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Newer:
    """The version `by` saved at `at` while somebody typed another, and where they differ."""

    by: str
    at: datetime
    differences: list[Difference]


def newer(entry: DiaryEntry, assigned: Sequence[Person], typed: EntryForm) -> Newer:
    """Return how the saved `entry` differs from `typed`, a valid form."""
    theirs = initial_of(entry, assigned)
    differences = []
    for name, field in typed.fields.items():
        if name == "revision":
            continue
        mine_reads = _reads(field, typed.cleaned_data.get(name), theirs, name)
        theirs_reads = _reads(field, theirs[name], theirs, name)
        if mine_reads != theirs_reads:
            label = str(typed[name].label)
            differences.append(Difference(label, mine_reads or "–", theirs_reads or "–"))
    by = entry.changed_by.name if entry.changed_by else gettext("Somebody else")
    return Newer(by, entry.changed_at, differences)


def _reads(field: forms.Field, value: Any, theirs: Mapping[str, Any], name: str) -> str:
    """Return a value as people read it."""
    if isinstance(field, forms.ChoiceField):
        chosen = value if isinstance(value, list) else [value]
        labels = {str(key): str(label) for key, label in _choices(field)}
        return ", ".join(labels.get(str(each), "") for each in chosen)
    if isinstance(field, forms.BooleanField):
        return gettext("Yes") if value else gettext("No")
    if name == "end_date" and value == theirs["start_date"]:
        return ""
    if hasattr(value, "hour"):
        return say(value)
    if hasattr(value, "day"):
        return date_format(value, "j F Y")
    return str(value or "").replace("\r\n", "\n")


def _choices(field: forms.ChoiceField) -> list[tuple[Any, Any]]:
    return list(field.choices)  # type: ignore[arg-type]
