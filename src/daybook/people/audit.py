"""The audit trail: who changed what, when, and from where."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from daybook.people import whence
from daybook.people.models import AuditLine, Person

# Every word of the trail, as people read it.
WORDS = {
    "person_added": "Added a person",
    "person_changed": "Changed a person",
    "diary_sync_lapsed": "Diary synchronisation went off by itself",
    "mail_account_set": "Set a mail account",
    "mail_account_removed": "Removed a mail account",
    "mail_account_tried_again": "Tried a mail account again",
    "mail_test_asked": "Asked for a test message",
    "service_organiser_set": "Set the service organiser",
    "service_organiser_removed": "Removed the service organiser",
    "link_made": "Made a one-time link for somebody",
    "link_used": "Chose a password by a one-time link",
    "codes_switched_on": "Switched codes of an authenticator app on",
    "codes_switched_off": "Switched codes of an authenticator app off",
    "passkey_added": "Added a passkey",
    "passkey_removed": "Removed a passkey",
    "recovery_codes_made": "Made new recovery codes",
    "factors_removed": "Removed somebody's second factors",
    "sessions_ended": "Signed somebody out everywhere",
    "token_issued": "Made a token",
    "token_revoked": "Revoked a token",
    "keys_rotated": "Sealed the passwords with a new key",
    "backup_made": "Made a backup",
    "restored": "Restored the database from a backup",
    "orphans_taken_back": "Took entries back that the diary does not have",
    "quarantine_released": "Let the restored diary send again",
    "type_created": "Made a diary entry type",
    "type_changed": "Changed a diary entry type",
    "type_deleted": "Deleted a diary entry type",
    "entries_handed_over": "Handed entries over",
    "entry_downloaded": "Downloaded an entry",
    "message_resent": "Sent a message again",
}


def record(by: Person | None, what: str, about: str, **detail: object) -> AuditLine:
    """Append a line, in the transaction of the change it tells of.

    `by` None is a service, the command line or Daybook itself. `what` is a word for programs such
    as "person_changed", `about` names the thing for people. `detail` is JSON and never a secret;
    of a mail account it says which fields changed, never what they are.
    """
    origin = whence.here()
    return AuditLine.objects.create(
        by_id=by.pk if by else None,
        by_name=by.name if by else origin.speaker,
        what=what,
        about=about[:200],
        door=origin.door,
        from_where=origin.address,
        detail=detail,
    )


def lines(
    *,
    by: int | None = None,
    what: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
) -> QuerySet[AuditLine]:
    """Return the lines that are asked for, the newest first.

    `by` is a person's id, 0 for whoever is none; `until` is not included; `before` is the id of
    the oldest line already seen.
    """
    wanted = {"what": what, "at__gte": since, "at__lt": until, "pk__lt": before}
    wanted["by_id__isnull" if by == 0 else "by_id"] = True if by == 0 else by
    given = {name: value for name, value in wanted.items() if value is not None}
    return AuditLine.objects.filter(**given).order_by("-pk")
