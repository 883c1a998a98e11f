"""Forgotten passwords and one-time links."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from daybook.people import link_mail, links, tries
from daybook.people.details import PersonChanges
from daybook.people.faults import InvalidInput
from daybook.people.models import OneTimeLink, Person, Role
from daybook.people.tries import Wait
from daybook.web import devices
from daybook.web.forms import PlainForm, required
from daybook.web.slow_down import network, too_often

_METHODS = ["GET", "HEAD", "POST"]


class WhoForm(PlainForm):
    """Who forgot the password."""

    who = forms.CharField(
        label=gettext_lazy("User name or email address"),
        max_length=254,
        error_messages=required(gettext_lazy("Enter your user name or email address.")),
        widget=forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )


class NewPasswordForm(PlainForm):
    """A password of one's choice, typed twice; the verb judges whether it is a good one."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        help_text=gettext_lazy("At least ten characters; several words are easiest to remember."),
        error_messages=required(gettext_lazy("Enter a new password.")),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("New password, again"),
        strip=False,
        error_messages=required(gettext_lazy("Enter the new password again.")),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if self.cleaned_data.get("password") not in (None, again):
            raise forms.ValidationError(gettext("The two passwords differ."))
        return again


class FirstAdministratorForm(NewPasswordForm):
    """Who looks after the diary first."""

    field_order = ("username", "forename", "surname", "email", "password", "again")
    username = forms.CharField(
        label=gettext_lazy("User name"),
        error_messages=required(gettext_lazy("Enter a user name.")),
        widget=forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )
    forename = forms.CharField(
        label=gettext_lazy("Forename"),
        error_messages=required(gettext_lazy("Enter a forename.")),
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    surname = forms.CharField(
        label=gettext_lazy("Surname"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    email = forms.CharField(
        label=gettext_lazy("Email address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )


@never_cache
@require_http_methods(_METHODS)
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a mail with a link; the answer is the same for somebody and for nobody."""
    can_mail = bool(link_mail.senders())
    if request.method != "POST" or not can_mail:
        return _forgotten_page(request, WhoForm(), can_mail=can_mail)
    now = timezone.now()
    begun = tries.begin(tries.limits_of_asking(address=network(request)), now)
    if isinstance(begun, Wait):
        return too_often(request, begun.until)
    form = WhoForm(request.POST)
    if form.is_valid():
        try:
            link_mail.ask_for_reset(
                form.cleaned_data["who"], leads_to=own_address(request), now=now
            )
        except InvalidInput as trouble:
            form.add_faults(trouble)
        else:
            return redirect("password_mail_sent")
    return _forgotten_page(request, form, can_mail=True)


@never_cache
@require_http_methods(["GET", "HEAD"])
def mail_sent(request: HttpRequest) -> HttpResponse:
    """Say that a mail is on its way, if there is anybody it could go to."""
    return render(request, "account/password_mail_sent.html")


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(_METHODS)
def open_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Let whoever has a good link choose a password, once."""
    now = timezone.now()
    link = links.find(secret, now)
    if link is None:
        answer = render(request, "account/link_over.html", status=410)
    elif request.method == "POST":
        answer = _use(request, link, secret)
    else:
        answer = _link_page(request, link, _form_of(link)())
    # The address of this page is a secret. (Without any referrer, browsers would send the form
    # with no origin either, and it would be refused.)
    answer.headers["Referrer-Policy"] = "strict-origin"
    # Django would log the whole address with every answer that is not a success.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


def own_address(request: HttpRequest) -> str:
    """Return where this installation is reached, without a path.

    That is its setting. Only where there is none, and so nobody but this machine reaches it, is
    it the request's own host, which Django has compared with this machine's names.
    """
    return str(settings.DAYBOOK.public_url) or f"http://{request.get_host()}"


def _use(request: HttpRequest, link: OneTimeLink, secret: str) -> HttpResponse:
    form = _form_of(link)(request.POST)
    if not form.is_valid():
        return _link_page(request, link, form)
    try:
        person = _redeemed(link, secret, form)
    except InvalidInput as trouble:
        form.add_faults(trouble)
        return _link_page(request, link, form)
    if person is None:
        return render(request, "account/link_over.html", status=410)
    messages.success(request, gettext("Your password is set. Sign in with it."))
    answer = redirect("account_login")
    devices.remember(request, answer, person)
    return answer


def _redeemed(link: OneTimeLink, secret: str, form: NewPasswordForm) -> Person | None:
    data = form.cleaned_data
    if link.person is not None:
        return links.redeem(secret, data["password"], timezone.now())
    changes = PersonChanges(
        username=data["username"],
        forename=data["forename"],
        surname=data["surname"],
        email=data["email"],
        role=Role.ADMINISTRATOR,
        password=data["password"],
    )
    return links.redeem_first(secret, changes, timezone.now())


def _form_of(link: OneTimeLink) -> type[NewPasswordForm]:
    return NewPasswordForm if link.person is not None else FirstAdministratorForm


def _forgotten_page(request: HttpRequest, form: WhoForm, *, can_mail: bool) -> HttpResponse:
    about = {"form": form, "can_mail": can_mail}
    status = 422 if form.errors else 200
    return render(request, "account/password_forgotten.html", about, status=status)


def _link_page(request: HttpRequest, link: OneTimeLink, form: NewPasswordForm) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "account/link.html", {"form": form, "link": link}, status=status)
