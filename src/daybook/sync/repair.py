"""The repair round: compare every calendar's plan with its last word, whatever marked it due.

Nothing should ever be found. If something is (a row changed by hand, a defect of ours), it is
marked due, and the ordinary path does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from daybook.calendaring.reconcile import print_of
from daybook.entries import marking
from daybook.entries.models import Assignment, DiaryEntry
from daybook.ledger.models import Calendar
from daybook.people.models import Person
from daybook.sync import clocks, graph
from daybook.sync.decision import step_in, worlds_of

CHUNK = 200


def repair(now: datetime) -> int:
    """Mark calendars due that are out of step without a reason; return how many.

    Looks at what is not over, at what was told and is not, and at what waits for a time so far
    ahead that a clock must have been wrong. Released calendars and refused holdings are left alone.
    """
    found = clocks.set_right(now) + _add_missing_rows(now)
    return found + sum(_mark(chunk, now) for chunk in _drifted(now))


def drift(now: datetime) -> int:
    """Return how many calendars `repair` would mark due, and change nothing."""
    return len(_missing_rows(now)) + sum(map(len, _drifted(now)))


def _drifted(now: datetime) -> Iterator[list[int]]:
    """Yield, chunk by chunk, the calendars at rest that are out of step without a reason."""
    last = 0
    while chunk := list(_at_rest().filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = chunk[-1].pk
        yield _out_of_step(chunk, now)


def _at_rest() -> QuerySet[Calendar]:
    return Calendar.objects.filter(due_at__isnull=True, released_at__isnull=True)


def _out_of_step(calendars: list[Calendar], now: datetime) -> list[int]:
    loaded = graph.load(calendars)
    return [calendar.pk for calendar in calendars if _is_to_be_looked_at(calendar, loaded, now)]


def _is_to_be_looked_at(calendar: Calendar, loaded: graph.Graph, now: datetime) -> bool:
    try:
        return _needs_a_step(calendar, loaded, now)
    except Exception:  # noqa: BLE001 - one calendar must not keep all others from being repaired
        # Whoever claims it stumbles as well, and shows it as a problem.
        return True


def _needs_a_step(calendar: Calendar, loaded: graph.Graph, now: datetime) -> bool:
    entry = loaded.entry(calendar)
    if entry is None:
        return False
    step = step_in(worlds_of(calendar), calendar, entry, now)
    if step is None or calendar.refused_print == print_of(step):
        return False
    blocked = graph.blocked(entry, step)
    return not blocked or blocked != calendar.reason


def _mark(ids: list[int], now: datetime) -> int:
    return Calendar.objects.filter(pk__in=ids, due_at__isnull=True).update(
        due_at=now, bulk=True, mark=F("mark") + 1
    )


def _missing_rows(now: datetime) -> list[tuple[int, int]]:
    """Return the entry and person of assigned addresses that have no row."""
    kept = Calendar.objects.filter(
        uid=OuterRef("entry__uid"), address_key=OuterRef("person__email_key")
    )
    missing = Assignment.objects.filter(
        ~Exists(kept),
        ~Q(person__email_key=""),
        entry__ends_at__gt=now,
        entry__deleted_at__isnull=True,
    )
    return list(missing.values_list("entry_id", "person_id")[:1000])


def _add_missing_rows(now: datetime) -> int:
    """Add the rows of assigned addresses that have none."""
    pairs = _missing_rows(now)
    entries = DiaryEntry.objects.in_bulk({entry for entry, _ in pairs})
    people = Person.objects.in_bulk({person for _, person in pairs})
    for entry_id, person_id in pairs:
        with transaction.atomic():
            marking.keep(entries[entry_id], [people[person_id]], now=now)
    return len(pairs)
