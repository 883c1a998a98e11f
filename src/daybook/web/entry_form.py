"""The form of a diary entry: what people type, and the span and people it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone as clocks
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from daybook.calendaring.event import Moment, Span
from daybook.calendaring.time_of_day import read_time
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.entries.times import read_span
from daybook.people.faults import InvalidInput
from daybook.people.models import Person
from daybook.web import twice
from daybook.web.clock import say
from daybook.web.forms import PlainForm, required

DAY = timedelta(days=1)
# The sentence of `read_time`, whose layer speaks no language but English.
NO_TIME = gettext_lazy("Type a time such as 9:30, 930 or 21:30.")


class ClockField(forms.CharField):
    """A time of day, typed in any of the usual ways and kept as typed."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_time(text)
        except ValueError:
            raise forms.ValidationError(NO_TIME) from None


class EntryForm(PlainForm):
    """Everything a person says about an entry."""

    FIELD_OF: ClassVar[dict[str, str]] = {
        "start": "start_time",
        "end": "end_time",
        "assigned": "people",
    }

    title = forms.CharField(
        label=gettext_lazy("Title"), error_messages=required(gettext_lazy("Enter a title."))
    )
    type = forms.ChoiceField(
        label=gettext_lazy("Type"), error_messages=required(gettext_lazy("Choose a type."))
    )
    start_date = forms.DateField(
        label=gettext_lazy("Date"),
        error_messages=required(gettext_lazy("Enter the day it starts.")),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    start_time = ClockField(label=gettext_lazy("From"), required=False)
    end_time = ClockField(label=gettext_lazy("To"), required=False)
    end_date = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Leave empty if it ends on the same day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    start_twice = twice.WhichField()
    end_twice = twice.WhichField()
    all_day = forms.BooleanField(label=gettext_lazy("All day"), required=False)
    timezone = forms.CharField(
        label=gettext_lazy("Time zone"),
        error_messages=required(gettext_lazy("Enter a time zone, as in Europe/London.")),
        widget=forms.TextInput(attrs={"list": "zones", "spellcheck": "false"}),
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("People"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose people who are in the diary.")},
        widget=forms.CheckboxSelectMultiple,
    )
    location = forms.CharField(label=gettext_lazy("Place"), required=False)
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    revision = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, assigned: Iterable[Person] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("start_time", "end_time"):
            self.fields[name].widget.attrs.update({"list": "quarters", "autocomplete": "off"})
        types = [(kind.pk, kind.name) for kind in DiaryEntryType.objects.all()]
        _choices(self, "type", [("", gettext("Choose a type")), *types])
        _choices(self, "people", [(person.pk, person.name) for person in _people(assigned)])

    def add_faults(self, trouble: InvalidInput) -> None:
        """Show refusals at their fields; a year nobody can mean at the day, not at the time."""
        last = "end_date" if self.cleaned_data.get("end_date") else "start_date"
        days = {"start": "start_date", "end": last}
        at_days = [
            replace(fault, field=days[fault.field]) if fault.code == "out_of_range" else fault
            for fault in trouble.faults
        ]
        super().add_faults(InvalidInput(*at_days))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("all_day") or "start_time" not in data or "end_time" not in data:
            return data
        for name, sentence in (
            ("start_time", gettext("Enter when it starts, or tick All day.")),
            ("end_time", gettext("Enter when it ends, or tick All day.")),
        ):
            if data[name] is None:
                self.add_error(name, sentence)
        return data

    def changes(self, keep: Span | None) -> EntryChanges | None:
        """Return what was typed, or None with the errors at their fields.

        `keep` is the span of the entry being changed: an unchanged time stays the instant it was.
        """
        if not self.is_valid():
            return None
        data = self.cleaned_data
        try:
            span = self._span(keep)
        except InvalidInput as trouble:
            self.add_faults(trouble)
            return None
        if span is None:
            return None
        return EntryChanges(
            type_id=int(data["type"]),
            title=data["title"],
            notes=data["notes"],
            location=data["location"],
            span=span,
            assigned=tuple(int(pk) for pk in data["people"]),
        )

    def _span(self, keep: Span | None) -> Span | None:
        data = self.cleaned_data
        first: date = data["start_date"]
        last: date = data["end_date"] or first
        if last < first:
            said = gettext("The last day, %(day)s, is before the first.")
            self.add_error("end_date", said % {"day": date_format(last, "j F Y")})
            return None
        if data["all_day"]:
            start, end = first.isoformat(), (last + DAY).isoformat()
        else:
            begins = self._moment("start", first, keep)
            ends = self._moment("end", last, keep, second=begins.second)
            if ends.wall <= begins.wall and (begins.second or not ends.second):
                self.add_error(
                    "end_time",
                    gettext("The end, %(end)s, is not after the start, %(start)s.")
                    % {"end": say(data["end_time"]), "start": say(data["start_time"])},
                )
                return None
            start, end = twice.iso(begins), twice.iso(ends)
        return read_span(
            start=start,
            end=end,
            timezone=data["timezone"],
            all_day=data["all_day"],
            default_zone=data["timezone"],
        )

    def _moment(self, side: str, day: date, keep: Span | None, *, second: bool = False) -> Moment:
        """Return what was typed for a side; of a time shown twice the one chosen, now or before.

        `second`: the other side is the second already, and what is after it is no first.
        """
        zone = self.cleaned_data["timezone"]
        wall = datetime.combine(day, self.cleaned_data[f"{side}_time"])
        kept = getattr(keep, side, None)
        if kept is not None and kept.wall.replace(second=0, microsecond=0) == wall:
            # Seconds, which only the API can set, are not shown and stay.
            wall = kept.wall
        chosen = self.cleaned_data[f"{side}_twice"]
        if not chosen and kept is not None and (kept.wall, kept.zone) == (wall, zone):
            second = second or kept.second
        return twice.chosen(wall, zone, second=second or chosen == twice.SECOND)

    @property
    def shown_twice(self) -> list[twice.Question]:
        """Return what has to be asked of the times the form shows: which of two is meant."""
        if self._shown("all_day"):
            return []
        zone = self._shown("timezone") or ""
        first = self._shown("start_date")
        asked: list[twice.Question] = []
        for side, day in (("start", first), ("end", self._shown("end_date") or first)):
            at, name = self._shown(f"{side}_time"), f"{side}_twice"
            # After the second of two there is only one.
            after = any(question.second for question in asked)
            if day and at and not after and twice.happens(datetime.combine(day, at), zone):
                second = self._shown(name) == twice.SECOND
                asked.append(twice.Question(name, twice.asks(day, at), second=second))
        return asked

    def _shown(self, name: str) -> Any:
        """Return what a field stands for in the form, typed or not, None if for nothing."""
        try:
            return self.fields[name].clean(self[name].value())
        except forms.ValidationError:
            return None


def initial_of(entry: DiaryEntry, assigned: Iterable[Person]) -> dict[str, Any]:
    """Return what the form shows for an entry."""
    last = entry.end_wall - DAY if entry.all_day else entry.end_wall
    return {
        "title": entry.title,
        "type": entry.type_id,
        "start_date": entry.start_wall.date(),
        "start_time": "" if entry.all_day else f"{entry.start_wall:%H:%M}",
        "end_time": "" if entry.all_day else f"{entry.end_wall:%H:%M}",
        "end_date": None if last.date() == entry.start_wall.date() else last.date(),
        "start_twice": twice.which(entry.span.start),
        "end_twice": twice.which(entry.span.end),
        "all_day": entry.all_day,
        "timezone": entry.timezone,
        "people": [person.pk for person in assigned],
        "location": entry.location,
        "notes": entry.notes,
        "revision": entry.revision,
    }


def initial_at(person: Person, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return what an empty form shows for the place of the diary an entry was begun at.

    `asked` may name a `date`, or `start` and `end` as the person's clocks show them (of whole
    days, `all_day`, dates of which the end is not included), and a `person` by id. What makes no
    sense is left out.
    """
    start, end = (_naive(asked.get(name, "")) for name in ("start", "end"))
    initial = initial_for(person, start.date() if start else _naive_day(asked.get("date", "")))
    if asked.get("person", "").isdecimal():
        initial["people"] = [int(asked["person"])]
    whole = "all_day" in asked
    if start is None or end is None or end <= start or (whole and end.date() == start.date()):
        return initial
    last = end.date() - DAY if whole else end.date()
    return initial | {
        "all_day": whole,
        "start_time": "" if whole else f"{start:%H:%M}",
        "end_time": "" if whole else f"{end:%H:%M}",
        "end_date": None if last == start.date() else last,
    }


def initial_for(person: Person, day: date | None) -> dict[str, Any]:
    """Return what an empty form shows: the next full hour, or nine o'clock on another day."""
    now = clocks.localtime()
    hour = min(now.hour + 1, 22) if day is None or day == now.date() else 9
    return {
        "start_date": day or now.date(),
        "start_time": f"{hour:02}:00",
        "end_time": f"{hour + 1:02}:00",
        "timezone": person.timezone,
        "people": [person.pk],
    }


def _naive(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _naive_day(text: str) -> date | None:
    at = _naive(text)
    return at.date() if at else None


def _people(assigned: Iterable[Person]) -> list[Person]:
    """Return who can be ticked: who is on the entry, in its order, then the others by name."""
    there = list(assigned)
    others = Person.objects.filter(is_active=True).order_by("forename", "surname", "pk")
    return there + [person for person in others if person not in there]


def _choices(form: forms.Form, name: str, choices: list[tuple[Any, str]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
