"""The entries of a list as JSON texts: each is written once for each of its revisions.

A list is asked for again and again, and most of what it shows did not change. Every change raises
the revision, so a text that was kept can never be an old one; `changed_at` tells apart what was
changed twice from one state, before a backup was restored and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from daybook.api import entry_rows
from daybook.entries.models import DiaryEntry

# Octets a process keeps at most; about thirty thousand entries with few notes.
MOST = 16 * 1024 * 1024


class Listed(NamedTuple):
    """What tells one revision of an entry from all others, and its place in the list.

    Instants are as the database writes them, in UTC: on PostgreSQL, to read four hundred takes
    nearly as long as all else of a list, and one is needed.
    """

    id: int
    uid: str
    revision: int
    changed_at: str
    starts_at: str


_kept: dict[Listed, bytes] = {}


def listed(entries: QuerySet[DiaryEntry]) -> list[Listed]:
    """Return what is needed to find the texts of `entries`, in their order: one statement."""
    plain = entries.select_related(None).prefetch_related(None)
    instants = (Cast(name, TextField()) for name in ("changed_at", "starts_at"))
    return [Listed(*row) for row in plain.values_list("id", "uid", "revision", *instants)]


def texts(found: Sequence[Listed]) -> list[orjson.Fragment]:
    """Return each entry as the API shows it; two statements more if any was not kept."""
    missing = [one for one in found if one not in _kept]
    written = _write(missing) if missing else {}
    known = (_kept.get(one) or written.get(one.id) for one in found)
    return [orjson.Fragment(text) for text in known if text is not None]


def is_kept(one: Listed) -> bool:
    """Return whether the text of this revision is at hand."""
    return one in _kept


def _write(missing: Sequence[Listed]) -> dict[int, bytes]:
    """Return the texts by id, and keep those of the very revision that was listed."""
    rows = entry_rows.rows(DiaryEntry.objects.filter(pk__in=[one.id for one in missing]))
    written = {row["id"]: orjson.dumps(entry_rows.shown([row])[0]) for row in rows}
    revisions = {row["id"]: row["revision"] for row in rows}
    if sum(map(len, _kept.values())) > MOST:
        _kept.clear()
    for one in missing:
        if revisions.get(one.id) == one.revision:
            _kept[one] = written[one.id]
    return written


def place(one: Listed) -> list[object]:
    """Return where an entry stands in the order of the list: its first instant, then its id."""
    instant = datetime.fromisoformat(one.starts_at)
    # SQLite keeps it without its offset.
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return [instant.isoformat(), one.id]
