"""Whether a board that is looked at is still what the server would draw: one small question."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import blake2b
from typing import NamedTuple
from zoneinfo import ZoneInfo

from daybook.entries import reading
from daybook.entries.models import DiaryEntry
from daybook.people.models import Person
from daybook.web.calendar_states import standing
from daybook.web.diary.asked import Asked
from daybook.web.diary.when import DAY, midnight

# The header by which a script asks, with the version it shows ("" for none).
ASKS = "X-Board"


class Row(NamedTuple):
    """What makes an entry another one on a board."""

    pk: int
    revision: int
    type_id: int
    standing: int | None


def look(asked: Asked, zone: ZoneInfo) -> list[Row]:
    """Return a row for each entry about the time in view: one query, of an index."""
    first, after = asked.shown()
    entries = DiaryEntry.objects.filter(deleted_at=None).annotate(standing=standing())
    short, long = reading.halves_of_window(
        entries, midnight(first, zone) - DAY, midnight(after, zone) + DAY, people=asked.whose
    )
    rows = short.values_list(*Row._fields).union(long.values_list(*Row._fields), all=True)
    return [Row(*row) for row in rows if not asked.types or row[2] in asked.types]


def version(reader: Person, today: date, rows: Iterable[Row]) -> str:
    """Return a word that is another as soon as an entry in view, its state or the day is another.

    Names of people and types are left to the next visit.
    """
    seen = f"{reader.pk} {today} {sorted(rows)}"
    return blake2b(seen.encode(), digest_size=9).hexdigest()
