"""Signing in: only people the firm has entered; nobody signs up."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account import views
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import RedirectView

from daybook.entries import person_changes
from daybook.people import audit
from daybook.people.changes import LONGEST_PASSWORD
from daybook.people.details import PersonChanges
from daybook.people.models import Person
from daybook.people.one_line import is_one_line
from daybook.web import devices, password_help, sign_in_page
from daybook.web.back import is_here
from daybook.web.whence import client_address

log = structlog.get_logger()

# What the library would mail a notice of, as the audit trail calls it.
_TRACED = {
    "mfa/email/totp_activated": "codes_switched_on",
    "mfa/email/totp_deactivated": "codes_switched_off",
    "mfa/email/webauthn_added": "passkey_added",
    "mfa/email/webauthn_removed": "passkey_removed",
    "mfa/email/recovery_codes_generated": "recovery_codes_made",
}


# Ways to confirm who is there, the easiest first.
_WAYS = {
    "reauthenticate": gettext_lazy("Use your password"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
    "mfa_reauthenticate": gettext_lazy("Use a code of your authenticator app, or a recovery code"),
}


class InvitedPeopleOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Joins the library's signing in to the people of the firm."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Send people on to paths of this diary only, whatever `next` says."""
        return is_here(url or "")

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request.META) or "::"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count nothing: the page to sign in at counts by rules that lock no owner out."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        # What was typed may be a password in the wrong field: only names that exist are told.
        known = Person.objects.filter(username__iexact=credentials.get("username", "")).first()
        log.warning(
            "sign-in refused",
            person=known.pk if known else None,
            address=client_address(request.META),
        )

    def post_login(self, request: HttpRequest, user: Person, **about: Any) -> HttpResponse:
        log.info("signed in", person=user.pk, address=client_address(request.META))
        answer: HttpResponse = super().post_login(request, user, **about)
        devices.remember(request, answer, user)
        return answer

    def clean_password(self, password: str, user: Person | None = None) -> str:
        if len(password) > LONGEST_PASSWORD or not is_one_line(password):
            raise ValidationError(
                gettext("At most %(number)d characters, and no control characters.")
                % {"number": LONGEST_PASSWORD}
            )
        cleaned: str = super().clean_password(password, user)
        return cleaned

    def set_password(self, user: Person, password: str) -> None:
        changes = PersonChanges(password=password)
        saved = person_changes.save_person(user.pk, changes, by=user, now=timezone.now())
        user.password = saved.password

    def get_reauthentication_methods(self, user: Person) -> list[dict[str, Any]]:
        methods = {each["id"]: each for each in super().get_reauthentication_methods(user)}
        return [
            {**methods[way], "description": words} for way, words in _WAYS.items() if way in methods
        ]

    def send_notification_mail(
        self, template_prefix: str, user: Person, *_: Any, **__: Any
    ) -> None:
        """Write the change down; a new password is written down where it is set."""
        if what := _TRACED.get(template_prefix):
            audit.record(user, what, f"{user.name} ({user.username})")


_security = RedirectView.as_view(pattern_name="sign_in_security")

# Only what Daybook offers is mounted: signing up, other addresses and the library's mails are not.
urlpatterns: list[URLPattern] = [
    path("login/", sign_in_page.sign_in, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/forgotten/", password_help.forgotten, name="password_forgotten"),
    path("password/forgotten/sent/", password_help.mail_sent, name="password_mail_sent"),
    path("link/<str:secret>/", password_help.open_link, name="one_time_link"),
    path("second-step/", factors.authenticate, name="mfa_authenticate"),
    path("second-step/again/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("second-step/overview/", _security, name="mfa_index"),
    path("codes/on/", totp.activate_totp, name="mfa_activate_totp"),
    path("codes/off/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "recovery-codes/new/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("passkeys/", _security, name="mfa_list_webauthn"),
    path("passkeys/new/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("passkeys/sign-in/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("passkeys/again/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("passkeys/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
]
