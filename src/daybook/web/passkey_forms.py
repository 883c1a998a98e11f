"""The forms a passkey fills in; what a stranger sends instead is a mistake, never a breakdown."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as library
from django import forms
from django.utils.translation import gettext_lazy

# What reading bytes that are no passkey's comes to, in the libraries below.
_NOT_A_PASSKEY = (
    *(TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError),
    *(RecursionError, binascii.Error, struct.error),
)
_LONGEST = 20_000


class CredentialField(forms.JSONField):
    """What a browser says of a passkey, of the right shape (WebAuthn Level 3, section 5.1)."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > _LONGEST:
            raise _refused()
        try:
            credential = super().to_python(value)
        except RecursionError:
            raise _refused() from None
        if credential in self.empty_values:
            return None
        inside = credential.get("response") if isinstance(credential, dict) else None
        if not isinstance(inside, dict) or not isinstance(credential.get("id"), str):
            raise _refused()
        return credential


def _refused() -> forms.ValidationError:
    refusal: forms.ValidationError = get_adapter().validation_error("incorrect_code")
    return refusal


def _judge(judge: Callable[[], Any]) -> Any:
    try:
        return judge()
    except forms.ValidationError:
        raise
    except _NOT_A_PASSKEY:
        raise _refused() from None


class AddPasskey(library.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey."""

    credential = CredentialField(widget=forms.HiddenInput)
    name = forms.CharField(required=False, max_length=60)

    def clean(self) -> Any:
        return _judge(super().clean)


class SecondStepPasskey(library.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The passkey that ends signing in."""

    credential = CredentialField(widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        return _judge(super().clean_credential)


class SignInPasskey(library.LoginWebAuthnForm):  # type: ignore[misc]
    """The passkey that signs in alone."""

    credential = CredentialField(widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        return _judge(super().clean_credential)


class ConfirmPasskey(library.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """The passkey that confirms who is there."""

    credential = CredentialField(widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        return _judge(super().clean_credential)


class RenamePasskey(library.EditWebAuthnForm):  # type: ignore[misc]
    """What a passkey is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
