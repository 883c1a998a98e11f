"""The forms that ask for a code of the second step."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as asked
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from daybook.people.sealing import SealBroken

CANNOT_BE_READ = gettext_lazy(
    "Your codes cannot be judged any more. An administrator can remove your second step."
)
# Longer than any code is good for: its own half minute, the one before and the one after.
_USED_FOR = 120


class OnceOnly(asked.BaseAuthenticateForm):  # type: ignore[misc]
    """Takes a code of an authenticator app, or a recovery code, that was never used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        field = self.fields["code"]
        field.label = gettext("Code")
        field.help_text = gettext("Of your authenticator app, or one of your recovery codes.")
        field.error_messages["required"] = gettext("Enter a code.")
        del field.widget.attrs["placeholder"]

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()
        except SealBroken:
            raise ValidationError(CANNOT_BE_READ) from None
        if self.authenticator.type == Authenticator.Type.TOTP:
            digits = "".join(filter(str.isdigit, code))
            key = f"daybook.code.{self.user.pk}.{digits}"
            if not cache.add(key, "used", timeout=_USED_FOR):
                raise get_adapter().validation_error("incorrect_code")
        return code


class SecondStepForm(OnceOnly, asked.AuthenticateForm):  # type: ignore[misc]
    """The code that ends signing in."""


class ConfirmForm(OnceOnly, asked.ReauthenticateForm):  # type: ignore[misc]
    """The code that confirms who is there."""
