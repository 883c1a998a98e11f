"""Reading and showing when an entry is.

What people mean is a wall time in a zone; instants follow from it. Three rules are decided here:

- a time without an offset is a wall time of the zone; with an offset or Z it is an instant and is
  converted into the zone;
- a time the clocks skip is refused; one they show twice is the first, unless an offset says second;
- the end is not included: an all-day entry on Monday ends on Tuesday (RFC 5545 section 3.6.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import timezone as fixed_offset
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext

from daybook.calendaring.event import ONE_DAY, Moment, Span
from daybook.calendaring.zones import is_zone
from daybook.people.faults import FieldFault, InvalidInput

EARLIEST_YEAR, LATEST_YEAR = 1970, 2200
LONGEST = timedelta(days=366)

_TIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?P<clock>\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d{1,9})?"
    r"(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


def read_span(
    *,
    start: str | None,
    end: str | None,
    timezone: str | None,
    all_day: bool | None,
    default_zone: str,
    keep: Span | None = None,
) -> Span:
    """Return the span these texts describe; None means not given.

    `start` and `end` are ISO 8601: dates when it is all-day (a midnight is taken too), otherwise
    times to the minute or second (a fraction of a second is left out), with or without an offset.
    `keep` is the span of the entry being changed: whatever is not given stays as it is there, so a
    new `start` alone keeps the end, and a new `timezone` alone keeps both wall times. Without
    `keep` the zone is `timezone` or else `default_zone`, and `end` may be left out only for one
    whole day.

    Raises InvalidInput at `start`, `end` or `timezone` with the codes `required`, `unknown_zone`,
    `not_a_time`, `date_expected`, `time_expected`, `out_of_range`, `time_does_not_exist`,
    `ends_before_start`, `too_long`.
    """
    zone = timezone or (keep.zone if keep else default_zone)
    if not is_zone(zone):
        raise _fault(
            "timezone", "unknown_zone", gettext("This is not a time zone, as in Europe/London.")
        )
    whole = all_day if all_day is not None else bool(keep and keep.all_day)
    given = _Given(start or None, end or None, zone, keep)
    span = _whole_days(given) if whole else _timed(given)
    _check_order(span)
    return span


def read_move(*, start: str, end: str, all_day: bool, reads_in: str, keep: Span | None) -> Span:
    """Return `keep` at the place in a diary where somebody put it; its own zone stays.

    None: nothing was there before, and the zone is the reader's.

    `start` and `end` are ISO 8601, as the clocks of `reads_in` show them: times, or, all-day, dates
    of which the end is not included. A side that still reads as it did stays the instant it was, in
    a doubled hour as well; with an offset it is the instant that says. Raises what `read_span`
    raises.
    """
    if all_day:
        return read_span(
            start=start, end=end, timezone=None, all_day=True, default_zone=reads_in, keep=keep
        )
    kept = keep if keep and not keep.all_day else None
    zone = keep.zone if keep else reads_in
    span = Span(
        _put("start", start, kept.start if kept else None, reads_in, zone),
        _put("end", end, kept.end if kept else None, reads_in, zone),
    )
    _check_order(span)
    return span


def show(moment: Moment, *, all_day: bool = False) -> str:
    """Return the local time with its offset, 2026-11-24T09:00:00+00:00; a plain date if all-day."""
    if all_day:
        return moment.wall.date().isoformat()
    return moment.instant().astimezone(ZoneInfo(moment.zone)).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class _Given:
    """What was typed, the zone it is in, and what was there before."""

    start: str | None
    end: str | None
    zone: str
    keep: Span | None


def _timed(given: _Given) -> Span:
    kept = given.keep if given.keep and not given.keep.all_day else None
    return Span(
        _timed_side("start", given.start, kept.start if kept else None, given.zone),
        _timed_side("end", given.end, kept.end if kept else None, given.zone),
    )


def _timed_side(field: str, text: str | None, kept: Moment | None, zone: str) -> Moment:
    if text is None:
        if kept is None:
            starts = gettext("Say when it starts.")
            raise _fault(
                field, "required", starts if field == "start" else gettext("Say when it ends.")
            )
        return kept if kept.zone == zone else _existing(field, _moved_to(kept, zone))
    match = _match(field, text)
    if not match["clock"]:
        raise _fault(
            field,
            "time_expected",
            gettext("Give the time too, as in 2026-11-24T09:00, or make it all-day."),
        )
    return _existing(field, _moment(field, match, zone))


def _put(field: str, text: str, kept: Moment | None, reads_in: str, zone: str) -> Moment:
    """Return the moment in `zone` at which the clocks of `reads_in` show `text`."""
    match = _match(field, text)
    if not match["clock"]:
        raise _not_a_time(field)
    moment = _existing(field, _moment(field, match, reads_in))
    if kept is not None and not match["offset"] and _wall_in(kept, reads_in) == moment.wall:
        return kept
    there = moment.instant().astimezone(ZoneInfo(zone))
    return Moment(there.replace(tzinfo=None, fold=0), zone, second=bool(there.fold))


def _wall_in(moment: Moment, zone: str) -> datetime:
    there = moment.instant().astimezone(ZoneInfo(zone))
    return there.replace(tzinfo=None, fold=0, second=0)


def _whole_days(given: _Given) -> Span:
    start = _midnight("start", given.start, given.zone)
    end = _midnight("end", given.end, given.zone)
    kept = given.keep
    if start is None:
        if kept is None:
            raise _fault("start", "required", gettext("Say on which day it starts."))
        start = _start_of_day(kept.start.wall, given.zone)
    if end is None:
        end = _last_midnight(kept, given) if kept else None
    return Span(start, end or Moment(start.wall + ONE_DAY, given.zone), all_day=True)


def _last_midnight(kept: Span, given: _Given) -> Moment | None:
    """Return the midnight after the kept end, or None for one day: a timed entry became all-day."""
    if kept.all_day:
        return Moment(kept.end.wall, given.zone)
    if given.start is not None:
        return None
    midnight = _start_of_day(kept.end.wall, given.zone)
    return (
        midnight if midnight.wall == kept.end.wall else Moment(midnight.wall + ONE_DAY, given.zone)
    )


def _midnight(field: str, text: str | None, zone: str) -> Moment | None:
    if text is None:
        return None
    match = _match(field, text)
    moment = _moment(field, match, zone)
    if moment.wall != _start_of_day(moment.wall, zone).wall:
        raise _fault(
            field, "date_expected", gettext("An all-day entry has dates only, as in 2026-11-24.")
        )
    return Moment(moment.wall, zone)


def _start_of_day(wall: datetime, zone: str) -> Moment:
    return Moment(wall.replace(hour=0, minute=0, second=0), zone)


def _match(field: str, text: str) -> re.Match[str]:
    match = _TIME.fullmatch(text.strip()[:50])
    if match is None:
        raise _not_a_time(field)
    return match


def _moment(field: str, match: re.Match[str], zone: str) -> Moment:
    try:
        wall = datetime.fromisoformat(f"{match['day']}T{match['clock'] or '00:00'}")
        # Before converting: near the ends of the calendar an offset leads out of it.
        _check_year(field, wall)
        if not match["offset"]:
            return Moment(wall, zone)
        there = wall.replace(tzinfo=_offset(match["offset"])).astimezone(ZoneInfo(zone))
    except ValueError:
        raise _not_a_time(field) from None
    _check_year(field, there)
    return Moment(there.replace(tzinfo=None, fold=0), zone, second=bool(there.fold))


def _offset(text: str) -> fixed_offset:
    if text in ("Z", "z"):
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes > 59:
        raise ValueError("an hour has sixty minutes")
    size = timedelta(hours=hours, minutes=minutes)
    return fixed_offset(-size if text[0] == "-" else size)


def _moved_to(moment: Moment, zone: str) -> Moment:
    """Return the same wall time in another zone."""
    there = moment.wall.replace(tzinfo=ZoneInfo(zone))
    doubled = there.utcoffset() != there.replace(fold=1).utcoffset()
    return Moment(moment.wall, zone, second=moment.second and doubled)


def _existing(field: str, moment: Moment) -> Moment:
    if moment.exists():
        return moment
    later = moment.instant().astimezone(ZoneInfo(moment.zone))
    sentence = gettext("%(day)s has no %(time)s in %(zone)s; choose %(later)s or later.") % {
        "day": date_format(moment.wall, "j F"),
        "time": f"{moment.wall:%H:%M}",
        "zone": moment.zone,
        "later": f"{later:%H:%M}",
    }
    raise _fault(field, "time_does_not_exist", sentence)


def _check_year(field: str, wall: datetime) -> None:
    if not EARLIEST_YEAR <= wall.year <= LATEST_YEAR:
        sentence = gettext("Choose a year from %(first)d to %(last)d.")
        years = {"first": EARLIEST_YEAR, "last": LATEST_YEAR}
        raise _fault(field, "out_of_range", sentence % years)


def _check_order(span: Span) -> None:
    length = span.ends_at() - span.starts_at()
    if span.all_day and span.end.wall > span.start.wall and length <= timedelta(0):
        # A zone that crossed the date line left a whole day out.
        sentence = gettext("That day does not exist in %(zone)s.") % {"zone": span.zone}
        raise _fault("start", "time_does_not_exist", sentence)
    if length <= timedelta(0):
        raise _fault("end", "ends_before_start", _order_sentence(span))
    if span.end.wall - span.start.wall > LONGEST:
        sentence = gettext("An entry can last at most %(number)d days.")
        raise _fault("end", "too_long", sentence % {"number": LONGEST.days})


def _order_sentence(span: Span) -> str:
    if not span.all_day:
        return gettext("It must end after it starts.")
    return gettext(
        "The end of an all-day entry is the day after its last day: one day on %(day)s ends on "
        "%(next)s."
    ) % {
        "day": f"{span.start.wall:%Y-%m-%d}",
        "next": f"{span.start.wall + ONE_DAY:%Y-%m-%d}",
    }


def _not_a_time(field: str) -> InvalidInput:
    return _fault(field, "not_a_time", gettext("This is not a time, as in 2026-11-24T09:00."))


def _fault(field: str, code: str, sentence: str) -> InvalidInput:
    return InvalidInput(FieldFault(field, code, sentence))
