"""Give the reminders that are due, and carry those that go by mail.

A reminder is given in one transaction that also freezes its mail, so a crash gives it again or has
given it. The mail is carried under its account's lease and pace like every other; a carrier that
dies between the last byte and the answer is followed by another with the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import assert_never

import structlog
from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils.translation import gettext_lazy

from daybook.calendaring import address, alarm, message
from daybook.calendaring.envelope import Mailbox
from daybook.calendaring.event import Disclosure, Facts
from daybook.calendaring.event import Person as Guest
from daybook.calendaring.plan import disclosed
from daybook.couriers.courier import (
    Accepted,
    AccountTrouble,
    Courier,
    Mail,
    Outcome,
    Refused,
    TryLater,
)
from daybook.entries import reminders
from daybook.entries.models import DiaryEntry, Reminder
from daybook.people import accounts, service
from daybook.people.models import MailAccount, Person
from daybook.people.sealing import SealBroken
from daybook.sync import connecting, outcomes, pace
from daybook.sync import lease as leases
from daybook.sync.models import ReminderMail
from daybook.sync.sentences import REASONS

log = structlog.get_logger()

AT_ONCE = 200
# Longer than any carrying takes: after it the carrier is taken for dead.
LONGEST_CARRYING = timedelta(minutes=15)
AGAIN = timedelta(minutes=1)
WHILE_BUSY = timedelta(seconds=5)
SENT = "sent"

Couriers = Callable[[MailAccount], Courier]

# Why a reminder is on the pages instead of in the mailbox; what servers say is in REASONS.
NOT_MAILED = {
    "type_stays": gettext_lazy("Entries of this type stay in the diary."),
    "email_syncing_off": gettext_lazy("Email Syncing is off."),
    "email_missing": gettext_lazy("You have no email address here."),
    "no_account": gettext_lazy("Neither you nor the firm has a mail account that can send."),
    "begun": gettext_lazy("No mail server took it before the entry began."),
    "restored": gettext_lazy("The diary was restored from a backup: it may have been mailed."),
}


def why_not_mailed(code: str) -> str:
    """Return why a reminder was not mailed, "" for ""."""
    return str(NOT_MAILED.get(code) or REASONS.get(code, ""))


def give_due(now: datetime) -> int:
    """Give the reminders whose time has come, at most a few hundred; return how many."""
    given = 0
    for pk in reminders.due(now).values_list("pk", flat=True)[:AT_ONCE]:
        with transaction.atomic():
            found = Reminder.objects.select_related("entry__type", "person").filter(pk=pk).first()
            if found is not None and reminders.take(found, now):
                given += 1
                if found.person.remind_by_mail:
                    _freeze(found, now)
    return given


def give_up_waiting(until: datetime, now: datetime) -> None:
    """Show on the pages, and do not mail, what was due by `until` and may have been mailed."""
    for mail in ReminderMail.objects.filter(next_at__isnull=False):
        _finish(mail, "restored")
    reminders.show_what_was_due(until, "restored", now)


def start_waiting(pool: Executor, now: datetime) -> None:
    """Begin to carry every reminder that goes by mail and waits; each is carried by one worker."""
    while (mail := claim(now)) is not None:
        pool.submit(_in_thread, mail)


def claim(now: datetime) -> ReminderMail | None:
    """Return a mail whose time has come, now this worker's, or None."""
    waiting = ReminderMail.objects.filter(next_at__lte=now)
    for pk in waiting.order_by("next_at").values_list("pk", flat=True)[:5]:
        if waiting.filter(pk=pk).update(next_at=now + LONGEST_CARRYING):
            return ReminderMail.objects.select_related("reminder__entry").get(pk=pk)
    return None


def carry_out(
    mail: ReminderMail,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    courier_for: Couriers = connecting.courier_for,
    per_minute: int | None = None,
) -> None:
    """Carry one mail and store what became of it. Never raises for what a mail server does."""
    entry, since = mail.reminder.entry, now()
    if (entry.ends_at if entry.all_day else mail.reminder.starts_at) <= since:
        _finish(mail, "begun")
        return
    pace_of_all = settings.DAYBOOK.mail_per_minute if per_minute is None else per_minute
    lease, again = _take_turn(mail, pace_of_all, since)
    if lease is None:
        _wait(mail, again)
        return
    account = MailAccount.objects.get(pk=mail.account_id)
    deadline = since + leases.LENGTH - leases.MARGIN
    outcome = _carry(mail, account, courier_for, lambda: now() < deadline)
    _write_down(mail, account, lease, outcome, now())


def _take_turn(
    mail: ReminderMail, per_minute: int, now: datetime
) -> tuple[leases.Lease | None, datetime]:
    """Return the account's lease, or None and when to ask again."""
    with transaction.atomic(durable=True):
        lease = leases.take(mail.account_id, now)
        if lease is None:
            return None, now + WHILE_BUSY
        allowed, next_at = pace.allowance(mail.account_id, per_minute, now)
        if allowed == 0:
            leases.give_back(lease)
            return None, next_at or now + AGAIN
        ReminderMail.objects.filter(pk=mail.pk).update(opened_at=now)
        return lease, now


def _carry(
    mail: ReminderMail, account: MailAccount, courier_for: Couriers, still_ours: Callable[[], bool]
) -> Outcome:
    parcel = Mail(mail.pk, mail.envelope_from, mail.envelope_to, bytes(mail.data))
    try:
        carried = courier_for(account).carry([parcel], still_ours)
        return next((outcome for _, outcome in carried), TryLater("timed_out"))
    except SealBroken:
        return AccountTrouble("credentials_unreadable")


def _write_down(
    mail: ReminderMail,
    account: MailAccount,
    lease: leases.Lease,
    outcome: Outcome,
    now: datetime,
) -> None:
    rest = outcomes.rest_of_account(outcome, account.failures, account.pk, now)
    with transaction.atomic(durable=True):
        match outcome:
            case Accepted():
                _finish(mail, SENT)
            case Refused(reason):
                _finish(mail, reason)
            case TryLater() | AccountTrouble():
                ReminderMail.objects.filter(pk=mail.pk).update(tries=mail.tries + 1)
                _wait(mail, now + AGAIN)
            case _:
                assert_never(outcome)
        if leases.give_back(lease) and isinstance(outcome, Accepted | TryLater | AccountTrouble):
            # What happened under credentials that have changed since says nothing any more.
            MailAccount.objects.filter(pk=account.pk, revision=account.revision).update(**rest)
    log.info("reminder carried", account=account.pk, outcome=type(outcome).__name__)


def _finish(mail: ReminderMail, outcome: str) -> None:
    ReminderMail.objects.filter(pk=mail.pk).update(outcome=outcome, next_at=None, data=b"")
    if outcome != SENT:
        reminders.show_instead(mail.reminder_id, outcome)


def _wait(mail: ReminderMail, until: datetime) -> None:
    ReminderMail.objects.filter(pk=mail.pk).update(next_at=until)


def _freeze(reminder: Reminder, now: datetime) -> None:
    """Store the mail of a reminder, or show the reminder with the reason why it has none."""
    entry, person = reminder.entry, reminder.person
    account, reason = sender_for(person)
    if not entry.type.synchronise:
        account, reason = None, "type_stays"
    if account is None:
        reminders.show_instead(reminder.pk, reason)
        return
    sender, recipient = address.wire(account.from_address), address.wire(person.email)
    ReminderMail.objects.create(
        reminder=reminder,
        account_id=account.pk,
        envelope_from=sender,
        envelope_to=recipient,
        data=_written(reminder, Mailbox(sender, _name(account)), now),
        next_at=now,
    )


def sender_for(person: Person) -> tuple[MailAccount | None, str]:
    """Return the account a person's reminders leave by: their own, else the firm's.

    Without one, the code of why not.
    """
    if not person.email_key:
        return None, "email_missing"
    if not person.email_syncing:
        return None, "email_syncing_off"
    own = accounts.of(person)
    if own is not None and accounts.can_send(person):
        return own, ""
    firm = service.the()
    if service.can_send() and firm.account is not None:
        return firm.account, ""
    return None, "no_account"


def _name(account: MailAccount) -> str:
    return account.person.name if account.person is not None else service.the().name


def _written(reminder: Reminder, sender: Mailbox, now: datetime) -> bytes:
    entry, person = reminder.entry, reminder.person
    disclosure = Disclosure(entry.type.disclosure)
    span = alarm.as_read_in(entry.span, person.timezone)
    facts = disclosed(Facts(span, entry.title, entry.location, entry.notes), disclosure)
    public = settings.DAYBOOK.public_url
    about = message.Reminding(
        uid=entry.uid,
        starts_at=reminder.starts_at,
        minutes=reminder.minutes,
        facts=facts,
        people=() if disclosure is Disclosure.BUSY else _guests(entry),
        link=f"{public}{entry.get_absolute_url()}" if public else "",
    )
    return message.reminder(about, sender=sender, recipient=_guest(person), at=now)


def _guests(entry: DiaryEntry) -> list[Guest]:
    rows = entry.assignments.select_related("person").order_by("position", "pk")
    return [_guest(row.person) for row in rows]


def _guest(person: Person) -> Guest:
    return Guest(person.pk, person.name, person.email, person.email_key)


def _in_thread(mail: ReminderMail) -> None:
    try:
        carry_out(mail)
    finally:
        close_old_connections()
