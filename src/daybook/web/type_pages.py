"""Diary Entry Types: the list, a new one, a change to one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from daybook.calendaring.event import Disclosure
from daybook.entries import types as entry_types
from daybook.entries.models import COLOURS, DISCLOSURES, DiaryEntryType
from daybook.entries.types import TypeChanges
from daybook.people.faults import InvalidInput
from daybook.sync import preview
from daybook.sync.sample import Sample, samples
from daybook.web.access import PersonRequest, page
from daybook.web.effects import EFFECTS, SAVED, SWITCHED_OFF, SWITCHED_ON, sentence
from daybook.web.forms import PlainForm, required


class TypeForm(PlainForm):
    """Everything there is to say about a type."""

    name = forms.CharField(
        label=gettext_lazy("Name"), error_messages=required(gettext_lazy("Enter a name."))
    )
    colour = forms.ChoiceField(
        label=gettext_lazy("Colour"),
        choices=COLOURS,
        widget=forms.RadioSelect,
        error_messages=required(gettext_lazy("Choose a colour.")),
    )
    synchronise = forms.BooleanField(
        label=gettext_lazy("Allow this diary type to synchronise with external calendars"),
        required=False,
        help_text=gettext_lazy(
            "Only types marked here leave the diary, so that nobody's calendar is flooded."
        ),
    )
    disclosure = forms.ChoiceField(
        label=gettext_lazy("What leaves the diary"),
        choices=DISCLOSURES,
        widget=forms.RadioSelect,
        error_messages=required(gettext_lazy("Choose what leaves the diary.")),
    )
    effect = forms.ChoiceField(
        label=gettext_lazy("Entries that exist already"),
        choices=EFFECTS,
        initial="apply",
        required=False,
        widget=forms.RadioSelect,
    )

    def changes(self) -> TypeChanges:
        """Return what was typed, of a valid form."""
        data = self.cleaned_data
        return TypeChanges(
            name=data["name"],
            colour=data["colour"],
            synchronise=data["synchronise"],
            disclosure=data["disclosure"],
        )


@page("GET")
def types(request: PersonRequest) -> HttpResponse:
    """List the types, and how many entries have each."""
    listed = DiaryEntryType.objects.annotate(
        entry_count=Count("entries", filter=Q(entries__deleted_at__isnull=True))
    )
    return render(request, "settings/types.html", {"section": "settings", "types": listed})


@page("POST", administrators=True)
def starters(request: PersonRequest) -> HttpResponse:
    """Make four types to begin with, in a diary without any."""
    if made := entry_types.make_starters(by=request.user):
        said = gettext("%(names)s are there. Only %(first)s synchronises.")
        names = ", ".join(kind.name for kind in made)
        messages.success(request, said % {"names": names, "first": made[0].name})
    return redirect("types")


@page("GET", "POST", administrators=True)
def new(request: PersonRequest) -> HttpResponse:
    """Make a type."""
    form = TypeForm(
        request.POST or None, initial={"colour": "blue", "disclosure": "full", "effect": "apply"}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = entry_types.create_type(form.changes(), by=request.user)
        except InvalidInput as trouble:
            form.add_faults(trouble)
        else:
            messages.success(request, gettext("%(name)s is saved.") % {"name": made.name})
            return redirect("types")
    return _form_page(request, form, None)


@page("GET", "POST", administrators=True)
def change(request: PersonRequest, type_id: int) -> HttpResponse:
    """Change a type; switches take their effect on existing entries as chosen."""
    kind = get_object_or_404(DiaryEntryType, pk=min(type_id, 2**63 - 1))
    form = TypeForm(request.POST or None, initial=_initial(kind))
    if "preview" in request.POST:
        return render(request, "settings/type_effect.html", {"effect": _effect(kind, form)})
    if request.method == "POST" and form.is_valid() and "count" not in request.POST:
        try:
            entry_types.change_type(
                kind.pk,
                form.changes(),
                by=request.user,
                effect="leave" if form.cleaned_data["effect"] == "leave" else "apply",
                now=timezone.now(),
            )
        except InvalidInput as trouble:
            form.add_faults(trouble)
        else:
            said = gettext("%(name)s is saved.")
            messages.success(request, said % {"name": form.cleaned_data["name"]})
            return redirect("types")
    return _form_page(request, form, kind)


@page("POST", administrators=True)
def delete(request: PersonRequest, type_id: int) -> HttpResponse:
    """Delete a type no entry was ever of, or say why it stays."""
    kind = get_object_or_404(DiaryEntryType, pk=min(type_id, 2**63 - 1))
    try:
        entry_types.delete_type(kind.pk, by=request.user)
    except InvalidInput as trouble:
        for fault in trouble.faults:
            messages.error(request, fault.sentence)
        return redirect("type", kind.pk)
    messages.success(request, gettext("%(name)s is deleted.") % {"name": kind.name})
    return redirect("types")


def _initial(kind: DiaryEntryType) -> dict[str, Any]:
    return {
        "name": kind.name,
        "colour": kind.colour,
        "synchronise": kind.synchronise,
        "disclosure": kind.disclosure,
        "effect": "apply",
    }


def _effect(kind: DiaryEntryType, form: TypeForm) -> str:
    """Return what saving the form would send; while it switches nothing, what a switch would."""
    now = timezone.now()
    if not form.is_bound or not form.is_valid():
        effect = preview.effect_of_type(kind, synchronise=not kind.synchronise, now=now)
        return sentence(SWITCHED_OFF if kind.synchronise else SWITCHED_ON, effect)
    synchronise = bool(form.cleaned_data["synchronise"])
    disclosure = Disclosure(form.cleaned_data["disclosure"])
    if (synchronise, disclosure) == (kind.synchronise, kind.disclosure):
        return gettext(
            "Saving this sends nothing: neither the box nor what leaves the diary is changed."
        )
    effect = preview.effect_of_type(kind, synchronise=synchronise, disclosure=disclosure, now=now)
    return sentence(SAVED, effect)


def _form_page(request: PersonRequest, form: TypeForm, kind: DiaryEntryType | None) -> HttpResponse:
    return render(
        request,
        "settings/type.html",
        {
            "section": "settings",
            "form": form,
            "type": kind,
            "effect": _effect(kind, form) if kind else "",
            "samples": _samples(request, kind),
        },
        status=422 if form.errors else 200,
    )


def _samples(request: PersonRequest, kind: DiaryEntryType | None) -> list[tuple[str, Sample]]:
    """Return what a guest receives of an invented entry, by the label of each disclosure."""
    labels = dict(DISCLOSURES)
    made = samples(kind.name if kind else "", request.user, timezone.now())
    return [(str(labels[sample.disclosure]), sample) for sample in made]
