"""The library's forms about passwords, in the words of the diary's own forms."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as library
from django import forms
from django.utils.translation import gettext_lazy

from daybook.people.faults import Words
from daybook.web.password_help import NewPasswordForm

_NEW = NewPasswordForm.base_fields["password"]
_AGAIN = NewPasswordForm.base_fields["again"]


class OwnWords(forms.Form):
    """Says what each field asks for, and nothing inside the fields."""

    LABELS: ClassVar[dict[str, tuple[Words, Words]]] = {
        "oldpassword": (
            gettext_lazy("Your password so far"),
            gettext_lazy("Enter your password so far."),
        ),
        "password": (gettext_lazy("Password"), gettext_lazy("Enter your password.")),
        "password1": (_NEW.label or "", _NEW.error_messages["required"]),
        "password2": (_AGAIN.label or "", _AGAIN.error_messages["required"]),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for name, field in self.fields.items():
            field.label, field.error_messages["required"] = self.LABELS[name]
            field.widget.attrs.pop("placeholder", None)
        if "password1" in self.fields:
            self.fields["password1"].help_text = _NEW.help_text


class ChangePassword(OwnWords, library.ChangePasswordForm):  # type: ignore[misc]
    """Another password for somebody who knows the one so far."""


class SetPassword(OwnWords, library.SetPasswordForm):  # type: ignore[misc]
    """A first password for somebody who came in without one."""


class ConfirmPassword(OwnWords, library.ReauthenticateForm):  # type: ignore[misc]
    """The password again, before something that needs it."""
