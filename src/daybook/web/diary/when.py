"""When an entry is, as the clocks of whoever reads have it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as say_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.calendaring.event import Span
from daybook.entries.models import DiaryEntry
from daybook.web.twice import briefly, heard

DAY = timedelta(days=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of `day` in `zone`."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def day_name(day: date) -> str:
    """Return the day as people say it: "Tuesday 10 November"."""
    return day_as(day, "l j F")


def day_as(day: date, pattern: str) -> str:
    """Return `day` by one of Django's patterns for dates, in the reader's language."""
    return _said(day, pattern, get_language())


# A board says the days of its cells over and over.
@lru_cache(maxsize=4096)
def _said(day: date, pattern: str, _language: str | None) -> str:
    return say_date(day, pattern)


def walls(entry: DiaryEntry, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the entry begins and ends (not included) on the clocks of `zone`, naive.

    Whole days are the same dates everywhere.
    """
    if entry.all_day:
        return entry.start_wall, entry.end_wall
    begins, ends = entry.starts_at.astimezone(zone), entry.ends_at.astimezone(zone)
    return begins.replace(tzinfo=None, fold=0), ends.replace(tzinfo=None, fold=0)


def time_on_day(entry: DiaryEntry, day: date, zone: ZoneInfo) -> str:
    """Return when the entry is on `day`: "09:00–10:30", "from 22:00", "until 06:00", "All day".

    A time the clocks show twice says which it is: "01:30 (2nd)–03:00".
    """
    if entry.all_day:
        return _("All day")
    start, end = entry.starts_at.astimezone(zone), entry.ends_at.astimezone(zone)
    starts_before = start.date() < day
    ends_after = end > midnight(day + DAY, zone)
    match starts_before, ends_after:
        case True, True:
            return _("All day")
        case True, False:
            return _("until %(time)s") % {"time": briefly(end)}
        case False, True:
            return _("from %(time)s") % {"time": briefly(start)}
        case _:
            return f"{briefly(start)}–{briefly(end)}"


def time_elsewhere(span: Span, zone: ZoneInfo) -> str:
    """Return the entry's own time where its clocks differ from the reader's, otherwise ""."""
    if span.all_day or span.zone == zone.key:
        return ""
    mine = span.starts_at().astimezone(zone).replace(tzinfo=None)
    if mine == span.start.wall:
        return ""
    there = ZoneInfo(span.zone)
    start, end = span.starts_at().astimezone(there), span.ends_at().astimezone(there)
    return f"{briefly(start)}–{briefly(end)} {city(span.zone)}"


def city(zone: str) -> str:
    """Return the name people know a zone by: "New York"."""
    return zone.rpartition("/")[2].replace("_", " ")


def spoken(start: datetime, end: datetime, *, all_day: bool) -> str:
    """Return when something is with its days, for whoever hears it.

    Naive wall times in, or aware ones, which also say which of two they are. "Tuesday 10 November,
    09:00 to 11:00"; "Tuesday 10 November 22:00 to Wednesday 11 November 06:00"; "Sunday 31 October,
    the second 01:30 to 03:00"; "Tuesday 10 November, all day".
    """
    first, last = start.date(), (end - DAY if all_day else end).date()
    if all_day:
        days = day_name(first)
        if last > first:
            days = _("%(first)s to %(last)s") % {"first": days, "last": day_name(last)}
        return _("%(days)s, all day") % {"days": days}
    if first == last:
        times = _("%(start)s to %(end)s") % {"start": heard(start), "end": heard(end)}
        return f"{day_name(first)}, {times}"
    return _("%(start)s to %(end)s") % {
        "start": f"{day_name(first)} {heard(start)}",
        "end": f"{day_name(last)} {heard(end)}",
    }
