"""Rows the workers keep about themselves."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daybook.entries.models import Reminder


class WorkerBeat(models.Model):
    """A worker's sign of life, renewed every ten seconds; `/healthz` looks at the newest."""

    worker = models.CharField(max_length=64, primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker


class Chore(models.Model):
    """Work done once in a while by whichever worker comes first, such as the repair round."""

    name = models.CharField(max_length=32, primary_key=True)
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Quarantine(models.Model):
    """The one row of a database that was restored and not yet released: nothing is sent.

    `newest_at` is when it was last written to before, as far as it says. `journal_from` is since
    when the sent journals that were merged tell everything, None if they do not reach back to
    `newest_at`: then every version was lifted by a thousand instead.
    """

    restored_at = models.DateTimeField()
    newest_at = models.DateTimeField(null=True)
    journal_from = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_quarantine")]

    def __str__(self) -> str:
        return f"since {self.restored_at:%Y-%m-%d %H:%M}"


class ReminderMail(models.Model):
    """A reminder on its way to a mailbox, byte for byte; every try sends these bytes.

    `next_at` is set while it waits or is carried: a carrier that died is followed after a while.
    `data` is forgotten once it is over.
    """

    reminder = models.OneToOneField(Reminder, on_delete=models.CASCADE, related_name="mail")
    account_id = models.BigIntegerField()
    envelope_from = models.CharField(max_length=254)
    envelope_to = models.CharField(max_length=254)
    data = models.BinaryField()
    next_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    # "sent", or why not: a code of the sync log; "" while it is on its way.
    outcome = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(next_at__isnull=False), name="reminder_mail_due"
            ),
            # The sliding pace of an account counts what it opened lately.
            models.Index(fields=["account_id", "opened_at"], name="reminder_mail_opened"),
        ]

    def __str__(self) -> str:
        return f"reminder to {self.envelope_to}: {self.outcome or 'on its way'}"


class ProcessFigures(models.Model):
    """What one process counted since it began, or all that ended together: see `figures.py`."""

    process = models.CharField(max_length=32, primary_key=True)
    counts = models.JSONField()
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.process
