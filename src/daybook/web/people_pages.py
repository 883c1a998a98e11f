"""Users, and the details of one: one's own, or (for administrators) anybody's."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from daybook.calendaring.zones import zone_names
from daybook.entries import person_changes
from daybook.people import criteria, mail_test
from daybook.people.faults import FieldFault, InvalidInput
from daybook.people.models import MailTest, Person
from daybook.sync import preview
from daybook.web import lapse
from daybook.web.access import PersonRequest, page, refuse
from daybook.web.effects import SWITCHED_OFF, SWITCHED_ON, sentence
from daybook.web.mending import edit_details
from daybook.web.person_form import PersonForm

# What the address of the list asks for to see only those whom a condition keeps from synchronising.
CANNOT = "cannot"


@page("GET")
def people(request: PersonRequest) -> HttpResponse:
    """List everybody; addresses and what is missing are shown to administrators only.

    They can also ask for those alone who could not switch synchronisation on.
    """
    listed = list(Person.objects.order_by("-is_active", "forename", "surname", "pk"))
    administrator = request.user.is_administrator
    missing = criteria.missing_of(listed) if administrator else {}
    rows = [(person, _why_not(person, missing) if administrator else "") for person in listed]
    cannot = [row for row in rows if row[0].is_active and missing.get(row[0].pk)]
    asked = administrator and request.GET.get("show") == CANNOT
    about = {
        "section": "settings",
        "rows": cannot if asked else rows,
        "cannot": len(cannot),
        "shows_cannot": asked,
    }
    return render(request, "settings/users.html", about)


@page("GET", "POST", administrators=True)
def new(request: PersonRequest) -> HttpResponse:
    """Enter a new person."""
    return _details(request, Person(), gettext("New user"))


@page("GET", "POST")
def change(request: PersonRequest, person_id: int) -> HttpResponse:
    """Edit anybody's details, as an administrator; one's own are at `your_details`."""
    if person_id == request.user.pk:
        return redirect("your_details")
    if not request.user.is_administrator:
        return refuse(request, gettext("Only an administrator may edit other people's details."))
    person = Person.objects.filter(pk=person_id).first() if person_id < 2**63 else None
    if person is None:
        raise Http404
    return _details(request, person, edit_details(person))


@page("GET", "POST")
def your_details(request: PersonRequest) -> HttpResponse:
    """Edit one's own details."""
    return _details(request, request.user, gettext("Edit Your Details"))


def _details(request: PersonRequest, person: Person, heading: str) -> HttpResponse:
    # Read anew: what is typed must not show through in the page's own greeting.
    person = Person.objects.get(pk=person.pk) if person.pk else person
    if request.method != "POST":
        return _page(request, PersonForm(person=person, by=request.user), heading)
    if "check" in request.POST:
        return _page(request, _looked_at(request, person), heading)
    form = PersonForm(request.POST, person=person, by=request.user)
    if not form.is_valid():
        return _page(request, form, heading)
    if "test" in request.POST:
        return _test(request, form, heading)
    try:
        saved = _save(request.user, form)
    except InvalidInput as trouble:
        form.add_faults(_at_fields(trouble))
        return _page(request, form, heading)
    said = gettext("The details of %(name)s are saved.")
    messages.success(request, said % {"name": saved.name})
    if person.diary_sync and not saved.diary_sync and saved.lapse_reason:
        reason = criteria.sentence(saved.lapse_reason)
        said = gettext("Diary synchronisation was switched off.")
        messages.warning(request, f"{said} {reason}")
    return _after(request, saved, is_new=person.pk is None)


def _after(request: PersonRequest, saved: Person, *, is_new: bool) -> HttpResponse:
    if is_new and not saved.has_usable_password():
        # What is missing is a way in.
        return redirect("user_access", saved.pk)
    return redirect("your_details" if saved.pk == request.user.pk else "users")


def _looked_at(request: PersonRequest, person: Person) -> PersonForm:
    """Return the form as typed, judged but with no mistakes shown: nothing was to be saved."""
    typed = PersonForm(request.POST, person=person, by=request.user)
    shown = PersonForm(
        person=person,
        by=request.user,
        initial={
            name: typed[name].value() for name in typed.fields if not name.endswith("password")
        },
    )
    shown.judged, shown.missing, shown.available = typed.judged, typed.missing, typed.available
    shown.fields["diary_sync"].widget.attrs.pop("disabled", None)
    if not typed.available:
        shown.fields["diary_sync"].widget.attrs["disabled"] = True
    return shown


def _save(by: Person, form: PersonForm) -> Person:
    """Save person and account together, or nothing. Raises InvalidInput with all that is wrong."""
    now = timezone.now()
    faults: list[FieldFault] = []
    with transaction.atomic():
        person = form.person
        try:
            effect = "leave" if form.cleaned_data["effect"] == "leave" else "apply"
            person = person_changes.save_person(
                person.pk, form.changes(), by=by, effect=effect, now=now
            )
        except InvalidInput as trouble:
            faults += trouble.faults
        if form.account_differs() and person.pk is not None:
            try:
                _save_account(person, by, form)
            except InvalidInput as trouble:
                faults += _of_account(trouble).faults
        if faults:
            raise InvalidInput(*faults)
    return person


def _save_account(person: Person, by: Person, form: PersonForm) -> None:
    if form.cleaned_data["smtp_host"]:
        person_changes.set_mail_account(person, form.account_input(), by=by, now=timezone.now())
    elif form.account is not None:
        person_changes.remove_mail_account(person, by=by, now=timezone.now())


def _test(request: PersonRequest, form: PersonForm, heading: str) -> HttpResponse:
    if form.person.pk is None:
        form.add_error(None, gettext("Save the new user first, then test the mail account."))
        return _page(request, form, heading)
    if not form.cleaned_data["email"]:
        form.add_error("email", gettext("Enter an email address: the test message goes there."))
        return _page(request, form, heading)
    form.person.email = form.cleaned_data["email"]
    try:
        test = mail_test.ask(
            form.person,
            form.account_input(),
            asked_by=request.user,
            now=timezone.now(),
            to_address=form.cleaned_data["email"],
        )
    except InvalidInput as trouble:
        form.add_faults(_of_account(trouble))
        return _page(request, form, heading)
    return (
        _page(request, form, heading, test=test) if request.htmx else redirect("mail_test", test.pk)
    )


def _of_account(trouble: InvalidInput) -> InvalidInput:
    """Return faults of a mail account at the fields of the panel."""
    names = {"username": "smtp_username", "password": "smtp_password", "to_address": "email"}
    return InvalidInput(
        *(
            FieldFault(names.get(fault.field, fault.field), fault.code, fault.sentence)
            for fault in trouble.faults
        )
    )


def _at_fields(trouble: InvalidInput) -> InvalidInput:
    """Return the same faults, those of the criteria told once however many fields they concern."""
    seen: dict[tuple[str, str], FieldFault] = {}
    for fault in trouble.faults:
        seen.setdefault((fault.field, fault.sentence), fault)
    return InvalidInput(*seen.values())


def _page(
    request: PersonRequest, form: PersonForm, heading: str, test: MailTest | None = None
) -> HttpResponse:
    own = form.person.pk == request.user.pk
    about: dict[str, Any] = {
        "section": "settings",
        "form": form,
        "heading": heading,
        "own": own,
        "person": form.person,
        "test": test,
        "lapse": criteria.sentence(form.person.lapse_reason),
        "zones": sorted(zone_names()),
        "warning": (warning := lapse.warning(form, timezone.now())),
        "flip": _flip(form.person) if form.person.pk and not warning else "",
    }
    return render(request, "settings/person.html", about, status=422 if form.errors else 200)


def _flip(person: Person) -> str:
    """Return what turning the person's synchronisation over would send."""
    effect = preview.effect_of_person(person, diary_sync=not person.diary_sync, now=timezone.now())
    return sentence(SWITCHED_OFF if person.diary_sync else SWITCHED_ON, effect)


def _why_not(person: Person, missing: dict[int, list[str]]) -> str:
    if not person.is_active:
        return gettext("Not active")
    return " ".join(criteria.sentence(code) for code in missing[person.pk])
