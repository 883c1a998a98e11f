"""What a drop on the diary does: move an entry, change its length, hand it to somebody else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from daybook.calendaring.event import Span
from daybook.entries import changing, undoing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.entries.times import read_move
from daybook.people.faults import InvalidInput, NotAllowed, Stale
from daybook.people.models import Person
from daybook.people.unset import UNSET
from daybook.web import twice, undo
from daybook.web.access import PersonRequest, page, wants_json
from daybook.web.back import back
from daybook.web.clock import say
from daybook.web.entry_pages import assigned_to, find


class MoveForm(forms.Form):
    """Where an entry was dropped: in the reader's time, and on whose column or row.

    `from_person` and `to_person` are ids: the second takes the place of the first.
    """

    revision = forms.IntegerField(min_value=1)
    start = forms.CharField(max_length=30)
    end = forms.CharField(max_length=30)
    all_day = forms.BooleanField(required=False)
    from_person = forms.ModelChoiceField(Person.objects.all(), required=False)
    to_person = forms.ModelChoiceField(Person.objects.all(), required=False)

    def changes(self, zone: str) -> EntryChanges:
        """Return what the drop asks for; `zone` is the reader's."""
        data = self.cleaned_data

        def moved(present: Span | None) -> Span:
            return read_move(
                start=data["start"],
                end=data["end"],
                all_day=data["all_day"],
                reads_in=zone,
                keep=present,
            )

        return EntryChanges(span=moved, assigned=self._reassigned() or UNSET)

    def _reassigned(self) -> Callable[[Sequence[int]], Sequence[int]] | None:
        one, other = self.cleaned_data["from_person"], self.cleaned_data["to_person"]
        if one == other:
            return None
        return lambda on_it: in_place_of(on_it, one and one.pk, other and other.pk)


def in_place_of(on_it: Sequence[int], one: int | None, other: int | None) -> list[int]:
    """Return the people (ids) with `other` in the place of `one`; None is nobody."""
    if one not in on_it:
        return [*on_it, other] if other is not None else list(on_it)
    swapped = [other if person == one else person for person in on_it]
    return list(dict.fromkeys(person for person in swapped if person is not None))


@page("POST")
def move(request: PersonRequest, entry_id: int) -> HttpResponse:
    """Change when an entry is and who has it, in one step; a script gets JSON.

    Refusals are 403, 409 and 422 with a sentence; nothing has changed then.
    """
    before = find(entry_id)
    if before.deleted_at is not None:
        raise Http404
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _answer(request, 422, gettext("Not moved: that is no place in the diary."))
    former, on_it = undoing.remember(before), assigned_to(before)
    try:
        moved = changing.change(
            entry_id,
            form.changes(request.user.timezone),
            by=request.user,
            now=timezone.now(),
            expected=form.cleaned_data["revision"],
        )
    except NotAllowed:
        return _answer(request, 403, _only_look(before, on_it))
    except Stale:
        return _answer(request, 409, _changed_meanwhile(find(entry_id)))
    except InvalidInput as trouble:
        faults = " ".join(fault.sentence for fault in trouble.faults)
        return _answer(request, 422, gettext("Not moved: %(why)s") % {"why": faults})
    except DiaryEntry.DoesNotExist:
        return _answer(request, 409, gettext("Not moved: somebody deleted this entry."))
    return _moved(request, before, moved, former, form)


def _moved(
    request: PersonRequest,
    before: DiaryEntry,
    moved: DiaryEntry,
    former: undoing.Former,
    form: MoveForm,
) -> HttpResponse:
    if moved.revision == before.revision:
        return _answer(request, 200, gettext("It is where it was."))
    undo.remember(request, moved, former)
    people = form.cleaned_data["from_person"], form.cleaned_data["to_person"]
    zone = ZoneInfo(request.user.timezone)
    outcome = said(before.span, moved.span, *people, zone=zone)
    which = twice.said(moved.span, zone) if moved.span != before.span else ""
    return _answer(
        request,
        200,
        " ".join(filter(None, (outcome, which))),
        reached=undo.reached(moved),
        undo_at=undo.address(request, moved),
        other=_other_time(moved, zone) if which else None,
    )


def _other_time(moved: DiaryEntry, zone: ZoneInfo) -> dict[str, object] | None:
    """Return what to send to have it at the other of two times, with what the button says."""
    switch = twice.switch(moved.span, zone)
    if switch is None:
        return None
    return {
        "label": switch.label,
        "revision": moved.revision,
        "start": switch.start,
        "end": switch.end,
    }


def said(
    before: Span, after: Span, one: Person | None, other: Person | None, *, zone: ZoneInfo
) -> str:
    """Return what a drop did: "Moved from Ben to Grace." or "Moved to Wed 25 Nov, 10:30."."""
    when = _when(after, zone)
    if one != other:
        names = {
            "one": _called(one),
            "other": _called(other),
            "when": when,
        }
        if before == after:
            return gettext("Moved from %(one)s to %(other)s.") % names
        return gettext("Moved from %(one)s to %(other)s, %(when)s.") % names
    if before.start == after.start and before.all_day == after.all_day:
        return gettext("Now %(when)s.") % {"when": _when(after, zone, whole=True)}
    return gettext("Moved to %(when)s.") % {"when": when}


def _when(span: Span, zone: ZoneInfo, *, whole: bool = False) -> str:
    """Return day and time in `zone`; `whole`: with the end."""
    if span.all_day:
        first, last = span.start.wall, span.end.wall - timedelta(days=1)
        days = [date_format(day, "D j M") for day in (first, last)]
        if first != last:
            return gettext("%(first)s to %(last)s, all day") % {"first": days[0], "last": days[1]}
        return gettext("%(day)s, all day") % {"day": days[0]}
    start, end = span.starts_at().astimezone(zone), span.ends_at().astimezone(zone)
    begins = f"{date_format(start, 'D j M')}, {say(start)}"
    if not whole:
        return begins
    ends = say(end) if end.date() == start.date() else f"{date_format(end, 'D j M')}, {say(end)}"
    return gettext("%(start)s to %(end)s") % {"start": begins, "end": ends}


def _only_look(entry: DiaryEntry, on_it: Sequence[Person]) -> str:
    whose = on_it[0] if on_it else entry.creator
    if whose is None:
        return str(changing.ONLY_LOOK)
    return gettext("You may look at %(name)s's entries but not move them.") % {
        "name": _called(whose)
    }


def _changed_meanwhile(entry: DiaryEntry) -> str:
    by = _called(entry.changed_by) if entry.changed_by else gettext("somebody")
    at = say(timezone.localtime(entry.changed_at))
    return gettext("Not moved: %(name)s changed this entry at %(time)s.") % {"name": by, "time": at}


def _called(person: Person | None) -> str:
    return (person.forename or person.name) if person else gettext("nobody")


def _answer(
    request: PersonRequest,
    status: int,
    sentence: str,
    *,
    reached: str = "",
    undo_at: str = "",
    other: dict[str, object] | None = None,
) -> HttpResponse:
    if wants_json(request):
        body = {"said": sentence, "reached": reached, "undo": undo_at or None, "other": other}
        return JsonResponse(body, status=status)
    say_it = messages.success if status == 200 else messages.error
    say_it(request, " ".join(filter(None, (sentence, reached))), extra_tags=undo_at)
    return redirect(back(request))
