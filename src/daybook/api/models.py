"""Answers kept so that a repeated request does not act twice."""

from __future__ import annotations

from django.db import models


class KeptAnswer(models.Model):
    """The answer to a POST that carried an Idempotency-Key, kept for 48 hours.

    The row is written in the transaction of what the request did. `status` is None until then,
    which no other connection ever sees.
    """

    token_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token_id", "key"], name="one_answer_per_key")
        ]
        indexes = [models.Index(fields=["at"], name="kept_answer_at")]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"
