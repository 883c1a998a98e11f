"""Calendars that workers die of: looked at alone, after all others, and set aside in the end.

An exception is caught where it is raised (`resting.set_aside`). This is about what no program can
catch: a crash of the interpreter, memory that runs out. Its trace is a lease that ran out instead
of being given back. Once is an accident; when it happens twice in a row, whatever would have been
claimed is suspected, and each suspect has to show alone that a worker survives it.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction

from daybook.ledger.models import Calendar
from daybook.people.models import MailAccount
from daybook.sync import claiming
from daybook.sync.lease import Lease
from daybook.sync.resting import rest_an_hour

log = structlog.get_logger()

ACCIDENTS = 2
MOST_DEATHS = 5
REASON = "stops_workers"


def look_back(lease: Lease, *, batch: int, now: datetime) -> None:
    """Suspect what the last holders of the account were about to claim, if they all died.

    Called inside the transaction that took the lease. `batch` is how many calendars they claimed.
    """
    again = MailAccount.objects.filter(pk=lease.account_id, deaths__gte=ACCIDENTS)
    if not again.update(deaths=0):
        return
    due = claiming.due_calendars(now).filter(account_id=lease.account_id, deaths=0)
    found = list(due.values_list("pk", flat=True)[:batch])
    Calendar.objects.filter(pk__in=found).update(deaths=1)
    log.error("workers died", account=lease.account_id, suspected=len(found))


@transaction.atomic(durable=True)
def next_alone(lease: Lease, now: datetime) -> int | None:
    """Return the suspect to look at now, and count it as a death until `survived` is called.

    Those that are known to be deadly are set aside for an hour; None if there is no other.
    """
    suspects = Calendar.objects.filter(
        account_id=lease.account_id, due_at__lte=now, deaths__gt=0
    ).order_by("deaths", "bulk", "starts_at", "pk")
    for suspect in suspects:
        if suspect.deaths >= MOST_DEATHS and suspect.reason != REASON:
            rest_an_hour(suspect, REASON, now)
            continue
        # What was set aside has waited its hour, or was edited since: it may try once.
        deaths = min(suspect.deaths + 1, MOST_DEATHS)
        Calendar.objects.filter(pk=suspect.pk).update(deaths=deaths, reason="")
        return suspect.pk
    return None


def survived(calendar_id: int) -> None:
    """Trust a calendar again: a worker has looked at it and lives."""
    Calendar.objects.filter(pk=calendar_id, deaths__gt=0).update(deaths=0)
