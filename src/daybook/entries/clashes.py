"""Who has something else at the same time. A clash is worth a sentence and never a refusal."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from daybook.calendaring.event import Span, State
from daybook.entries.models import Assignment, DiaryEntry
from daybook.people.models import Person

# More than these are not read, and not looked for.
MOST = 20


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody, and what else they have."""

    person: Person
    entry: DiaryEntry


def clashes(span: Span, people: Collection[int], *, but: int | None = None) -> list[Clash]:
    """Return what these people (ids) have during `span`, earliest first; one query.

    `but` is the entry that is being changed. What is cancelled or deleted takes nobody's time,
    and what ends when `span` begins is no clash.
    """
    if not people:
        return []
    found = (
        Assignment.objects.filter(
            person_id__in=people,
            entry__deleted_at=None,
            entry__starts_at__lt=span.ends_at(),
            entry__ends_at__gt=span.starts_at(),
        )
        .exclude(entry__state=State.CANCELLED)
        .exclude(entry_id=but)
        .select_related("person", "entry")
        .order_by("entry__starts_at", "entry_id", "position")
    )
    return [Clash(row.person, row.entry) for row in found[:MOST]]
