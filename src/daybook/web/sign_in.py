"""Signing in: only people the firm has entered; nobody signs up."""

from __future__ import annotations

from allauth.account import views
from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import URLPattern, path


class InvitedPeopleOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Close the page where strangers would make themselves an account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False


# Only what Daybook offers is mounted: signing up, other addresses and password mails are not.
urlpatterns: list[URLPattern] = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
]
