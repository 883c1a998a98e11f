"""What a list of 200 entries costs at the API, against the usual way of answering with models.

Both ways go through the same handler, the same middleware and the same token, ask the same
question and answer with the same values. The usual way loads objects and lets django-ninja's
response models check and write them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

from benchmarks.firm import NOW, a_person, a_type, entries, organiser, people
from benchmarks.measure import Ratio, report, side_by_side
from django.db import connection
from django.test import Client, override_settings
from django.urls import include, path
from ninja import NinjaAPI

from daybook.api import entry_rows
from daybook.api.caller import BearerToken, Request
from daybook.entries import reading, times
from daybook.entries.models import DiaryEntry
from daybook.people import tokens

ON_POSTGRES = connection.vendor == "postgresql"
ON_A_PAGE, PAGES = 200, 10
SINCE = NOW.date().isoformat()

usual = NinjaAPI(urls_namespace="usual", auth=BearerToken())


@usual.get("/entries", response=entry_rows.EntryList)
def list_by_models(request: Request, limit: int = 50) -> entry_rows.EntryList:
    """Return the first entries the caller may see, as objects."""
    found = reading.between(reading.visible_to(request.auth.person), NOW, None)[: limit + 1]
    return entry_rows.EntryList(items=[_model(entry) for entry in found[:limit]], next="more")


def _model(entry: DiaryEntry) -> entry_rows.Entry:
    span = entry.span
    values = {
        "id": entry.pk,
        "uid": entry.uid,
        "type": entry.type_id,
        "title": entry.title,
        "notes": entry.notes,
        "location": entry.location,
        "start": times.show(span.start, all_day=entry.all_day),
        "end": times.show(span.end, all_day=entry.all_day),
        "timezone": entry.timezone,
        "all_day": entry.all_day,
        "repeat": None,
        "assigned": [row.person_id for row in entry.assignments.all()],
        "creator": entry.creator_id,
        "origin": entry.origin,
        "product": None,
        "state": entry.state,
        "revision": entry.revision,
    }
    return entry_rows.Entry.model_validate(values)


urlpatterns = [path("usual/", usual.urls), path("", include("daybook.urls"))]


def asked(client: Client, address: str) -> Callable[[], int]:
    """Return a caller who asks for a page again and again."""

    def ask() -> int:
        for _ in range(PAGES):
            answer = client.get(address)
            assert answer.status_code == 200, answer.content
            assert answer.content.count(b'"revision"') == ON_A_PAGE
        return PAGES

    return ask


def measured() -> Iterator[Ratio]:
    database = "PostgreSQL" if ON_POSTGRES else "SQLite"
    guests, kind = people(200), a_type("Site visit")
    account = organiser("olga", 25)
    entries(
        2_000,
        label="list",
        kind=kind,
        guests=guests,
        account=account,
        first_day=NOW + timedelta(days=1),
    )
    with connection.cursor() as cursor:
        # Which it does by itself in time; until then the usual way takes twice as long.
        cursor.execute("ANALYZE")
    reader = a_person("reader")
    reader.save()
    _, text = tokens.issue(reader, "benchmark")
    client = Client(headers={"Authorization": f"Bearer {text}"})
    ours = f"/api/v1/entries?from={SINCE}&limit={ON_A_PAGE}"
    theirs = f"/usual/entries?limit={ON_A_PAGE}"
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"]):
        first = [json.loads(client.get(each).content)["items"] for each in (ours, theirs)]
        assert first[0] == first[1], "they do not answer the same"
        yield side_by_side(
            f"{database}: list of {ON_A_PAGE} entries as JSON / by response models",
            asked(client, ours),
            asked(client, theirs),
            promise=20,
        )


if __name__ == "__main__":
    report(measured())
