"""Whether a board that is looked at is still what the server would draw: one small question."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from zoneinfo import ZoneInfo

from daybook.entries import reading
from daybook.entries.models import DiaryEntry
from daybook.people.models import Person
from daybook.web.calendar_states import standing
from daybook.web.diary.asked import Asked
from daybook.web.diary.when import DAY, midnight

# The header by which a script asks, with the version it shows ("" for none).
ASKS = "X-Board"


def version(reader: Person, asked: Asked, zone: ZoneInfo, today: date) -> str:
    """Return a word that is another as soon as an entry in view, its state or the day is another.

    One query, of indexed rows of about the time in view. Names of people and types are left to
    the next visit.
    """
    first, after = asked.shown()
    entries = DiaryEntry.objects.filter(deleted_at=None).annotate(standing=standing())
    short, long = reading.halves_of_window(
        entries, midnight(first, zone) - DAY, midnight(after, zone) + DAY, people=asked.whose
    )
    columns = ("pk", "revision", "type_id", "standing")
    rows = short.values_list(*columns).union(long.values_list(*columns), all=True)
    digest = blake2b(f"{reader.pk} {today}".encode(), digest_size=9)
    for row in sorted(rows):
        if not asked.types or row[2] in asked.types:
            digest.update(repr(row).encode())
    return digest.hexdigest()
