"""How a person wants the diary drawn: a part of the form of their details."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from daybook.people.models import WEEKDAYS, Person
from daybook.people.unset import UNSET
from daybook.web import details_hints
from daybook.web.clock import say
from daybook.web.entry_form import ClockField
from daybook.web.forms import PlainForm


class DiaryFields(PlainForm):
    """The second time zone, working hours and week numbers, and whether letters are keys.

    None is required: whoever does not send them keeps what is stored. A box that is not ticked is
    not sent either, so `diary_offered` says that the boxes were there.
    """

    second_timezone = forms.CharField(
        label=_("Second time zone"),
        required=False,
        help_text=_("Shown beside the hours of your own. Empty means none."),
        widget=forms.TextInput(attrs={"list": "zones", "spellcheck": "false"}),
    )
    work_starts = ClockField(label=_("Work from"), required=False)
    work_ends = ClockField(label=_("Work until"), required=False)
    working_days = forms.MultipleChoiceField(
        label=_("Working days"),
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    week_numbers = forms.BooleanField(label=_("Show week numbers"), required=False)
    letter_keys_off = forms.BooleanField(
        label=_("Turn off single-letter keys"),
        required=False,
        help_text=_("Letters such as C for a new entry then do nothing in the diary."),
    )
    diary_offered = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_second_timezone(self) -> str:
        """Return the zone that is meant, or what was typed if it is none."""
        typed: str = self.cleaned_data["second_timezone"]
        return details_hints.zone_of(typed) or typed

    def diary_changes(self) -> dict[str, Any]:
        """Return what was typed here of a valid form, as fields of `PersonChanges`."""
        data = self.cleaned_data
        changes: dict[str, Any] = {
            "work_starts": data["work_starts"] or UNSET,
            "work_ends": data["work_ends"] or UNSET,
        }
        if data["diary_offered"]:
            changes |= {
                "second_timezone": data["second_timezone"],
                "working_days": "".join(data["working_days"]),
                "week_numbers": data["week_numbers"],
                "letter_keys_off": data["letter_keys_off"],
            }
        return changes


def initial_of_diary(person: Person) -> dict[str, Any]:
    """Return what these fields show of a person, by the reader's clock."""
    return {
        "second_timezone": person.second_timezone,
        "work_starts": say(person.work_starts),
        "work_ends": say(person.work_ends),
        "working_days": list(person.working_days),
        "week_numbers": person.week_numbers,
        "letter_keys_off": person.letter_keys_off,
        "diary_offered": True,
    }
