"""The lines of the audit trail, which can only be added to."""

from __future__ import annotations

from typing import Any

from django.db import models

from daybook.people.whence import DOORS


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
