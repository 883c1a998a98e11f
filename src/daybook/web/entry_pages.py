"""The page of one entry, and of a new one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from daybook.calendaring.event import Span
from daybook.calendaring.zones import zone_names
from daybook.entries import changing, undoing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.entries.undoing import Former
from daybook.people.faults import InvalidInput, Stale
from daybook.people.models import Person
from daybook.web import consequences, quick_reading, twice, undo, versions
from daybook.web.access import PersonRequest, page
from daybook.web.entry_form import EntryForm, initial_at, initial_of
from daybook.web.mending import mends
from daybook.web.reminder_pages import entry_form

QUARTERS = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)]

SAVED = gettext_lazy("“%(title)s” is saved.")


@page("GET", "POST")
def new(request: PersonRequest) -> HttpResponse:
    """Make an entry; the address may propose when and for whom, as `initial_at` reads it.

    Its `line` is a line of quick add to fill the form with.
    """
    initial = initial_at(request.user, request.GET)
    if line := request.GET.get("line", ""):
        initial |= quick_reading.initial(quick_reading.read_line(line, request.user))
    form = EntryForm(request.POST or None, initial=initial)
    if "preview" in request.POST:
        return _preview(request, form, None)
    if request.method == "POST" and (changes := form.changes(None)):
        try:
            made = changing.create(changes, creator=request.user, now=timezone.now())
        except InvalidInput as trouble:
            form.add_faults(trouble)
        else:
            undo.said(request, made, SAVED, None)
            _warn(request, form, changes, made)
            return redirect(made)
    return _answer(request, form, {"has_types": DiaryEntryType.objects.exists()})


@page("GET", "POST")
def entry(request: PersonRequest, entry_id: int) -> HttpResponse:
    """Show an entry, and change it if this person may."""
    found = find(entry_id)
    assigned = assigned_to(found)
    if found.deleted_at is not None:
        return _deleted(request, found)
    form = EntryForm(request.POST or None, initial=initial_of(found, assigned), assigned=assigned)
    if "preview" in request.POST:
        return _preview(request, form, found)
    newer = None
    if request.method == "POST" and (changes := form.changes(found.span)):
        former = undoing.remember(found)
        try:
            saved = changing.change(
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
            newer = versions.newer(found, assigned_to(found), form)
            # Saved again, what was typed replaces the version this page now shows.
            form.data = request.POST.copy()
            form.data["revision"] = str(stale.current)
        except DiaryEntry.DoesNotExist:
            return redirect("entry", entry_id)
        else:
            _say_saved(request, saved, found.revision, former)
            _warn(request, form, changes, saved)
            return redirect("entry", entry_id)
    return _answer(request, form, _about(request, found, assigned) | {"newer": newer})


def _preview(request: PersonRequest, form: EntryForm, entry: DiaryEntry | None) -> HttpResponse:
    """Answer with the save button and the clashes for what is typed; nothing is saved."""
    mailed, clashes = 0, []
    if changes := form.changes(entry.span if entry else None):
        ticked = form.cleaned_data["people"]
        people = list(Person.objects.filter(pk__in=ticked))
        draft = consequences.as_typed(entry, changes, request.user)
        mailed = consequences.mailed_by_saving(draft, people, request.user, timezone.now())
        clashes = _clashes(request, form, changes, entry)
    about = {"mailed": mailed, "clashes": clashes, "form": form}
    return render(request, "entries/preview.html", about)


def _say_saved(request: PersonRequest, saved: DiaryEntry, before: int, former: Former) -> None:
    if saved.revision == before + 1:
        undo.said(request, saved, SAVED, former)
    else:
        messages.success(request, SAVED % {"title": saved.title})


def _clashes(
    request: PersonRequest, form: EntryForm, changes: EntryChanges, entry: DiaryEntry | None
) -> list[str]:
    if not isinstance(changes.span, Span):
        return []
    people = [int(pk) for pk in form.cleaned_data["people"]]
    return consequences.clash_sentences(changes.span, people, entry, request.user)


def _warn(
    request: PersonRequest, form: EntryForm, changes: EntryChanges, saved: DiaryEntry
) -> None:
    """Say which of two times it is if nobody asked, and who has something else then."""
    asked = form.cleaned_data["start_twice"] or form.cleaned_data["end_twice"]
    if not asked and (which := twice.said(saved.span, ZoneInfo(saved.timezone))):
        messages.info(request, which)
    if sentences := _clashes(request, form, changes, saved):
        messages.warning(request, " ".join(sentences))


def _deleted(request: PersonRequest, entry: DiaryEntry) -> HttpResponse:
    quietly = "" if undoing.told_of(entry) else undo.address(request, entry)
    undo_at = quietly or reverse("restore_entry", args=[entry.pk])
    return render(
        request,
        "entries/deleted.html",
        {"section": "diary", "entry": entry, "undo_at": undo_at},
    )


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
        "reminders_form": entry_form(entry, request.user) if request.user in assigned else None,
        "may_change": changing.may_change(entry, request.user, {p.pk for p in assigned}),
        "only_look": changing.ONLY_LOOK,
        "rows": rows,
        "summary": consequences.summary(rows, request.user),
        "told": consequences.told(rows, entry, now),
        "clashes": consequences.clashes_of(entry, assigned, request.user, now),
        "mends": mends(rows, request.user),
        "download": consequences.download_offer(entry, request.user),
        "mailed": consequences.mailed_by_saving(entry, assigned, request.user, now),
        "twice": twice.said(entry.span, ZoneInfo(request.user.timezone)),
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
