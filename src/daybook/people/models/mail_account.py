"""Mailboxes Daybook sends from: of people, and of the firm; and trying one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from daybook.people.models.person import Person


class Security(models.TextChoices):
    """How a connection to a mail server is protected."""

    STARTTLS = "starttls", "STARTTLS"
    TLS = "tls", "TLS"
    NONE = "none", gettext_lazy("None (allowed hosts only, no user name)")


class MailAccount(models.Model):
    """A mailbox Daybook may send from: a person's own, or the service organiser's.

    The row also holds the account's lease, pace and hold, so that one conditional update decides
    who may connect. `lease` grows by one when it is taken and when it is given back; a write that
    carries an older number is stale and must change nothing.
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
