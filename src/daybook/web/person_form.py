"""The form behind Edit Your Details, Users and New user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, gettext_lazy

from daybook.calendaring import address
from daybook.people import accounts, criteria
from daybook.people.accounts import AccountInput
from daybook.people.details import UNSET, PersonChanges
from daybook.people.models import (
    KINDS,
    Clock,
    MailAccount,
    Person,
    Role,
    Security,
    ServiceOrganiser,
    WeekStart,
)
from daybook.web import details_hints
from daybook.web.diary_fields import DiaryFields, initial_of_diary
from daybook.web.effects import EFFECTS
from daybook.web.forms import required

# The three conditions in the order they are shown, each with the codes that say it is not met.
CONDITIONS = (
    (gettext_lazy("Email Syncing is selected"), {"email_syncing_off"}),
    (gettext_lazy("A valid email address is entered"), {"email_missing", "email_invalid"}),
    (
        gettext_lazy("No other user with diary synchronisation uses this address"),
        {"email_not_unique", "email_missing", "email_invalid"},
    ),
)
# The fields whose hint depends on what stands in them.
HINTS: dict[str, Callable[[str], str]] = {
    "timezone": details_hints.of_zone,
    "calendar_kind": details_hints.of_kind,
    "smtp_host": details_hints.of_server,
}
DEFAULT_PORT = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


class ShownOncePassword(forms.PasswordInput):
    """A first password, readable while it is typed: whoever types it has to pass it on.

    As every password it never comes back with the page.
    """

    input_type = "text"


class PersonForm(DiaryFields):
    """A person's details, mail account and switches.

    The fields of the account are called `smtp_...`, because a person has a user name too.
    """

    FIELD_OF: ClassVar[dict[str, str]] = {
        "host": "smtp_host",
        "port": "smtp_port",
        "security": "smtp_security",
        "from_address": "smtp_from",
    }

    username = forms.CharField(
        label=gettext_lazy("User name"),
        error_messages=required(gettext_lazy("Enter a user name.")),
        widget=forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        help_text=gettext_lazy(
            "To begin with. At least ten characters, or leave it empty to set none."
        ),
        widget=ShownOncePassword(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    forename = forms.CharField(
        label=gettext_lazy("Forename"), error_messages=required(gettext_lazy("Enter a forename."))
    )
    surname = forms.CharField(label=gettext_lazy("Surname"), required=False)
    email = forms.CharField(
        label=gettext_lazy("Email address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    timezone = forms.CharField(
        label=gettext_lazy("Time zone"),
        error_messages=required(gettext_lazy("Enter a time zone, as in Europe/London.")),
        widget=forms.TextInput(attrs={"list": "zones", "spellcheck": "false"}),
    )
    calendar_kind = forms.ChoiceField(
        label=gettext_lazy("Calendar"),
        choices=KINDS,
    )
    # Not required: whoever does not send them keeps what is stored.
    clock = forms.ChoiceField(label=gettext_lazy("Clock"), choices=Clock.choices, required=False)
    week_start = forms.ChoiceField(
        label=gettext_lazy("Weeks begin on"), choices=WeekStart.choices, required=False
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)
    active = forms.BooleanField(label=gettext_lazy("Active"), required=False)

    smtp_host = forms.CharField(label=gettext_lazy("Server"), required=False)
    smtp_port = forms.IntegerField(
        label=gettext_lazy("Port"),
        required=False,
        help_text=gettext_lazy("Empty means the usual one."),
        error_messages={"invalid": gettext_lazy("Enter a number, as in 587.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    smtp_security = forms.ChoiceField(
        label=gettext_lazy("Security"), choices=Security.choices, required=False
    )
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
    smtp_from = forms.CharField(
        label=gettext_lazy("From address"),
        required=False,
        help_text=gettext_lazy("Empty means the email address above."),
    )

    email_syncing = forms.BooleanField(label=gettext_lazy("Email Syncing"), required=False)
    diary_sync = forms.BooleanField(
        label=gettext_lazy("Enable diary synchronisation to your external calendar"), required=False
    )
    # Says that the box could be ticked: one that is disabled is left out by browsers.
    sync_offered = forms.BooleanField(required=False, widget=forms.HiddenInput)
    effect = forms.ChoiceField(
        label=gettext_lazy("If a switch changes: entries that exist already"),
        choices=EFFECTS,
        initial="apply",
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, person: Person, by: Person, **kwargs: Any) -> None:
        self.person, self.by = person, by
        self.account = accounts.of(person) if person.pk else None
        kwargs.setdefault("initial", initial_of(person, self.account))
        super().__init__(*args, **kwargs)
        if not by.is_administrator:
            for name in ("username", "role", "active", "password"):
                del self.fields[name]
        elif person.pk is not None:
            del self.fields["password"]
        self._describe()

    def _describe(self) -> None:
        if self.account is not None and self.account.password_sealed:
            self.fields["smtp_password"].help_text = gettext("Stored. Leave empty to keep it.")
        self.judged = self._judged()
        self.missing = criteria.missing(self.judged)
        self.available = not self.missing
        if not self.available:
            self.fields["diary_sync"].widget.attrs["disabled"] = True
        self._make_live("email", "diary-synchronisation", "input changed delay:300ms")
        self._make_live("email_syncing", "diary-synchronisation", "change")
        for name, hint in HINTS.items():
            there = self.data.get(name) if self.is_bound else self.initial.get(name)
            self.fields[name].help_text = hint(str(there or ""))
            self._make_live(name, f"id_{name}_helptext", "change")

    def _make_live(self, name: str, redrawn: str, trigger: str) -> None:
        """Let a change of a field redraw a part of the page, as "Check again" would."""
        self.fields[name].widget.attrs |= {
            "hx-post": "",
            "hx-include": "closest form",
            "hx-vals": '{"check": "1"}',
            "hx-select": f"#{redrawn}",
            "hx-target": f"#{redrawn}",
            "hx-swap": "outerHTML",
            "hx-trigger": trigger,
        }

    def _judged(self) -> Person:
        """Return the person as typed, unsaved, for the three conditions."""
        if not self.is_bound:
            return self.person
        return Person(
            pk=self.person.pk,
            email=str(self.data.get("email", "")).strip(),
            email_syncing="email_syncing" in self.data,
        )

    def conditions(self) -> list[tuple[str, bool]]:
        """Return each of the three conditions in words, and whether it is met as typed."""
        codes = set(self.missing)
        return [(str(sentence), not codes & against) for sentence, against in CONDITIONS]

    def missing_count(self) -> int:
        """Return how many of the three conditions are not met."""
        return sum(1 for _, met in self.conditions() if not met)

    def moves_to(self) -> str:
        """Return the normalised address that was typed if it is another, valid one; else ""."""
        typed = self.judged.email
        if not criteria.is_valid(typed):
            return ""
        key = address.normalise(typed)
        return key if key != self.person.email_key else ""

    def taken_by(self) -> str:
        """Return, for administrators, who has the address that was typed; otherwise ""."""
        if "email_not_unique" not in self.missing or not self.by.is_administrator:
            return ""
        key = address.normalise(self.judged.email)
        holders = Person.objects.filter(email_key=key, diary_sync=True, is_active=True)
        holder = holders.exclude(pk=self.person.pk).first()
        if holder is not None:
            return holder.name
        return gettext("the service organiser") if ServiceOrganiser.objects.exists() else ""

    def clean_timezone(self) -> str:
        """Return the zone that is meant, or what was typed if it is none."""
        typed: str = self.cleaned_data["timezone"]
        return details_hints.zone_of(typed) or typed

    def changes(self) -> PersonChanges:
        """Return what was typed of the person, of a valid form."""
        data = self.cleaned_data
        return PersonChanges(
            username=data.get("username", UNSET),
            forename=data["forename"],
            surname=data["surname"],
            email=data["email"],
            timezone=data["timezone"],
            clock=data["clock"] or UNSET,
            week_start=data["week_start"] or UNSET,
            role=data.get("role", UNSET),
            calendar_kind=data["calendar_kind"],
            active=data.get("active", UNSET),
            email_syncing=data["email_syncing"],
            diary_sync=self._wanted_sync(),
            password=data.get("password") or UNSET,
            **self.diary_changes(),
        )

    def _wanted_sync(self) -> Any:
        ticked: bool = self.cleaned_data["diary_sync"]
        if ticked:
            # Already on: a condition that goes switches it off, with the reason kept.
            return UNSET if self.person.diary_sync else True
        return False if self.cleaned_data["sync_offered"] else UNSET

    def account_input(self) -> AccountInput:
        """Return what was typed in the SMTP panel."""
        data = self.cleaned_data
        security = data["smtp_security"] or Security.STARTTLS
        return AccountInput(
            host=data["smtp_host"],
            port=data["smtp_port"] or DEFAULT_PORT[Security(security)],
            security=security,
            username=data["smtp_username"],
            password=data["smtp_password"] or (None if data["smtp_username"] else ""),
            from_address=data["smtp_from"],
        )

    def account_differs(self) -> bool:
        """Return whether the SMTP panel says something other than what is stored."""
        if self.cleaned_data["smtp_password"]:
            return True
        shown = initial_of(self.person, self.account)
        return any(
            (self.cleaned_data[name] or "") != (shown[name] or "")
            for name in shown
            if name.startswith("smtp_")
        )


def initial_of(person: Person, account: MailAccount | None) -> dict[str, Any]:
    """Return what the form shows of a person and the account, which may be none."""
    return {
        "username": person.username,
        "forename": person.forename,
        "surname": person.surname,
        "email": person.email,
        "timezone": person.timezone,
        "clock": person.clock,
        "week_start": person.week_start,
        "calendar_kind": person.calendar_kind,
        **initial_of_diary(person),
        "role": person.role,
        "active": person.is_active,
        "email_syncing": person.email_syncing,
        "diary_sync": person.diary_sync,
        "effect": "apply",
        "smtp_host": account.host if account else "",
        "smtp_port": account.port if account else None,
        "smtp_security": account.security if account else Security.STARTTLS.value,
        "smtp_username": account.username if account else "",
        "smtp_from": account.from_address if account else "",
    }
