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
