"""How somebody else gets in, as an administrator sees it: invite, deactivate, hand over."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from daybook.entries import handing_over, person_changes
from daybook.people import audit, criteria, link_mail, links, sessions
from daybook.people.details import PersonChanges
from daybook.people.faults import InvalidInput
from daybook.people.models import LinkPurpose, Person
from daybook.sync import preview
from daybook.web.access import PersonRequest, page
from daybook.web.effects import DONE, EFFECTS, sentence
from daybook.web.password_help import own_address
from daybook.web.security_page import factors_of


@page("GET", administrators=True)
def access(request: PersonRequest, person_id: int) -> HttpResponse:
    """Show how a person gets in, and what an administrator can do about it."""
    if person_id == request.user.pk:
        return redirect("sign_in_security")
    return _page(request, _person(person_id))


@page("POST", administrators=True)
def make_link(request: PersonRequest, person_id: int) -> HttpResponse:
    """Make a link by which the person chooses a password; it is shown in this answer only."""
    person = _person(person_id)
    link, secret = links.make(person, _purpose(person), by=request.user, now=timezone.now())
    shown = f"{own_address(request)}/accounts/link/{secret}/"
    return _page(request, person, link=shown, until=link.expires_at)


@page("POST", administrators=True)
def mail_link(request: PersonRequest, person_id: int) -> HttpResponse:
    """Have the person mailed such a link."""
    person = _person(person_id)
    link_mail.ask_to_invite(
        person,
        by=request.user,
        purpose=_purpose(person),
        leads_to=own_address(request),
        now=timezone.now(),
    )
    said = gettext("A mail with a link is on its way to %(address)s.")
    messages.success(request, said % {"address": person.email})
    return redirect("user_access", person.pk)


@page("GET", "POST", administrators=True)
def activate(request: PersonRequest, person_id: int) -> HttpResponse:
    """Deactivate an active person, or activate another; says before what follows from it."""
    person = _person(person_id)
    if request.method != "POST":
        return _activate_page(request, person)
    effect = "leave" if request.POST.get("effect") == "leave" else "apply"
    changes = PersonChanges(active=not person.is_active)
    try:
        saved = person_changes.save_person(
            person.pk, changes, by=request.user, effect=effect, now=timezone.now()
        )
    except InvalidInput as trouble:
        return _activate_page(request, person, mistakes=[f.sentence for f in trouble.faults])
    said = (
        gettext("%(name)s is active again.")
        if saved.is_active
        else gettext("%(name)s is deactivated and signed out everywhere.")
    )
    messages.success(request, said % {"name": saved.name})
    return redirect("user_access", person.pk)


@page("GET", "POST", administrators=True)
def hand_over(request: PersonRequest, person_id: int) -> HttpResponse:
    """Give the coming entries a person organises to whoever can send, after saying what it does."""
    person = _person(person_id)
    now = timezone.now()
    if request.method != "POST":
        about = {
            "section": "settings",
            "person": person,
            "count": handing_over.count(person, now=now),
        }
        return render(request, "settings/hand_over.html", about)
    count = handing_over.hand_over(person, by=request.user, now=now)
    if count:
        said = ngettext(
            "%(number)d entry was handed over.", "%(number)d entries were handed over.", count
        ) % {"number": count}
    else:
        said = gettext("There was nothing to hand over.")
    messages.success(request, said)
    return redirect("user_access", person.pk)


@page("POST", administrators=True)
def remove_factors(request: PersonRequest, person_id: int) -> HttpResponse:
    """Take away every second factor of somebody who has lost theirs, and end their sessions."""
    person = _person(person_id)
    with transaction.atomic():
        Authenticator.objects.filter(user_id=person.pk).delete()
        sessions.end_all(person, by=request.user)
        audit.record(request.user, "factors_removed", f"{person.name} ({person.username})")
    said = gettext("%(name)s signs in with the password alone from now on.")
    messages.success(request, said % {"name": person.name})
    return redirect("user_access", person.pk)


def _person(person_id: int) -> Person:
    person = Person.objects.filter(pk=person_id).first() if person_id < 2**63 else None
    if person is None:
        raise Http404
    return person


def _purpose(person: Person) -> LinkPurpose:
    return LinkPurpose.RESET if person.has_usable_password() else LinkPurpose.INVITATION


def _page(request: PersonRequest, person: Person, **more: object) -> HttpResponse:
    missing = criteria.missing(person)
    about = {
        "section": "settings",
        "person": person,
        "own": person.pk == request.user.pk,
        "has_password": person.has_usable_password(),
        "factors": factors_of(person),
        "can_mail": bool(person.email_key) and bool(link_mail.senders()),
        "missing": [criteria.sentence(code) for code in missing],
        "to_hand_over": handing_over.count(person, now=timezone.now()),
        **more,
    }
    return render(request, "settings/access.html", about)


def _activate_page(
    request: PersonRequest, person: Person, mistakes: list[str] | None = None
) -> HttpResponse:
    syncs = person.diary_sync
    effect = preview.effect_of_activity(person, active=not person.is_active, now=timezone.now())
    about = {
        "section": "settings",
        "person": person,
        "flip": sentence(DONE, effect) if syncs else "",
        "effects": EFFECTS,
        "mistakes": mistakes or [],
    }
    return render(request, "settings/activate.html", about, status=422 if mistakes else 200)
