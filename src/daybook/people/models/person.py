"""People: who they are, how they read times, and the switches that let entries reach them."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy

from daybook.calendaring.event import CalendarKind


class Role(models.TextChoices):
    """What a person may change: the firm's settings, or the diary only."""

    ADMINISTRATOR = "administrator", gettext_lazy("Administrator")
    MEMBER = "member", gettext_lazy("Member")


KINDS = [
    (CalendarKind.UNKNOWN.value, gettext_lazy("Not known")),
    (CalendarKind.OUTLOOK.value, gettext_lazy("Outlook or Microsoft 365")),
    (CalendarKind.GOOGLE.value, gettext_lazy("Gmail or Google Workspace")),
    (CalendarKind.APPLE.value, gettext_lazy("Apple Calendar")),
    (CalendarKind.OTHER.value, gettext_lazy("Thunderbird or another")),
]


class Clock(models.TextChoices):
    """How a person reads the time of day."""

    HOURS_24 = "24", "24 h (14:30)"
    HOURS_12 = "12", "12 h (2:30 pm)"


class WeekStart(models.TextChoices):
    """The day a person's weeks begin with."""

    MONDAY = "monday", gettext_lazy("Monday")
    SUNDAY = "sunday", gettext_lazy("Sunday")
    SATURDAY = "saturday", gettext_lazy("Saturday")

    @property
    def weekday(self) -> int:
        """Return the day as `date.weekday` counts: Monday is 0."""
        return {"monday": 0, "saturday": 5, "sunday": 6}[self.value]


WEEKDAYS = [
    ("1", gettext_lazy("Monday")),
    ("2", gettext_lazy("Tuesday")),
    ("3", gettext_lazy("Wednesday")),
    ("4", gettext_lazy("Thursday")),
    ("5", gettext_lazy("Friday")),
    ("6", gettext_lazy("Saturday")),
    ("7", gettext_lazy("Sunday")),
]


class People(BaseUserManager["Person"]):
    """Everybody who has, or had, a place in the diary."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(username__iexact=username)


class Person(AbstractBaseUser):
    """A member of the firm. Never deleted, only deactivated: calendars remember people.

    `email` is as typed; `email_key` is the same address normalised, "" when there is none, and is
    what everything compares.
    """

    username = models.CharField(max_length=150, unique=True)
    forename = models.CharField(max_length=100)
    surname = models.CharField(max_length=100, blank=True)
    email = models.CharField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True, db_index=True)
    timezone = models.CharField(max_length=64, default="Europe/London")
    clock = models.CharField(max_length=2, choices=Clock.choices, default=Clock.HOURS_24)
    week_start = models.CharField(max_length=8, choices=WeekStart.choices, default=WeekStart.MONDAY)
    second_timezone = models.CharField(max_length=64, blank=True)
    week_numbers = models.BooleanField(default=False)
    # Working hours, on the clocks of `timezone`; days as ISO counts them: Monday is 1.
    work_starts = models.TimeField(default=time(9))
    work_ends = models.TimeField(default=time(17))
    working_days = models.CharField(max_length=7, default="12345", blank=True)
    letter_keys_off = models.BooleanField("Turn off single-letter keys", default=False)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.MEMBER)
    calendar_kind = models.CharField(max_length=8, choices=KINDS, default=CalendarKind.UNKNOWN)
    is_active = models.BooleanField(default=True)
    # When this person wants to be reminded of every entry: minutes before the start, for entries
    # with a time and for whole days; nothing unless asked for.
    reminders_timed = models.JSONField(default=list, blank=True)
    reminders_all_day = models.JSONField(default=list, blank=True)
    remind_in_browser = models.BooleanField(
        gettext_lazy("On the pages of the diary"), default=False
    )
    remind_by_mail = models.BooleanField(gettext_lazy("By email"), default=False)
    remind_in_calendar = models.BooleanField(
        gettext_lazy("In my own copies for my calendar"), default=False
    )
    email_syncing = models.BooleanField(gettext_lazy("Email Syncing"), default=False)
    diary_sync = models.BooleanField(
        gettext_lazy("Enable diary synchronisation to your external calendar"), default=False
    )
    # Why synchronisation went off by itself, shown to the person until it is on again.
    lapse_reason = models.CharField(max_length=32, blank=True)
    lapsed_at = models.DateTimeField(null=True)
    # Part of what every session is checked against: raising it ends them all.
    sessions_ended = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email", "forename", "surname"]

    objects: ClassVar[People] = People()

    class Meta:
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(Lower("username"), name="one_person_per_username"),
            models.UniqueConstraint(
                fields=["email_key"],
                condition=Q(diary_sync=True, is_active=True),
                name="address_unique_among_synchronising",
            ),
            models.CheckConstraint(
                condition=Q(diary_sync=False) | Q(email_syncing=True),
                name="synchronisation_needs_email_syncing",
            ),
            models.CheckConstraint(
                condition=Q(diary_sync=False) | ~Q(email_key=""),
                name="synchronisation_needs_an_address",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return the name other people know."""
        return f"{self.forename} {self.surname}".strip() or self.username

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session must carry to be this person's: it changes with the password."""
        return salted_hmac(
            "daybook.people.models.Person.session",
            f"{self.password}\0{self.sessions_ended}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


class Dismissal(models.Model):
    """A notice somebody has read and put away; `key` says which one, and which occurrence."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="dismissed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} put away {self.key}"
