"""Sign-in and security: one's password, second factor, passkeys, sessions and tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from daybook.people import sessions, tokens
from daybook.people.faults import InvalidInput
from daybook.people.models import ApiToken, Person
from daybook.people.sealing import SealBroken
from daybook.web import second_factor
from daybook.web.access import PersonRequest, page
from daybook.web.forms import PlainForm, required

_BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari")
_NAMES = {"Edg": "Edge", "OPR": "Opera"}
_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session as its owner would recognise it."""

    browser: str
    address: str
    since: datetime
    is_this: bool


class TokenForm(PlainForm):
    """What a new token is for."""

    name = forms.CharField(
        label=gettext_lazy("What is it for?"),
        error_messages=required(gettext_lazy("Say what the token is for.")),
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Import from the CRM")}),
    )


@page("GET")
def overview(request: PersonRequest) -> HttpResponse:
    """Show everything that lets somebody in as this person."""
    person = request.user
    # Sessions that began elsewhere than at the page to sign in at are listed as well.
    UserSession.objects.create_from_request(request)
    factors = Authenticator.objects.filter(user=person).order_by("created_at")
    codes = factors.filter(type=Authenticator.Type.RECOVERY_CODES).first()
    about = {
        "section": "settings",
        "codes": factors.filter(type=Authenticator.Type.TOTP).first(),
        "passkeys": factors.filter(type=Authenticator.Type.WEBAUTHN),
        "recovery_codes_left": _left(codes) if codes else None,
        "has_password": person.has_usable_password(),
        "has_name": second_factor.has_name(request),
        "sessions": _sessions(request),
        "tokens": ApiToken.objects.filter(person=person, revoked_at=None).count(),
    }
    return render(request, "settings/security.html", about)


@page("POST")
def end_others(request: PersonRequest) -> HttpResponse:
    """End every session of this person but the one that asks."""
    sessions.end_all(request.user, by=request.user)
    update_session_auth_hash(request, request.user)
    UserSession.objects.filter(user=request.user).delete()
    messages.success(request, gettext("You are signed out everywhere else."))
    return redirect("sign_in_security")


@page("GET", "POST")
def own_tokens(request: PersonRequest) -> HttpResponse:
    """List one's tokens and make new ones; a token is shown in the answer that made it only."""
    form = TokenForm(request.POST or None)
    text = ""
    if form.is_valid():
        try:
            _, text = tokens.issue(request.user, form.cleaned_data["name"], by=request.user)
            form = TokenForm()
        except InvalidInput as trouble:
            form.add_faults(trouble)
    about = {
        "section": "settings",
        "form": form,
        "text": text,
        "tokens": ApiToken.objects.filter(person=request.user, revoked_at=None).order_by("-pk"),
    }
    return render(request, "settings/tokens.html", about, status=422 if form.errors else 200)


@page("POST")
def revoke_token(request: PersonRequest, token_id: int) -> HttpResponse:
    """Make one of one's tokens open nothing any more."""
    own = ApiToken.objects.filter(person=request.user)
    token = own.filter(pk=token_id).first() if token_id < 2**63 else None
    if token is None:
        raise Http404
    tokens.revoke(token, by=request.user, now=timezone.now())
    said = gettext("The token “%(name)s” opens nothing any more.")
    messages.success(request, said % {"name": token.name})
    return redirect("own_tokens")


def browser_of(user_agent: str) -> str:
    """Return what a browser calls itself, as people would: "Firefox on Windows"."""
    browser = next((name for name in _BROWSERS if f"{name}/" in user_agent), "")
    system = next((name for name in _SYSTEMS if name in user_agent), "")
    known = _NAMES.get(browser, browser) or gettext("A browser or program")
    if not system:
        return known
    return gettext("%(browser)s on %(system)s") % {"browser": known, "system": system}


def _left(codes: Authenticator) -> int:
    try:
        return len(codes.wrap().get_unused_codes())
    except SealBroken:
        # None of them is any good.
        return 0


def _sessions(request: PersonRequest) -> list[SignedIn]:
    rows = UserSession.objects.purge_and_list(request.user)
    listed = [
        SignedIn(
            browser_of(row.user_agent),
            "" if row.ip == "::" else row.ip,
            row.created_at,
            row.session_key == request.session.session_key,
        )
        for row in rows
    ]
    return sorted(listed, key=lambda one: (not one.is_this, -one.since.timestamp()))


def factors_of(person: Person) -> int:
    """Return how many second factors and passkeys `person` has, recovery codes not counted."""
    own = Authenticator.objects.filter(user_id=person.pk)
    return int(own.exclude(type=Authenticator.Type.RECOVERY_CODES).count())
