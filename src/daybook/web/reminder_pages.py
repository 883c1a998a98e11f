"""Reminders: the habit, the choice for one entry, and those that are due on every page."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from daybook.entries import reminders
from daybook.entries.models import DiaryEntry
from daybook.people.faults import InvalidInput
from daybook.people.models import Person
from daybook.sync import reminding
from daybook.web.access import PersonRequest, page
from daybook.web.back import back
from daybook.web.clock import say
from daybook.web.reminder_form import HABIT, NONE, THESE, EntryRemindersForm, HabitForm


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder on a page: which entry, when it is by the reader's clock, and what went wrong."""

    id: int
    title: str
    page: str
    when: str
    location: str
    trouble: str


@page("GET", "POST")
def habit(request: PersonRequest) -> HttpResponse:
    """Show and save how this person wants to be reminded of every entry."""
    form = HabitForm(request.POST) if request.method == "POST" else HabitForm.of(request.user)
    if form.is_valid():
        try:
            reminders.choose_habit(request.user, form.habit(), now=timezone.now())
        except InvalidInput as trouble:
            form.add_faults(trouble)
        else:
            messages.success(request, _("Your reminders are saved."))
            return redirect("reminders")
    form.fields["by_mail"].help_text = _about_mail(request.user)
    about = {"section": "settings", "form": form}
    return render(request, "settings/reminders.html", about, status=422 if form.errors else 200)


def _about_mail(person: Person) -> str:
    """Return where mails would go, or why none would go at present."""
    _account, reason = reminding.sender_for(person)
    if reason:
        why = reminding.why_not_mailed(reason)
        return _("None could be mailed at present: %s They would be shown on the pages.") % why
    return (
        _("To %s. Entries of types that stay in the diary are shown on the pages instead.")
        % person.email
    )


@page("POST")
def for_entry(request: PersonRequest, entry_id: int) -> HttpResponse:
    """Save how this person wants to be reminded of one entry."""
    entry = _entry(entry_id)
    form = entry_form(entry, request.user, data=request.POST)
    if form.is_valid():
        try:
            reminders.choose_for(entry_id, request.user, form.chosen(), now=timezone.now())
        except InvalidInput as trouble:
            form.add_faults(trouble)
        else:
            messages.success(request, _("Your reminders of “%s” are saved.") % entry.title)
            return redirect(entry)
    about = {"section": "diary", "entry": entry, "reminders_form": form}
    return render(request, "entries/reminders_page.html", about, status=422)


@page("GET")
def shown(request: PersonRequest) -> HttpResponse:
    """Answer a script with the reminders to show now; 204 if there are none."""
    found = due_for(request.user)
    if not found:
        return HttpResponse(status=204)
    return render(request, "parts/reminder_list.html", {"due_reminders": found})


@page("POST")
def put_away(request: PersonRequest, reminder_id: int) -> HttpResponse:
    """Show a reminder no more, and go back to where it was shown."""
    if reminder_id < 2**63:
        reminders.put_away(request.user, reminder_id, timezone.now())
    return redirect(back(request))


@page("POST")
def announce(request: PersonRequest, reminder_id: int) -> HttpResponse:
    """Answer 204 to the one browser that may announce a reminder outside the page, else 409."""
    now = timezone.now()
    first = reminder_id < 2**63 and reminders.announce(request.user, reminder_id, now)
    return HttpResponse(status=204 if first else 409)


def of_request(request: HttpRequest) -> list[Due]:
    """Return the reminders due for whoever looks, none for strangers; asked of few people."""
    user = getattr(request, "user", None)
    if not isinstance(user, Person) or not (user.remind_in_browser or user.remind_by_mail):
        return []
    return due_for(user)


def due_for(person: Person) -> list[Due]:
    """Return the reminders the pages show `person` now."""
    zone, once = ZoneInfo(person.timezone), {}
    for reminder in reminders.shown_to(person, timezone.now()):
        entry = reminder.entry
        # Two reminders of one entry say the same; putting one away puts both away.
        once[entry.pk] = Due(
            reminder.pk,
            entry.title,
            entry.get_absolute_url(),
            _when(entry, zone),
            entry.location,
            reminding.why_not_mailed(reminder.not_mailed),
        )
    return list(once.values())


def entry_form(entry: DiaryEntry, person: Person, **more: object) -> EntryRemindersForm:
    """Return the form of one person's reminders of one entry, as they are now."""
    chosen = reminders.chosen_for(entry, person)
    how = HABIT if chosen is None else THESE if chosen else NONE
    initial = {"how": how, "minutes": chosen or []}
    habit_here = reminders.habit_for(entry, person)
    return EntryRemindersForm(entry, habit_here, **{"initial": initial, **more})


def _entry(entry_id: int) -> DiaryEntry:
    entries = DiaryEntry.objects.filter(pk=entry_id, deleted_at=None) if entry_id < 2**63 else None
    entry = entries.first() if entries is not None else None
    if entry is None:
        raise Http404
    return entry


def _when(entry: DiaryEntry, zone: ZoneInfo) -> str:
    if entry.all_day:
        return date_format(entry.start_wall, "l j F")
    start, end = entry.starts_at.astimezone(zone), entry.ends_at.astimezone(zone)
    day = (
        ""
        if start.date() == timezone.now().astimezone(zone).date()
        else f"{date_format(start, 'l j F')}, "
    )
    return f"{day}{say(start)}–{say(end)}"
