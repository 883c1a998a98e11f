"""The page of one entry, and of a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from daybook.calendaring.zones import zone_names
from daybook.entries import changing
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.people.faults import InvalidInput, Stale
from daybook.people.models import Person
from daybook.web import consequences
from daybook.web.access import PersonRequest, page
from daybook.web.entry_form import EntryForm, initial_for, initial_of
from daybook.web.mending import mends

QUARTERS = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)]


@dataclass(frozen=True, slots=True)
class Newer:
    """The version somebody else saved meanwhile: field labels and how each reads now."""

    by: str
    at: datetime
    lines: list[tuple[str, str]]


@page("GET", "POST")
def new(request: PersonRequest) -> HttpResponse:
    """Make an entry; `?date=` proposes a day."""
    form = EntryForm(
        request.POST or None, initial=initial_for(request.user, _day(request.GET.get("date", "")))
    )
    if "preview" in request.POST:
        return _preview(request, form, None)
    if request.method == "POST" and (changes := form.changes(None)):
        try:
            made = changing.create(changes, creator=request.user, now=timezone.now())
        except InvalidInput as trouble:
            form.add_faults(trouble)
        else:
            messages.success(request, f"“{made.title}” is saved.")
            return redirect(made)
    return _answer(request, form, {"has_types": DiaryEntryType.objects.exists()})


@page("GET", "POST")
def entry(request: PersonRequest, entry_id: int) -> HttpResponse:
    """Show an entry, and change it if this person may."""
    found = find(entry_id)
    assigned = assigned_to(found)
    if found.deleted_at is not None:
        return render(request, "entries/deleted.html", {"section": "diary", "entry": found})
    form = EntryForm(request.POST or None, initial=initial_of(found, assigned), assigned=assigned)
    if "preview" in request.POST:
        return _preview(request, form, found)
    newer = None
    if request.method == "POST" and (changes := form.changes(found.span)):
        try:
            changing.change(
                found.pk,
                changes,
                by=request.user,
                now=timezone.now(),
                expected=form.cleaned_data["revision"],
            )
        except InvalidInput as trouble:
            form.add_faults(trouble)
        except Stale as stale:
            found = find(entry_id)
            newer = _newer(found, assigned_to(found))
            # Saved again, what was typed replaces the version this page now shows.
            form.data = request.POST.copy()
            form.data["revision"] = str(stale.current)
        except DiaryEntry.DoesNotExist:
            return redirect("entry", entry_id)
        else:
            messages.success(request, f"“{form.cleaned_data['title']}” is saved.")
            return redirect("entry", entry_id)
    return _answer(request, form, _about(request, found, assigned) | {"newer": newer})


def _preview(request: PersonRequest, form: EntryForm, entry: DiaryEntry | None) -> HttpResponse:
    """Answer with the save button as it reads for what is typed; nothing is saved."""
    mailed = 0
    if changes := form.changes(entry.span if entry else None):
        ticked = form.cleaned_data["people"]
        people = list(Person.objects.filter(pk__in=ticked))
        draft = consequences.as_typed(entry, changes, request.user)
        mailed = consequences.mailed_by_saving(draft, people, request.user, timezone.now())
    return render(request, "entries/save_button.html", {"mailed": mailed})


def find(entry_id: int) -> DiaryEntry:
    """Return an entry everybody signed in may see, deleted ones too. Raises Http404."""
    entries = DiaryEntry.objects.select_related(
        "type", "creator", "changed_by", "deleted_by", "state_by"
    )
    found = entries.filter(pk=entry_id).first() if entry_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def assigned_to(entry: DiaryEntry) -> list[Person]:
    """Return who is on the entry, in order."""
    rows = entry.assignments.select_related("person").order_by("position", "pk")
    return [row.person for row in rows]


def _about(request: PersonRequest, entry: DiaryEntry, assigned: list[Person]) -> dict[str, object]:
    now = timezone.now()
    rows = consequences.calendar_rows(entry, request.user, now)
    return {
        "entry": entry,
        "assigned": assigned,
        "may_change": changing.may_change(entry, request.user, {p.pk for p in assigned}),
        "only_look": changing.ONLY_LOOK,
        "rows": rows,
        "told": consequences.told(rows, entry, now),
        "mends": mends(rows, request.user),
        "download": consequences.download_offer(entry, request.user),
        "mailed": consequences.mailed_by_saving(entry, assigned, request.user, now),
        "elsewhere": entry.timezone != request.user.timezone,
        "starts_here": entry.starts_at.astimezone(ZoneInfo(request.user.timezone)),
    }


def _answer(request: PersonRequest, form: EntryForm, about: dict[str, object]) -> HttpResponse:
    status = 409 if about.get("newer") else 422 if form.errors else 200
    return render(
        request,
        "entries/entry.html",
        {
            "section": "diary",
            "form": form,
            "quarters": QUARTERS,
            "zones": sorted(zone_names()),
            **about,
        },
        status=status,
    )


def _newer(entry: DiaryEntry, assigned: list[Person]) -> Newer:
    form = EntryForm(initial=initial_of(entry, assigned), assigned=assigned)
    initial: dict[str, Any] = {
        **form.initial,
        "type": entry.type.name,
        "people": ", ".join(person.name for person in assigned),
        "all_day": "Yes" if entry.all_day else "",
    }
    lines = [
        (str(form[name].label), str(initial[name]))
        for name in form.fields
        if name != "revision" and initial.get(name)
    ]
    by = entry.changed_by.name if entry.changed_by else "Somebody else"
    return Newer(by, entry.changed_at, lines)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
