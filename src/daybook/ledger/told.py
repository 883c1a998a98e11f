"""The told snapshot as it is stored: plain JSON that outlives what it speaks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from daybook.calendaring.event import (
    Disclosure,
    Facts,
    Holding,
    Moment,
    Person,
    Span,
    Told,
    Way,
)
from daybook.ledger.models import Calendar, Contents, Parcel, ParcelState, joined

Json = dict[str, Any]

# The columns of a calendar that surely holds nothing.
NOTHING: dict[str, Any] = {"told_by": None, "remembered": None, "doubts": []}


def fetch(calendars: Collection[Calendar]) -> None:
    """Read the last words of `calendars` for `Calendar.told`: one statement, or none."""
    by = {calendar.told_by for calendar in calendars if calendar.told_by is not None}
    words = of_parcels(by)
    for calendar in calendars:
        # One whose parcel is missing says so itself, and keeps nobody else waiting.
        if calendar.told_by in words:
            calendar.told = words[calendar.told_by]


def of_parcels(ids: Collection[int]) -> dict[int, Json | None]:
    """Return what calendars hold by these parcels, by id: one statement, or none."""
    if not ids:
        return {}
    rows = Contents.objects.filter(pk__in=ids).values_list("pk", "own", "body__words")
    return {parcel: joined(own, shared) for parcel, own, shared in rows}


def before(removals: Collection[Parcel]) -> dict[int, tuple[Told | None, ...]]:
    """Return, by calendar, what it may hold if the newest parcel it was sent had no effect.

    `removals` are the newest parcels of their calendars. The last word first, then what is held if
    that got lost; no calendar that nothing else may have reached. One statement, or none.
    """
    arrived = Parcel.objects.filter(Q(state=ParcelState.SENT) | Q(uncertain=True))
    earlier = (
        arrived.filter(calendar__in=[parcel.calendar_id for parcel in removals])
        .exclude(pk__in=[parcel.pk for parcel in removals])
        .order_by("-pk")
    )
    words: dict[int, list[Told | None]] = defaultdict(list)
    sure: set[int] = set()
    rows = earlier.values_list("calendar", "state", "contents__own", "contents__body__words")
    for calendar, state, own, shared in rows:
        if calendar not in sure:
            words[calendar].append(from_json(joined(own, shared)))
        if state == ParcelState.SENT:
            sure.add(calendar)
    return {calendar: tuple(held) for calendar, held in words.items()}


def to_json(told: Told | None) -> Json | None:
    """Return the snapshot as JSON values; None (nothing is held) stays None."""
    if told is None:
        return None
    holding, span = told.holding, told.holding.facts.span
    return {
        "uid": told.uid,
        "sequence": told.sequence,
        "dtstamp": told.dtstamp.isoformat(),
        "account": told.account,
        "organiser": [told.organiser_name, told.organiser_address, holding.organiser],
        "recipient": [
            told.recipient.id,
            told.recipient.name,
            told.recipient.address,
            told.recipient.key,
        ],
        "way": holding.way,
        "disclosure": holding.disclosure,
        "people": sorted(holding.people),
        "title": holding.facts.title,
        "location": holding.facts.location,
        "notes": holding.facts.notes,
        "zone": span.zone,
        "start": [span.start.wall.isoformat(), span.start.second],
        "end": [span.end.wall.isoformat(), span.end.second],
        "all_day": span.all_day,
    }


def from_json(stored: Json | None) -> Told | None:
    """Return the snapshot `to_json` stored."""
    if stored is None:
        return None
    name, address, key = stored["organiser"]
    span = Span(
        _moment(stored["start"], stored["zone"]),
        _moment(stored["end"], stored["zone"]),
        stored["all_day"],
    )
    return Told(
        holding=Holding(
            way=Way(stored["way"]),
            facts=Facts(span, stored["title"], stored["location"], stored["notes"]),
            disclosure=Disclosure(stored["disclosure"]),
            organiser=key,
            people=frozenset(stored["people"]),
        ),
        uid=stored["uid"],
        sequence=stored["sequence"],
        dtstamp=datetime.fromisoformat(stored["dtstamp"]),
        recipient=Person(*stored["recipient"]),
        organiser_name=name,
        organiser_address=address,
        account=stored["account"],
    )


def many_from_json(stored: Sequence[Json | None]) -> tuple[Told | None, ...]:
    """Return the snapshots `to_json` stored, in order."""
    return tuple(from_json(one) for one in stored)


def after_doubt(newest: Told | None, before: Sequence[Told | None]) -> dict[str, Any]:
    """Return the columns of a calendar whose `newest` message may or may not have arrived.

    `before` is what the calendar may hold if it did not; what is held is kept once.
    """
    shown = newest.holding if newest else None
    kept = {one.holding if one else None: one for one in reversed(before)}
    kept.pop(shown, None)
    doubts = [to_json(one) for one in reversed(kept.values())]
    return {"told_by": None, "remembered": to_json(newest), "doubts": doubts}


def _moment(stored: list[Any], zone: str) -> Moment:
    wall, second = stored
    return Moment(datetime.fromisoformat(wall), zone, second)
