"""Rows the workers keep about themselves."""

from __future__ import annotations

from django.db import models


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
