"""What can be done to an entry besides changing it: complete, cancel, restore, delete, download."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy

from daybook.entries import changing, undoing
from daybook.entries.models import DiaryEntry
from daybook.people.faults import InvalidInput, NotAllowed, Stale, Words
from daybook.people.models import Person
from daybook.sync.download import NoDownload
from daybook.sync.download import download as download_file
from daybook.web import consequences, undo
from daybook.web.access import PersonRequest, page
from daybook.web.entry_pages import assigned_to, find

COMPLETED = gettext_lazy("“%(title)s” is completed.")
CANCELLED = gettext_lazy("“%(title)s” is cancelled.")
OPEN_AGAIN = gettext_lazy("“%(title)s” is open again.")
DELETED = gettext_lazy("“%(title)s” is deleted.")


class EntryVerb(Protocol):
    """One of the verbs of `entries.changing` that need nothing but an entry."""

    def __call__(
        self, entry_id: int, *, by: Person | None, now: datetime, expected: int | None = None
    ) -> DiaryEntry: ...


CHANGED_MEANWHILE = gettext_lazy(
    "Somebody changed this entry meanwhile. Look at it, then choose again."
)


@page("POST")
def complete(request: PersonRequest, entry_id: int) -> HttpResponse:
    """Note that an entry took place."""
    return _carry_out(request, entry_id, changing.complete, COMPLETED)


@page("POST")
def cancel(request: PersonRequest, entry_id: int) -> HttpResponse:
    """Call an entry off."""
    return _carry_out(request, entry_id, changing.cancel, CANCELLED)


@page("POST")
def restore(request: PersonRequest, entry_id: int) -> HttpResponse:
    """Open an entry again, also a deleted one."""
    return _carry_out(request, entry_id, changing.restore, OPEN_AGAIN)


@page("GET", "POST")
def delete(request: PersonRequest, entry_id: int) -> HttpResponse:
    """Ask, saying who will be told; then delete."""
    entry = find(entry_id)
    if entry.deleted_at is not None:
        return redirect(entry)
    if request.method == "POST":
        return _carry_out(request, entry_id, changing.delete, DELETED)
    on_it = {person.pk for person in assigned_to(entry)}
    if not changing.may_change(entry, request.user, on_it):
        raise NotAllowed(changing.ONLY_LOOK)
    now = timezone.now()
    told = consequences.told(consequences.calendar_rows(entry, request.user, now), entry, now)
    return render(
        request, "entries/delete.html", {"section": "diary", "entry": entry, "told": told}
    )


@page("GET")
def download(request: PersonRequest, entry_id: int) -> HttpResponse:
    """Answer with the entry as a calendar file, or 404 with the reason why there is none."""
    entry = find(entry_id)
    if entry.deleted_at is not None:
        raise Http404
    file = download_file(entry, request.user, timezone.now())
    if isinstance(file, NoDownload):
        return render(request, "entries/no_download.html", {"entry": entry, "no": file}, status=404)
    return HttpResponse(
        file.data,
        content_type=file.content_type,
        headers={"Content-Disposition": f'attachment; filename="{file.filename}"'},
    )


def _carry_out(
    request: PersonRequest, entry_id: int, verb: EntryVerb, outcome: Words
) -> HttpResponse:
    before = find(entry_id)
    former = undoing.remember(before)
    revision = request.POST.get("revision", "")
    expected = int(revision) if revision.isascii() and revision.isdigit() else None
    try:
        entry = verb(entry_id, by=request.user, now=timezone.now(), expected=expected)
    except Stale:
        messages.error(request, CHANGED_MEANWHILE)
    except InvalidInput as trouble:
        for fault in trouble.faults:
            messages.error(request, fault.sentence)
    except DiaryEntry.DoesNotExist:
        pass
    else:
        if entry.revision == before.revision + 1:
            undo.said(request, entry, outcome, former)
        else:
            messages.success(request, outcome % {"title": entry.title})
    return redirect("entry", entry_id)
