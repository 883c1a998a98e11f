"""The forms in which people say when they want to be reminded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from daybook.entries.models import DiaryEntry
from daybook.entries.reminders import Habit
from daybook.people.models import Person
from daybook.web.forms import PlainForm

HOUR, DAY, WEEK = 60, 24 * 60, 7 * 24 * 60
TIMED = (
    (0, _("At the start")),
    (5, _("5 minutes before")),
    (10, _("10 minutes before")),
    (15, _("15 minutes before")),
    (30, _("30 minutes before")),
    (HOUR, _("1 hour before")),
    (2 * HOUR, _("2 hours before")),
    (DAY, _("1 day before")),
    (2 * DAY, _("2 days before")),
    (WEEK, _("1 week before")),
)
ALL_DAY = (
    (-9 * HOUR, _("On the day at 09:00")),
    (7 * HOUR, _("The day before at 17:00")),
    (15 * HOUR, _("The day before at 09:00")),
    (DAY + 15 * HOUR, _("Two days before at 09:00")),
    (WEEK - 9 * HOUR, _("A week before at 09:00")),
)
HABIT, THESE, NONE = "habit", "these", "none"
OTHERWISE = ((THESE, _("At these times:")), (NONE, _("Not of this entry")))


class Leads(forms.TypedMultipleChoiceField):
    """Some of a list of times before an entry; the value is a list of minutes."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, choices: Sequence[tuple[int, Any]], *, label: Any) -> None:
        messages = {"invalid_choice": _("Choose from the list.")}
        super().__init__(
            choices=choices, coerce=int, required=False, error_messages=messages, label=label
        )


class HabitForm(PlainForm):
    """How somebody wants to be reminded of every entry."""

    timed = Leads(TIMED, label=_("Before entries with a time"))
    all_day = Leads(ALL_DAY, label=_("Before whole days"))
    in_browser = forms.BooleanField(
        label=_("On the pages of the diary, while one is open"), required=False
    )
    by_mail = forms.BooleanField(label=_("By email to me"), required=False)
    in_calendar = forms.BooleanField(
        label=_("In the copies of entries I organise and in the files I download"),
        help_text=_(
            "As one alarm, the nearest to the start. It travels with the next version; nothing is "
            "sent because of it."
        ),
        required=False,
    )

    FIELD_OF: ClassVar[dict[str, str]] = {"channels": "in_browser"}

    @classmethod
    def of(cls, person: Person) -> HabitForm:
        """Return the form as it is for `person` now; a first time suggests the pages."""
        reminded = person.remind_in_browser or person.remind_by_mail or person.remind_in_calendar
        return cls(
            initial={
                "timed": person.reminders_timed,
                "all_day": person.reminders_all_day,
                "in_browser": person.remind_in_browser or not reminded,
                "by_mail": person.remind_by_mail,
                "in_calendar": person.remind_in_calendar,
            }
        )

    def habit(self) -> Habit:
        """Return what was chosen in a valid form."""
        return Habit(**self.cleaned_data)


class EntryRemindersForm(PlainForm):
    """How somebody wants to be reminded of one entry."""

    how = forms.ChoiceField(
        label=_("When"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )
    minutes = Leads((), label=_("Times"))

    def __init__(self, entry: DiaryEntry, habit: Sequence[int], **more: Any) -> None:
        super().__init__(**{"auto_id": "remind_%s", **more})
        times = ALL_DAY if entry.all_day else TIMED
        usual = _("As usual: %(times)s") % {"times": said(habit, times)}
        self._times, self._ways = times, ((HABIT, usual), *OTHERWISE)
        self._offer("minutes", self._times)
        self._offer("how", self._ways)

    def _offer(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @property
    def summary(self) -> str:
        """Return what applies now, in short."""
        chosen = str(self["how"].value())
        if chosen == THESE:
            ticked = {str(each) for each in self["minutes"].value() or []}
            return said([each for each, _name in self._times if str(each) in ticked], self._times)
        return str(dict(self._ways).get(chosen, ""))

    def clean(self) -> dict[str, object]:
        """Ask for a time where times are chosen."""
        found = super().clean() or self.cleaned_data
        if found.get("how") == THESE and not found.get("minutes") and "minutes" not in self.errors:
            self.add_error("minutes", _("Choose at least one time, or “Not of this entry”."))
        return found

    def chosen(self) -> list[int] | None:
        """Return the minutes of a valid form, None for the habit."""
        how = self.cleaned_data["how"]
        if how == HABIT:
            return None
        minutes: list[int] = self.cleaned_data["minutes"]
        return minutes if how == THESE else []


def said(minutes: Sequence[int], choices: Sequence[tuple[int, Any]]) -> str:
    """Return times as a reader would say them: "15 minutes before, 1 hour before"."""
    names = dict(choices)
    known = [str(names[each]).lower() for each in sorted(minutes) if each in names]
    return ", ".join(known) or str(_("not at all"))
