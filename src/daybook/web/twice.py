"""Times the clocks show twice, in the night they go back: which of the two is meant.

It is the first until somebody says otherwise, the page says so, and the second can be chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django import forms
from django.utils.text import get_text_list
from django.utils.translation import gettext, gettext_lazy

from daybook.calendaring.event import Moment, Span
from daybook.calendaring.zones import is_zone, shown_twice
from daybook.entries.times import show
from daybook.web.clock import say, say_day

FIRST, SECOND = "first", "second"
ANSWERS = {
    FIRST: gettext_lazy("The first, before the clocks go back"),
    SECOND: gettext_lazy("The second, after the clocks go back"),
}

BRIEFLY = {
    "": "%(time)s",
    FIRST: gettext_lazy("%(time)s (1st)"),
    SECOND: gettext_lazy("%(time)s (2nd)"),
}
HEARD = {
    "": "%(time)s",
    FIRST: gettext_lazy("the first %(time)s"),
    SECOND: gettext_lazy("the second %(time)s"),
}

# By which those of start and end are that come twice.
SAID = {
    (FIRST,): gettext_lazy("The clocks show %(times)s twice; this is the first."),
    (SECOND,): gettext_lazy("The clocks show %(times)s twice; this is the second."),
    (FIRST, FIRST): gettext_lazy("The clocks show %(times)s twice; both are the first."),
    (SECOND, SECOND): gettext_lazy("The clocks show %(times)s twice; both are the second."),
    (FIRST, SECOND): gettext_lazy(
        "The clocks show %(times)s twice; it starts at the first and ends at the second."
    ),
    # In the autumn of one year and in that of another.
    (SECOND, FIRST): gettext_lazy(
        "The clocks show %(times)s twice; it starts at the second and ends at the first."
    ),
}


class WhichField(forms.ChoiceField):
    """The first or the second of two; empty where nobody was asked."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Which of the two"),
            required=False,
            choices=list(ANSWERS.items()),
        )


@dataclass(frozen=True, slots=True)
class Question:
    """What a form asks of a time that comes twice; `name` is the field that takes the answer."""

    name: str
    sentence: str
    second: bool

    def answers(self) -> list[tuple[str, str, bool]]:
        """Return each answer: its value, its words, and whether it is the one given."""
        return [
            (value, str(words), (value == SECOND) is self.second)
            for value, words in ANSWERS.items()
        ]


@dataclass(frozen=True, slots=True)
class Switch:
    """The same entry at the other of the two times: what the button says, and ISO texts."""

    label: str
    start: str
    end: str


def happens(wall: datetime, zone: str) -> bool:
    """Return whether a naive wall time comes twice; never, where `zone` is no zone."""
    return is_zone(zone) and shown_twice(wall, zone)


def chosen(wall: datetime, zone: str, *, second: bool) -> Moment:
    """Return the moment of a wall time; `second` counts only where there are two."""
    return Moment(wall, zone, second=second and happens(wall, zone))


def which(moment: Moment) -> str:
    """Return FIRST or SECOND, or "" where there is only one."""
    if not happens(moment.wall, moment.zone):
        return ""
    return SECOND if moment.second else FIRST


def which_of(at: datetime) -> str:
    """Return FIRST or SECOND of an aware moment on the clocks of its zone, "" if there is one."""
    if at.fold:
        return SECOND
    # Two offsets at one wall time: it comes twice. A moment is at no time the clocks leave out.
    return FIRST if at.utcoffset() != at.replace(fold=1).utcoffset() else ""


def briefly(at: datetime) -> str:
    """Return the time of day, of two that look the same with which it is: "01:30 (2nd)"."""
    return str(BRIEFLY[which_of(at)]) % {"time": say(at)}


def heard(at: datetime) -> str:
    """Return the same for whoever hears it: "the second 01:30"."""
    return str(HEARD[which_of(at)]) % {"time": say(at)}


def iso(moment: Moment) -> str:
    """Return the text `read_span` reads as this moment, and refuses if there is no such time."""
    return show(moment) if moment.second else moment.wall.isoformat()


def asks(day: date, at: time) -> str:
    """Return what is asked of a time that comes twice."""
    return gettext("The clocks show %(time)s twice on %(day)s. It is:") % {
        "time": say(at),
        "day": say_day(day),
    }


def said(span: Span, zone: ZoneInfo) -> str:
    """Return which of two times start and end are on the clocks of `zone`.

    Names those that come twice there; "" if neither does.
    """
    ends = () if span.all_day else (span.start, span.end)
    double = [here for here in (_on_clocks(moment, zone) for moment in ends) if which(here)]
    if not double:
        return ""
    # Moments, each once, for an entry may have no length; and what the clocks show of them.
    moments, times = dict.fromkeys(double), dict.fromkeys(say(here.wall) for here in double)
    words = SAID[tuple(map(which, moments))]
    return str(words) % {"times": get_text_list(list(times), gettext("and"))}


def switch(span: Span, zone: ZoneInfo) -> Switch | None:
    """Return `span` with the other start, or where only its end comes twice with the other end.

    Times are those of the clocks of `zone`. None: nothing comes twice, or the other time would
    have it end before it starts.
    """
    if span.all_day:
        return None
    start, end = _on_clocks(span.start, zone), _on_clocks(span.end, zone)
    if which(start):
        turned = start = replace(start, second=not start.second)
        if which(end) and end.wall > start.wall:
            # It goes along, so that there and back again is where it was.
            end = replace(end, second=start.second)
    elif which(end):
        turned = end = replace(end, second=not end.second)
    else:
        return None
    if end.instant() <= start.instant():
        return None
    label = gettext("Make it the second") if turned.second else gettext("Make it the first")
    return Switch(label, show(start), show(end))


def _on_clocks(moment: Moment, zone: ZoneInfo) -> Moment:
    there = moment.instant().astimezone(zone)
    return Moment(there.replace(tzinfo=None, fold=0), zone.key, second=bool(there.fold))
