"""The audit trail: who changed what, when, and from where."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from daybook.people import whence
from daybook.people.models import AuditLine, Person

# Every word of the trail, as people read it.
WORDS = {
    "person_added": gettext_lazy("Added a person"),
    "person_changed": gettext_lazy("Changed a person"),
    "change_refused": gettext_lazy("Tried to change a person, and was refused"),
    "diary_sync_lapsed": gettext_lazy("Diary synchronisation went off by itself"),
    "mail_account_set": gettext_lazy("Set a mail account"),
    "mail_account_removed": gettext_lazy("Removed a mail account"),
    "mail_account_tried_again": gettext_lazy("Tried a mail account again"),
    "mail_test_asked": gettext_lazy("Asked for a test message"),
    "service_organiser_set": gettext_lazy("Set the service organiser"),
    "service_organiser_removed": gettext_lazy("Removed the service organiser"),
    "link_made": gettext_lazy("Made a one-time link for somebody"),
    "link_used": gettext_lazy("Chose a password by a one-time link"),
    "codes_switched_on": gettext_lazy("Switched codes of an authenticator app on"),
    "codes_switched_off": gettext_lazy("Switched codes of an authenticator app off"),
    "passkey_added": gettext_lazy("Added a passkey"),
    "passkey_removed": gettext_lazy("Removed a passkey"),
    "recovery_codes_made": gettext_lazy("Made new recovery codes"),
    "factors_removed": gettext_lazy("Removed somebody's second factors"),
    "sessions_ended": gettext_lazy("Signed somebody out everywhere"),
    "token_issued": gettext_lazy("Made a token"),
    "token_revoked": gettext_lazy("Revoked a token"),
    "keys_rotated": gettext_lazy("Sealed the passwords with a new key"),
    "backup_made": gettext_lazy("Made a backup"),
    "restored": gettext_lazy("Restored the database from a backup"),
    "orphans_taken_back": gettext_lazy("Took entries back that the diary does not have"),
    "quarantine_released": gettext_lazy("Let the restored diary send again"),
    "type_created": gettext_lazy("Made a diary entry type"),
    "type_changed": gettext_lazy("Changed a diary entry type"),
    "type_deleted": gettext_lazy("Deleted a diary entry type"),
    "entries_handed_over": gettext_lazy("Handed entries over"),
    "entry_downloaded": gettext_lazy("Downloaded an entry"),
    "message_resent": gettext_lazy("Sent a message again"),
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
