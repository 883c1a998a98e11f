"""What lets somebody in: tokens of the API, one-time links, and the tries that were wrong."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy

from daybook.people.models.person import Person


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
