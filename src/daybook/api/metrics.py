"""`/metrics`: how the installation does, in the text format of Prometheus.

What stands is asked from the database, and what happened is the sum of what all processes counted
there, so any process of any host gives the same answer. No label names a person, an address or an
account.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Max, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from daybook.api.answers import PRIVATE
from daybook.api.health import SILENCE
from daybook.ledger.models import Calendar
from daybook.people.models import AuditLine, MailAccount
from daybook.sync import figures
from daybook.sync.account_states import Standing, ready, standing_of
from daybook.sync.models import Quarantine, WorkerBeat

HISTOGRAMS = {
    "compose": "Seconds to plan, compose and store one message",
    "send": "Seconds until the outcome of one mail was known",
    "request": "Seconds to answer one request",
}
COUNTERS = {
    "mails": ("outcome", "Mails tried, by what became of them"),
    "requests": ("status", "Requests answered, by class of status"),
}


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer to whoever shows the token of the setting; for anybody else there is no such page."""
    if not _may_read(request):
        raise Http404
    registry = CollectorRegistry()
    registry.register(_Installation(timezone.now()))
    try:
        text = generate_latest(registry)
    except DatabaseError:
        return HttpResponse(status=503, headers=PRIVATE)
    return HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=PRIVATE)


def _may_read(request: HttpRequest) -> bool:
    token: str = settings.DAYBOOK.metrics_token
    shown = request.headers.get("Authorization", "")
    wanted = f"Bearer {token}"
    # From loopback too: the server in front comes from there with everybody's requests.
    return bool(token) and hmac.compare_digest(shown.encode(), wanted.encode())


class _Installation(Collector):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield from _queue(self._now)
        yield from _accounts(self._now)
        yield from _workers(self._now)
        yield from _keeping(self._now)
        yield from _counted(figures.total())


def _queue(now: datetime) -> Iterator[Metric]:
    due = Calendar.objects.filter(due_at__lte=now)
    free = due.filter(Q(account_id__isnull=True) | Q(account_id__in=ready(now)))
    yield GaugeMetricFamily(
        "daybook_waiting_calendars",
        "Calendars somebody will look at, now or later",
        value=Calendar.objects.filter(due_at__isnull=False).count(),
    )
    yield GaugeMetricFamily(
        "daybook_due_calendars", "Calendars whose time has come", value=due.count()
    )
    yield GaugeMetricFamily(
        "daybook_queue_age_seconds",
        "How long the oldest calendar is due that no held or resting account keeps waiting",
        value=_age(free.aggregate(at=Min("due_at"))["at"], now),
    )


def _accounts(now: datetime) -> Iterator[Metric]:
    found = Counter(standing_of(each, now) for each in MailAccount.objects.exclude(host=""))
    family = GaugeMetricFamily("daybook_mail_accounts", "Mail accounts", labels=["standing"])
    for standing in Standing:
        family.add_metric([standing.value.lower()], found[standing])
    yield family


def _workers(now: datetime) -> Iterator[Metric]:
    newest = WorkerBeat.objects.aggregate(at=Max("seen_at"))["at"]
    alive = WorkerBeat.objects.filter(seen_at__gte=now - SILENCE).count()
    yield GaugeMetricFamily("daybook_workers", "Workers that gave a sign of life", value=alive)
    if newest is not None:
        yield GaugeMetricFamily(
            "daybook_worker_silence_seconds",
            "How long ago the last worker gave a sign of life",
            value=_age(newest, now),
        )


def _keeping(now: datetime) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "daybook_quarantine",
        "1 while a restored diary is not released",
        value=Quarantine.objects.count(),
    )
    newest = AuditLine.objects.filter(what="backup_made").order_by("-pk").first()
    if newest is not None:
        yield GaugeMetricFamily(
            "daybook_backup_age_seconds", "Age of the newest backup", value=_age(newest.at, now)
        )


def _counted(counts: Mapping[str, float]) -> Iterator[Metric]:
    for name, (label, says) in COUNTERS.items():
        family = CounterMetricFamily(f"daybook_{name}", says, labels=[label])
        for key, value in sorted(counts.items()):
            if key.startswith(f"{name}|"):
                family.add_metric([key.partition("|")[2]], value)
        yield family
    for name, says in HISTOGRAMS.items():
        yield HistogramMetricFamily(
            f"daybook_{name}_seconds",
            says,
            buckets=_buckets(name, counts),
            sum_value=counts.get(f"{name}|{figures.SUM}", 0.0),
        )


def _buckets(name: str, counts: Mapping[str, float]) -> list[tuple[str, float]]:
    below, found = 0.0, []
    for bound in (*map(str, figures.BOUNDS), figures.BEYOND):
        below += counts.get(f"{name}|{bound}", 0.0)
        found.append((bound, below))
    return found


def _age(at: datetime | None, now: datetime) -> float:
    return 0.0 if at is None else max((now - at) / timedelta(seconds=1), 0.0)
