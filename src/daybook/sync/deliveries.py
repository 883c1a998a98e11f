"""The sync log, and sending messages of it once more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy

from daybook.entries import changing
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import (
    TOLD,
    Calendar,
    CalendarState,
    LogLine,
    Parcel,
    ParcelState,
)
from daybook.people import accounts, audit
from daybook.people.faults import NotAllowed, Words
from daybook.people.models import MailAccount, Person
from daybook.sync import over


class CannotResend(Exception):  # noqa: N818 - an answer to the person, not a breakdown
    """This line cannot be sent again; `sentence` says why."""

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.words = words

    @property
    def sentence(self) -> str:
        """Return why, in the reader's language."""
        return str(self.words)


NEWER = CannotResend(
    gettext_lazy("Something newer was sent to this calendar since; only that can be resent.")
)
NOTHING = CannotResend(gettext_lazy("Nothing was sent here, so there is nothing to send again."))
UNDER_WAY = CannotResend(gettext_lazy("This message is on its way already."))
OVER = CannotResend(gettext_lazy("The entry is over, so nothing more is sent about it."))
OTHERS = gettext_lazy("Only an administrator may resend all that was meant for somebody else.")
# More at one press would keep the page waiting.
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the message of a line stands at this moment, and the server's word for it."""

    state: CalendarState
    reason: str
    server_reply: str


@dataclass(frozen=True, slots=True)
class Resent:
    """How many messages were woken, and how many problems were left as they are."""

    resent: int
    left: int


def lines(
    *,
    entry: int | None = None,
    person: int | None = None,
    state: str | None = None,
    title: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[LogLine]:
    """Return the lines of the sync log, newest first.

    `title` is a part of an entry's, in any case; `until` is not included. What waits for an
    account that is held is a problem here, as on the page of the entry.
    """
    wanted = {"entry_id": entry, "person_id": person, "at__gte": since, "at__lt": until}
    given = {name: value for name, value in wanted.items() if value is not None}
    found = LogLine.objects.filter(**given).order_by("-pk")
    if title:
        titled = DiaryEntry.objects.filter(title__icontains=title)
        found = found.filter(entry_id__in=titled.values("pk"))
    if state not in (None, CalendarState.SENT):
        # Says nothing new, but by it SQLite sees that the index has them all.
        found = found.exclude(state=CalendarState.SENT)
    held = Q(state=CalendarState.WAITING, account_id__in=_held().values("pk"))
    match state:
        case CalendarState.PROBLEM:
            either = found.filter(state__in=(state, CalendarState.WAITING))
            return either.filter(Q(state=state) | held)
        case CalendarState.WAITING:
            return found.filter(Q(state=state) & ~held)
        case None:
            return found
        case _:
            return found.filter(state=state)


def standings(shown: Collection[LogLine]) -> dict[int, Standing]:
    """Return where each of these lines stands, by its id, in one statement for any number."""
    waiting = {line.account_id for line in shown if line.state == CalendarState.WAITING}
    held = _held().in_bulk([account for account in waiting if account is not None])

    def standing(line: LogLine) -> Standing:
        account = held.get(line.account_id or 0)
        if account is not None and line.state == CalendarState.WAITING:
            return Standing(CalendarState.PROBLEM, account.held_reason, account.held_reply)
        return Standing(CalendarState(line.state), line.reason, line.server_reply)

    return {line.pk: standing(line) for line in shown}


def refusals(shown: Collection[LogLine], *, by: Person, now: datetime) -> dict[int, str]:
    """Return by line why it cannot be sent again by this person, "" where it can.

    A fixed number of statements, however many lines there are.
    """
    calendars = Calendar.objects.in_bulk({line.calendar_id for line in shown})
    opened = set(
        Parcel.objects.filter(
            pk__in=[line.parcel_id for line in shown], state=ParcelState.OPENED
        ).values_list("pk", flat=True)
    )
    entries = DiaryEntry.objects.prefetch_related("assignments").in_bulk(
        {line.entry_id for line in shown}
    )
    past = over.past(calendars.values(), entries, now)

    def refusal(line: LogLine) -> str:
        if line.parcel_id is None:
            return NOTHING.sentence
        calendar = calendars.get(line.calendar_id)
        if calendar is None or line.parcel_id != calendar.parcel_id:
            return NEWER.sentence
        if line.parcel_id in opened:
            return UNDER_WAY.sentence
        entry = entries.get(line.entry_id)
        if entry is None or not _may_resend(entry, by):
            return str(changing.ONLY_LOOK)
        return OVER.sentence if line.calendar_id in past else ""

    return {line.pk: refusal(line) for line in shown}


def problems_of(person_id: int, now: datetime) -> QuerySet[LogLine]:
    """Return the lines of a person that `resend_problems` tries to wake, oldest first.

    Of an entry that is over, only those of calendars that hold it.
    """
    newest = Calendar.objects.filter(pk=OuterRef("calendar_id"), parcel_id=OuterRef("parcel_id"))
    to_come = DiaryEntry.objects.filter(pk=OuterRef("entry_id"), ends_at__gt=now)
    refused = LogLine.objects.filter(person_id=person_id, state=CalendarState.PROBLEM)
    return refused.filter(
        Exists(newest.filter(TOLD)) | (Exists(newest) & Exists(to_come))
    ).order_by("pk")


def resend_problems(person_id: int, *, by: Person, now: datetime) -> Resent:
    """Send again what could not be sent to a person, each line in a transaction of its own.

    At most MOST_AT_ONCE. Raises NotAllowed for a member who asks this for somebody else.
    """
    if not by.is_administrator and by.pk != person_id:
        raise NotAllowed(OTHERS)
    found = list(problems_of(person_id, now).values_list("pk", flat=True)[:MOST_AT_ONCE])
    resent = sum(_resent(line_id, by=by, now=now) for line_id in found)
    return Resent(resent, problems_of(person_id, now).count())


def resend(line_id: int, *, by: Person | None, now: datetime) -> LogLine:
    """Send the message of a line again, at once: the very same bytes.

    Raises LogLine.DoesNotExist, NotAllowed for somebody who may only look at the entry, and
    CannotResend for anything but the newest message of a calendar, and for what is over.
    """
    with transaction.atomic():
        line = LogLine.objects.get(pk=line_id)
        calendar = Calendar.objects.select_for_update().get(pk=line.calendar_id)
        entry = _allowed(line, by)
        if line.parcel_id is None:
            raise NOTHING
        if line.parcel_id != calendar.parcel_id:
            raise NEWER
        parcel = Parcel.objects.select_for_update().get(pk=line.parcel_id)
        if over.past([calendar], {entry.pk: entry}, now):
            raise OVER
        _wake(parcel)
        Calendar.objects.filter(pk=calendar.pk).update(
            due_at=now,
            due_by=None,
            bulk=False,
            refused_print="",
            mark=F("mark") + 1,
            released_at=None,
            released_by=None,
            **over.held_after_all(calendar, parcel),
        )
        LogLine.objects.filter(pk=line.pk).update(state=CalendarState.WAITING, reason="", at=now)
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


def _held() -> QuerySet[MailAccount]:
    return MailAccount.objects.exclude(held_reason="")


def _resent(line_id: int, *, by: Person, now: datetime) -> bool:
    try:
        resend(line_id, by=by, now=now)
    except (CannotResend, NotAllowed, LogLine.DoesNotExist):
        # Something came between, or it is not theirs: it stays as it is.
        return False
    return True


def _may_resend(entry: DiaryEntry, by: Person | None) -> bool:
    on_it = [assignment.person_id for assignment in entry.assignments.all()]
    return changing.may_change(entry, by, on_it)


def _allowed(line: LogLine, by: Person | None) -> DiaryEntry:
    entry = DiaryEntry.objects.prefetch_related("assignments").get(pk=line.entry_id)
    if not _may_resend(entry, by):
        raise NotAllowed(changing.ONLY_LOOK)
    return entry
