"""The service organiser: the firm's mailbox that invites when no person does."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from daybook.entries import person_changes
from daybook.people import service as organiser
from daybook.people.accounts import AccountInput
from daybook.people.faults import InvalidInput
from daybook.people.models import Security
from daybook.web.access import PersonRequest, page
from daybook.web.forms import PlainForm, required
from daybook.web.person_form import DEFAULT_PORT


class ServiceForm(PlainForm):
    """Name, address and mail account of the service organiser."""

    FIELD_OF: ClassVar[dict[str, str]] = {
        "host": "smtp_host",
        "port": "smtp_port",
        "security": "smtp_security",
        "username": "smtp_username",
        "password": "smtp_password",
        "from_address": "address",
    }

    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("What guests see, as in Diary of Firm & Co."),
        error_messages=required(gettext_lazy("Enter a name.")),
    )
    address = forms.CharField(
        label=gettext_lazy("Email address"),
        help_text=gettext_lazy("A mailbox of the firm that is nobody's own address."),
        error_messages=required(gettext_lazy("Enter an email address.")),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    smtp_host = forms.CharField(
        label=gettext_lazy("Server"), error_messages=required(gettext_lazy("Enter a server."))
    )
    smtp_port = forms.IntegerField(
        label=gettext_lazy("Port"),
        required=False,
        help_text=gettext_lazy("Empty means the usual one."),
        error_messages={"invalid": gettext_lazy("Enter a number, as in 587.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    smtp_security = forms.ChoiceField(label=gettext_lazy("Security"), choices=Security.choices)
    smtp_username = forms.CharField(
        label=gettext_lazy("SMTP user name"),
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "section-smtp username", "spellcheck": "false"}
        ),
    )
    smtp_password = forms.CharField(
        label=gettext_lazy("SMTP password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def account_input(self) -> AccountInput:
        """Return the account that was typed, of a valid form."""
        data = self.cleaned_data
        return AccountInput(
            host=data["smtp_host"],
            port=data["smtp_port"] or DEFAULT_PORT[Security(data["smtp_security"])],
            security=data["smtp_security"],
            username=data["smtp_username"],
            password=data["smtp_password"] or (None if data["smtp_username"] else ""),
            from_address=data["address"],
        )


@page("GET", "POST", administrators=True)
def service(request: PersonRequest) -> HttpResponse:
    """Set or remove the service organiser."""
    form = ServiceForm(request.POST or None, initial=_initial())
    if request.method == "POST" and "remove" in request.POST:
        person_changes.remove_service(by=request.user, now=timezone.now())
        messages.success(request, gettext("There is no service organiser any more."))
        return redirect("settings")
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            person_changes.set_service(
                data["name"],
                data["address"],
                form.account_input(),
                by=request.user,
                now=timezone.now(),
            )
        except InvalidInput as trouble:
            form.add_faults(trouble)
        else:
            messages.success(request, gettext("The service organiser is saved."))
            return redirect("settings")
    there = organiser.the()
    return render(
        request,
        "settings/service.html",
        {
            "section": "settings",
            "form": form,
            "there": there,
            "stored": bool(there.account and there.account.password_sealed),
        },
        status=422 if form.errors else 200,
    )


def _initial() -> dict[str, Any]:
    there = organiser.the()
    account = there.account
    return {
        "name": there.name,
        "address": there.address,
        "smtp_host": account.host if account else "",
        "smtp_port": account.port if account else None,
        "smtp_security": account.security if account else Security.STARTTLS.value,
        "smtp_username": account.username if account else "",
    }
