"""Second factors and passkeys: what the library asks about this installation."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils.translation import gettext

from daybook.people import second_factors
from daybook.people.models import Person


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """Seals what a second factor is computed from, and names people by their user name."""

    def encrypt(self, text: str) -> str:
        return second_factors.sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_factors.opened(encrypted_text)

    def get_totp_label(self, user: Person) -> str:
        return user.username

    def generate_authenticator_name(self, user: Person, type: str) -> str:  # noqa: A002
        count = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("Passkey %(number)d") % {"number": count + 1}

    def _get_site_name(self) -> str:
        return "Daybook"


def has_name(request: HttpRequest) -> bool:
    """Return whether passkeys can work at this address: they belong to a name, never a number."""
    host = request.get_host()
    return not host.startswith("[") and not host.partition(":")[0].replace(".", "").isdigit()
