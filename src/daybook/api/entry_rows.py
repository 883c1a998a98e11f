"""An entry as the API shows it: two statements for any number of entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from pydantic import BaseModel, Field

from daybook.calendaring.event import Moment
from daybook.entries import times
from daybook.entries.models import Assignment, DiaryEntry

Row = dict[str, Any]

_COLUMNS = (
    "id",
    "uid",
    "type_id",
    "title",
    "notes",
    "location",
    "all_day",
    "timezone",
    "start_wall",
    "end_wall",
    "start_second",
    "end_second",
    "creator_id",
    "origin",
    "state",
    "revision",
)


class Entry(BaseModel):
    """A diary entry."""

    id: int
    uid: Annotated[str, Field(description="Its name in every calendar; it never changes.")]
    type: Annotated[int, Field(description="The id of its diary entry type.")]
    title: str
    notes: str
    location: str
    start: Annotated[
        str,
        Field(
            description="Local time with offset (2026-11-24T09:00:00+00:00); a date when all-day."
        ),
    ]
    end: Annotated[str, Field(description="As `start`; not included in the entry.")]
    timezone: Annotated[str, Field(description="The IANA zone its times are agreed in.")]
    all_day: bool
    repeat: Annotated[None, Field(description="Entries do not repeat yet.")]
    assigned: Annotated[list[int], Field(description="The ids of the people on it, in order.")]
    creator: Annotated[
        int | None, Field(description="The id of who made it; null if no person did.")
    ]
    origin: Literal["person", "automation_rule", "stage_action", "import", "service"]
    product: Annotated[None, Field(description="Entries do not belong to products yet.")]
    state: Literal["open", "completed", "cancelled"]
    revision: Annotated[int, Field(description="Raised by every change; also in the ETag.")]


class EntryList(BaseModel):
    """One page of entries."""

    items: list[Entry]
    next: Annotated[str | None, Field(description="The cursor of the next page; null: no more.")]


def rows(entries: QuerySet[DiaryEntry]) -> list[Row]:
    """Return what the API needs of `entries`, in their order, `assigned` included."""
    plain = entries.select_related(None).prefetch_related(None)
    found: list[Row] = list(plain.values(*_COLUMNS))
    assigned: dict[int, list[int]] = defaultdict(list)
    pairs = Assignment.objects.filter(entry_id__in=[row["id"] for row in found])
    for entry_id, person_id in pairs.order_by("entry_id", "position").values_list(
        "entry_id", "person_id"
    ):
        assigned[entry_id].append(person_id)
    for row in found:
        row["assigned"] = assigned[row["id"]]
    return found


def shown(found: Sequence[Row]) -> list[Row]:
    """Return the rows as items of the API, with the names of `Entry`."""
    return [_shown(row) for row in found]


def _shown(row: Row) -> Row:
    all_day = row["all_day"]
    start = Moment(row["start_wall"], row["timezone"], row["start_second"])
    end = Moment(row["end_wall"], row["timezone"], row["end_second"])
    return {
        "id": row["id"],
        "uid": row["uid"],
        "type": row["type_id"],
        "title": row["title"],
        "notes": row["notes"],
        "location": row["location"],
        "start": times.show(start, all_day=all_day),
        "end": times.show(end, all_day=all_day),
        "timezone": row["timezone"],
        "all_day": all_day,
        "repeat": None,
        "assigned": row["assigned"],
        "creator": row["creator_id"],
        "origin": row["origin"],
        "product": None,
        "state": row["state"],
        "revision": row["revision"],
    }
