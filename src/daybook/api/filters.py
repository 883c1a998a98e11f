"""The filters of the list of entries."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from daybook.api.fields import LARGEST_ID, Text
from daybook.api.pages import Page
from daybook.people.faults import FieldFault, InvalidInput

_Moment = Annotated[str, Field(max_length=40)]


class EntryFilters(Page):
    """Which entries to list. Filters are joined by "and"."""

    from_: Annotated[
        _Moment | None,
        Field(
            alias="from",
            description="Only entries that end after this: a date, or a time with offset or Z.",
        ),
    ] = None
    to: Annotated[
        _Moment | None,
        Field(description="Only entries that start before this; a date is its midnight."),
    ] = None
    person: Annotated[
        int | None, Field(ge=1, le=LARGEST_ID, description="Only entries this person is on.")
    ] = None
    type: Annotated[
        int | None, Field(ge=1, le=LARGEST_ID, description="Only entries of this type.")
    ] = None
    q: Annotated[
        Text,
        Field(
            max_length=200,
            description="Only entries that have each of these words, or its beginning, about them.",
        ),
    ] = ""

    def window(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """Return `from` and `to` as instants; without offset they are of `zone`.

        Raises InvalidInput for what is no time, and for a `to` that is not after `from`.
        """
        begin = _instant("from", self.from_, zone)
        end = _instant("to", self.to, zone)
        if begin is not None and end is not None and end <= begin:
            sentence = "`to` is not included, so it must be later than `from`."
            raise InvalidInput(FieldFault("to", "ends_before_start", sentence))
        return begin, end


def _instant(field: str, text: str | None, zone: str) -> datetime | None:
    if not text:
        return None
    try:
        # A plus sign that was not encoded arrives as a space.
        moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
        if len(text) == 10:
            moment = datetime.combine(moment.date(), time())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        sentence = "Use a date (2026-11-24) or a time with offset (2026-11-24T09:00:00+00:00)."
        raise InvalidInput(FieldFault(field, "not_a_time", sentence)) from None
