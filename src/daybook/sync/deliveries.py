"""The sync log, and sending a message of it once more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from daybook.entries import changing
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, CalendarState, LogLine, Parcel, ParcelState
from daybook.people import accounts, audit
from daybook.people.faults import NotAllowed
from daybook.people.models import MailAccount, Person


class CannotResend(Exception):  # noqa: N818 - an answer to the person, not a breakdown
    """This line cannot be sent again; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


NEWER = CannotResend("Something newer was sent to this calendar since; only that can be resent.")
NOTHING = CannotResend("Nothing was sent here, so there is nothing to send again.")
UNDER_WAY = CannotResend("This message is on its way already.")


def lines(
    *, entry: int | None = None, person: int | None = None, state: str | None = None
) -> QuerySet[LogLine]:
    """Return the lines of the sync log, newest first."""
    wanted = {"entry_id": entry, "person_id": person, "state": state}
    given = {name: value for name, value in wanted.items() if value is not None}
    return LogLine.objects.filter(**given).order_by("-pk")


def resend(line_id: int, *, by: Person | None, now: datetime) -> LogLine:
    """Send the message of a line again, at once: the very same bytes.

    Raises LogLine.DoesNotExist, NotAllowed for somebody who may only look at the entry, and
    CannotResend for anything but the newest message of a calendar.
    """
    with transaction.atomic():
        line = LogLine.objects.get(pk=line_id)
        calendar = Calendar.objects.select_for_update().get(pk=line.calendar_id)
        _check_allowed(line, by)
        if line.parcel_id is None:
            raise NOTHING
        if line.parcel_id != calendar.parcel_id:
            raise NEWER
        _wake(Parcel.objects.select_for_update().get(pk=line.parcel_id))
        Calendar.objects.filter(pk=calendar.pk).update(
            due_at=now,
            due_by=None,
            bulk=False,
            refused_print="",
            mark=F("mark") + 1,
            released_at=None,
            released_by=None,
        )
        LogLine.objects.filter(pk=line.pk).update(
            state=CalendarState.WAITING, reason="", server_reply="", at=now
        )
        audit.record(by, "message_resent", line.address, entry=line.entry_id, line=line.pk)
        line.refresh_from_db()
        return line


def try_account_again(account_id: int, *, by: Person | None, now: datetime) -> MailAccount:
    """End the hold or rest of an account; what a failed try had put off is due at once.

    What waits for the end of a quiet period goes on waiting for it. Raises NotAllowed,
    MailAccount.DoesNotExist.
    """
    with transaction.atomic():
        account = accounts.try_again(account_id, by=by)
        put_off = Calendar.objects.filter(account_id=account_id, due_at__gt=now, due_by=None)
        Parcel.objects.filter(pk__in=put_off.values("parcel_id"), state=ParcelState.FROZEN).update(
            not_before=None
        )
        put_off.update(due_at=now)
    return account


def _wake(parcel: Parcel) -> None:
    if parcel.state == ParcelState.OPENED:
        raise UNDER_WAY
    Parcel.objects.filter(pk=parcel.pk).update(
        state=ParcelState.FROZEN, resend=True, tries=0, not_before=None, done_at=None
    )


def _check_allowed(line: LogLine, by: Person | None) -> None:
    entry = DiaryEntry.objects.prefetch_related("assignments").get(pk=line.entry_id)
    on_it = [assignment.person_id for assignment in entry.assignments.all()]
    if not changing.may_change(entry, by, on_it):
        raise NotAllowed(changing.ONLY_LOOK)
