"""/entries: the diary itself."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from daybook.api import entry_rows, entry_texts, expected
from daybook.api.answers import answer, done, tag
from daybook.api.caller import Caller, Request
from daybook.api.entry_input import EntryPatch, Expectation, NewEntry, draft
from daybook.api.entry_rows import Entry, EntryList
from daybook.api.filters import EntryFilters
from daybook.api.pages import page, place_of_moment
from daybook.entries import changing, reading
from daybook.entries.models import DiaryEntry, Origin
from daybook.people.faults import NotAllowed

router = Router(tags=["Diary entries"])
Verb = Callable[..., DiaryEntry]


@router.get("/entries", response=EntryList, operation_id="listEntries")
def list_entries(request: Request, filters: Query[EntryFilters]) -> HttpResponse:
    """List entries by their start, deleted ones left out."""
    caller = request.auth
    zone = caller.person.timezone if caller.person else "UTC"
    begin, end = filters.window(zone)
    found = reading.visible_to(caller.person)
    found = reading.between(found, begin, end)
    found = reading.narrowed(found, person_id=filters.person, type_id=filters.type, q=filters.q)
    listed = entry_texts.listed(_after(found, filters.cursor)[: filters.limit + 1])
    items, following = page(listed, filters.limit, entry_texts.place)
    return answer({"items": entry_texts.texts(items), "next": following})


@router.post("/entries", response={201: Entry}, operation_id="createEntry")
def create_entry(request: Request, payload: NewEntry) -> HttpResponse:
    """Make an entry. The caller is its creator; a service's entries have none."""
    caller = request.auth
    entry = changing.create(
        draft(payload, caller, None),
        creator=caller.person,
        origin=Origin.PERSON if caller.person else Origin.SERVICE,
        now=timezone.now(),
    )
    return _whole(entry, status=201)


@router.get("/entries/{id:entry_id}", response=Entry, operation_id="getEntry")
def get_entry(request: Request, entry_id: int) -> HttpResponse:
    """Return one entry; its ETag is its revision."""
    found = entry_rows.rows(reading.visible_to(request.auth.person).filter(pk=entry_id))
    if not found:
        raise Http404
    return _shown(found[0])


@router.patch("/entries/{id:entry_id}", response=Entry, operation_id="changeEntry")
def change_entry(request: Request, entry_id: int, payload: EntryPatch) -> HttpResponse:
    """Change an entry. What is absent stays; `assigned` replaces who is on it.

    For its creator, the people on it, and administrators.
    """
    entry = for_changing(request.auth, find(request.auth, entry_id))
    expects = expected.revision(request, payload.revision, entry.revision)
    changes = draft(payload, request.auth, entry)
    return _whole(
        changing.change(
            entry.pk, changes, by=request.auth.person, expected=expects, now=timezone.now()
        )
    )


@router.delete("/entries/{id:entry_id}", response={204: None}, operation_id="deleteEntry")
def delete_entry(
    request: Request, entry_id: int, payload: Expectation | None = None
) -> HttpResponse:
    """Delete an entry: calendars that hold it are told. It can be restored."""
    _carry_out(changing.delete, request, find(request.auth, entry_id), payload)
    return done()


@router.post("/entries/{id:entry_id}/complete", response=Entry, operation_id="completeEntry")
def complete_entry(
    request: Request, entry_id: int, payload: Expectation | None = None
) -> HttpResponse:
    """Mark an entry as completed. Nobody is told: it stays in calendars."""
    return _whole(_carry_out(changing.complete, request, find(request.auth, entry_id), payload))


@router.post("/entries/{id:entry_id}/cancel", response=Entry, operation_id="cancelEntry")
def cancel_entry(
    request: Request, entry_id: int, payload: Expectation | None = None
) -> HttpResponse:
    """Cancel an entry: it stays in the diary and leaves calendars."""
    return _whole(_carry_out(changing.cancel, request, find(request.auth, entry_id), payload))


@router.post("/entries/{id:entry_id}/restore", response=Entry, operation_id="restoreEntry")
def restore_entry(
    request: Request, entry_id: int, payload: Expectation | None = None
) -> HttpResponse:
    """Make a completed, cancelled or deleted entry open again."""
    entry = find(request.auth, entry_id, deleted=True)
    return _whole(_carry_out(changing.restore, request, entry, payload))


def find(caller: Caller, entry_id: int, *, deleted: bool = False) -> DiaryEntry:
    """Return the entry; raises Http404 if there is none the caller may see.

    Every member sees every entry, so a deleted one is found for all of them or for none.
    """
    seen = DiaryEntry.objects.all() if deleted else reading.visible_to(caller.person)
    entry = seen.prefetch_related(None).filter(pk=entry_id).first()
    if entry is None:
        raise Http404
    return entry


def for_changing(caller: Caller, entry: DiaryEntry) -> DiaryEntry:
    """Return `entry`; raises NotAllowed when a service calls and no service made it.

    What people may change is decided by the verbs.
    """
    if caller.person is None and (entry.origin != Origin.SERVICE or entry.creator_id is not None):
        raise NotAllowed("A service may look at this entry, but only change those a service made.")
    return entry


def _after(found: QuerySet[DiaryEntry], cursor: str) -> QuerySet[DiaryEntry]:
    ordered = found.order_by("starts_at", "id")
    if (place := place_of_moment(cursor)) is None:
        return ordered
    starts_at, last = place
    # Said twice so that the index on (starts_at, id) bounds the search.
    return ordered.filter(starts_at__gte=starts_at).filter(
        Q(starts_at__gt=starts_at) | Q(starts_at=starts_at, id__gt=last)
    )


def _carry_out(
    verb: Verb, request: Request, entry: DiaryEntry, sent: Expectation | None
) -> DiaryEntry:
    for_changing(request.auth, entry)
    expects = expected.revision(request, sent.revision if sent else None, entry.revision)
    return verb(entry.pk, by=request.auth.person, expected=expects, now=timezone.now())


def _whole(entry: DiaryEntry, status: int = 200) -> HttpResponse:
    return _shown(entry_rows.rows(DiaryEntry.objects.filter(pk=entry.pk))[0], status)


def _shown(row: entry_rows.Row, status: int = 200) -> HttpResponse:
    headers = {"ETag": tag(row["revision"])}
    if status == 201:
        headers["Location"] = f"/api/v1/entries/{row['id']}"
    return answer(entry_rows.shown([row])[0], status, headers=headers)
