"""Lists in pages: a cursor remembers where the page ended, so that nothing shifts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import Field

from daybook.api.fields import LARGEST_ID, Question
from daybook.people.faults import FieldFault, InvalidInput

Row = TypeVar("Row")


class Page(Question):
    """Which part of a list."""

    limit: Annotated[int, Field(ge=1, le=200, description="How many items at most.")] = 50
    cursor: Annotated[
        str,
        Field(max_length=200, description="The `next` of the page before; nothing for the first."),
    ] = ""


def page(
    rows: Sequence[Row], limit: int, place: Callable[[Row], list[Any]]
) -> tuple[Sequence[Row], str | None]:
    """Return the rows of one page and the cursor of the next, None after the last.

    `rows` are at most `limit` + 1, in order; `place` is where a row stands in that order.
    """
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], _write(place(rows[limit - 1]))


def place_of_id(cursor: str) -> int | None:
    """Return the id a page ended with, None for the first page. Raises InvalidInput."""
    match _read(cursor):
        case None:
            return None
        case [int(last)] if 0 <= last <= LARGEST_ID:
            return last
    raise _not_ours()


def place_of_moment(cursor: str) -> tuple[datetime, int] | None:
    """Return the instant and the id a page ended with. Raises InvalidInput."""
    match _read(cursor):
        case None:
            return None
        case [str(text), int(last)] if 0 <= last <= LARGEST_ID:
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                raise _not_ours() from None
            if moment.tzinfo is not None:
                return moment, last
    raise _not_ours()


def _write(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def _read(cursor: str) -> Any:
    if not cursor:
        return None
    try:
        value = orjson.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        )
    except (binascii.Error, ValueError):
        raise _not_ours() from None
    if value is None:
        raise _not_ours()
    return value


def _not_ours() -> InvalidInput:
    return InvalidInput(
        FieldFault("cursor", "invalid_cursor", "Use the `next` of the page before as the cursor.")
    )
