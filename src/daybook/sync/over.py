"""What is over, and what a calendar goes on showing when it could not be told to let go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial

from daybook.entries.models import DiaryEntry
from daybook.ledger import told as snapshots
from daybook.ledger.models import Calendar, Parcel, ParcelState
from daybook.sync.decision import Worlds, worlds_of
from daybook.sync.outcomes import DONE_ALTHOUGH_REFUSED


def past(
    calendars: Collection[Calendar], entries: Mapping[int, DiaryEntry], now: datetime
) -> set[int]:
    """Return the ids of those of `calendars` about which nothing may leave any more.

    Their entries have ended, and so has all that they show, or would show by their newest parcels.
    At most four statements, and none where no entry has ended.
    """
    ended = [one for one in calendars if _has_ended(entries.get(one.entry_id), now)]
    newest = Parcel.objects.in_bulk([one.parcel_id for one in ended if one.parcel_id])
    told = snapshots.of_parcels(newest)
    snapshots.fetch(ended)
    before = snapshots.before([one for one in newest.values() if _is_refused_removal(one)])

    def shown(calendar: Calendar) -> Worlds:
        would_show = snapshots.from_json(told.get(calendar.parcel_id or 0))
        return would_show, *worlds_of(calendar), *before.get(calendar.pk, ())

    return {one.pk for one in ended if _all_past(partial(shown, one), now)}


def held_after_all(calendar: Calendar, parcel: Parcel) -> dict[str, object]:
    """Return what to change of a calendar whose newest `parcel` is to be sent once more.

    A refused removal counts as done until somebody asks for it: they say that the calendar still
    holds what it held.
    """
    holds_something = calendar.told_by is not None or calendar.remembered is not None
    if holds_something or not _is_refused_removal(parcel):
        return {}
    held = snapshots.before([parcel]).get(calendar.pk, ())
    return snapshots.after_doubt(held[0], held[1:]) if held else {}


def _is_refused_removal(parcel: Parcel) -> bool:
    return parcel.state == ParcelState.REFUSED and parcel.method in DONE_ALTHOUGH_REFUSED


def _has_ended(entry: DiaryEntry | None, now: datetime) -> bool:
    return entry is not None and entry.ends_at <= now


def _all_past(shown: Callable[[], Worlds], now: datetime) -> bool:
    try:
        return all(word is None or word.ends_at() <= now for word in shown())
    except Exception:  # noqa: BLE001 - whoever claims it shows that it cannot be read
        return False
