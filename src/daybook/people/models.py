"""People, their switches, and the mail accounts that carry their invitations."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy

from daybook.calendaring.event import CalendarKind
from daybook.people.whence import DOORS


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


class Security(models.TextChoices):
    """How a connection to a mail server is protected."""

    STARTTLS = "starttls", "STARTTLS"
    TLS = "tls", "TLS"
    NONE = "none", gettext_lazy("None (allowed hosts only, no user name)")


class MailAccount(models.Model):
    """A mailbox Daybook may send from: a person's own, or the service organiser's.

    The row also holds the account's lease, pace and hold, so that one conditional update decides
    who may connect. `lease` grows by one with every claim; a write-back that carries an older
    number is stale and must change nothing.
    """

    person = models.OneToOneField(
        Person, on_delete=models.PROTECT, null=True, related_name="mail_account"
    )
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField()
    security = models.CharField(max_length=8, choices=Security.choices)
    username = models.CharField(max_length=254, blank=True)
    # Sealed with AES-GCM, bound to this row's owner and field; see `sealing.py`.
    password_sealed = models.BinaryField(default=b"", blank=True)
    credential_kind = models.CharField(max_length=16, default="password")
    from_address = models.CharField(max_length=254)
    # Raised when anything a sign-in depends on changes: refused steps are then due again.
    revision = models.PositiveIntegerField(default=1)

    lease = models.BigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    # Holders in a row that let the lease run out instead of giving it back.
    deaths = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    held_reason = models.CharField(max_length=32, blank=True)
    held_reply = models.TextField(blank=True)
    held_at = models.DateTimeField(null=True)
    # When a hold ends by itself (a provider's daily limit); None: until something changes.
    held_until = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.username or self.from_address} at {self.host}"


class ServiceOrganiser(models.Model):
    """The firm's mailbox that is nobody's own address; exactly one row, empty until set.

    Whoever takes an address for synchronisation locks this row first, so that no race can give
    one address to a person and to the service.
    """

    name = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=254, blank=True)
    address_key = models.CharField(max_length=254, blank=True)
    account = models.OneToOneField(MailAccount, on_delete=models.PROTECT, null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_service_organiser")]

    def __str__(self) -> str:
        return self.address or "none"


class MailTest(models.Model):
    """A wish to try a mail account, carried out by the worker while a page asks for its steps.

    The typed values are tried, not the stored ones. `steps` is a list of
    {"step", "state": "passed"|"failed"|"waiting", "sentence"}.
    """

    account = models.ForeignKey(MailAccount, on_delete=models.CASCADE, null=True)
    asked_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    to_address = models.CharField(max_length=254)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField()
    security = models.CharField(max_length=8, choices=Security.choices)
    username = models.CharField(max_length=254, blank=True)
    password_sealed = models.BinaryField(default=b"", blank=True)
    from_address = models.CharField(max_length=254)
    state = models.CharField(max_length=8, default="waiting", db_index=True)
    steps = models.JSONField(default=list)
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"test of {self.host}: {self.state}"


class ApiToken(models.Model):
    """A key to the API: a person's own (acts as its owner), or a service's (`person` is None)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class AppendOnlyError(TypeError):
    """Somebody tried to change or delete what may only be added to."""


class Appended(models.QuerySet["AuditLine"]):
    """Lines to read and to add to, never to change."""

    def update(self, **_: object) -> int:
        raise AppendOnlyError("the audit trail is never changed")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError("the audit trail is never shortened")

    def bulk_update(self, *_: object, **__: object) -> int:
        raise AppendOnlyError("the audit trail is never changed")

    def bulk_create(self, *lines: Any, **options: Any) -> list[AuditLine]:
        if options.get("update_conflicts"):
            raise AppendOnlyError("the audit trail is never changed")
        return super().bulk_create(*lines, **options)


class LinkPurpose(models.TextChoices):
    """What a one-time link is for."""

    FIRST_ADMINISTRATOR = "first_administrator", gettext_lazy("First administrator")
    INVITATION = "invitation", gettext_lazy("Invitation")
    RESET = "reset", gettext_lazy("Forgotten password")


class OneTimeLink(models.Model):
    """A secret that lets somebody choose a password once; `person` None: the first administrator.

    `state` is a digest of what the person was like when it was made: a link does not outlive a
    change of password or address.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    purpose = models.CharField(max_length=20, choices=LinkPurpose.choices)
    digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.purpose} link of {self.made_at:%Y-%m-%d %H:%M}"


class LinkMail(models.Model):
    """A wish to mail somebody a one-time link, carried out by the worker.

    It holds no secret: the link is made when the mail is written. Of a forgotten password only
    what was `typed` is kept, so that asking takes as long for somebody as for nobody.
    """

    purpose = models.CharField(max_length=20, choices=LinkPurpose.choices)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    typed = models.CharField(max_length=254, blank=True)
    # Where the link leads: the installation's own address, never what a request claims.
    address = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    next_at = models.DateTimeField(db_index=True, null=True)
    tries = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, default="waiting")
    reason = models.CharField(max_length=32, blank=True)
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.purpose} mail: {self.state}"


class SignInTry(models.Model):
    """A try to sign in that was wrong, or is being judged; `key` is a digest of whose it is."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="tries_of_a_key")]

    def __str__(self) -> str:
        return f"{self.key[:8]} at {self.at:%H:%M:%S}"


class AuditLine(models.Model):
    """Who changed what, when and from where; appended, never changed.

    `by_id` is a plain id and `by_name` the name of that moment: a line outlives what it tells of.
    `from_where` is a client's address, "" where there is none.
    """

    at = models.DateTimeField(auto_now_add=True)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=201)
    what = models.CharField(max_length=64)
    about = models.CharField(max_length=200)
    door = models.CharField(max_length=8, choices=DOORS, default="", blank=True)
    from_where = models.CharField(max_length=64, default="", blank=True)
    detail = models.JSONField(default=dict)

    objects = Appended.as_manager()

    class Meta:
        # Also what Django itself reads and writes by goes through the same refusals.
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["what", "-id"], name="audit_what"),
            models.Index(fields=["by_id", "-id"], name="audit_by"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.by_name}: {self.what} {self.about}"

    def save(self, *args: Any, **options: Any) -> None:
        """Append the line. Raises AppendOnlyError for one that is there already."""
        if not self._state.adding or options.get("force_update"):
            raise AppendOnlyError("the audit trail is never changed")
        options["force_insert"] = True
        super().save(*args, **options)

    def delete(self, *_: object, **__: object) -> tuple[int, dict[str, int]]:
        """Raise AppendOnlyError."""
        raise AppendOnlyError("the audit trail is never shortened")


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
