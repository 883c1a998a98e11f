"""The audit trail: who changed what."""

from __future__ import annotations

from daybook.people.models import AuditLine, Person


def record(by: Person | None, what: str, about: str, **detail: object) -> AuditLine:
    """Append a line, in the transaction of the change it tells of.

    `by` None is the command line or Daybook itself. `what` is a word for programs such as
    "person_changed", `about` names the thing for people. `detail` is JSON and never a secret.
    """
    return AuditLine.objects.create(
        by_id=by.pk if by else None,
        by_name=by.name if by else "Daybook",
        what=what,
        about=about[:200],
        detail=detail,
    )
