"""Changing a person, a mail account or the service organiser, and what follows for calendars.

The doors call these. Each is one transaction: the change itself is written by `people`, which
knows no entries, and the calendars it concerns are marked beside it.

Deactivating a person is, for what they receive, the same as switching synchronisation off. What
they organise stays theirs, and can be handed over (`handing_over.py`).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from daybook.entries import marking, reminders
from daybook.entries.models import Assignment, DiaryEntry
from daybook.ledger import due
from daybook.ledger.models import Calendar, UidCounter
from daybook.people import accounts, audit, details, service
from daybook.people.accounts import AccountInput
from daybook.people.details import PersonChange, PersonChanges
from daybook.people.faults import NotAllowed
from daybook.people.models import MailAccount, Person, ServiceOrganiser

# What decides, besides the address, whether and how a person's own calendar is told.
_SWITCHES = ("diary_sync", "email_syncing", "is_active", "calendar_kind")


def save_person(
    person_id: int | None,
    changes: PersonChanges,
    *,
    by: Person | None,
    now: datetime,
    effect: str = "apply",
) -> Person:
    """Create (`person_id` None) or change a person; their calendars follow.

    `effect` says what a switch that moved (also one that went off by itself) does to what was
    told before: "apply", or "leave" it as it is. `by` None is the command line. Raises
    InvalidInput, NotAllowed (which leaves a line in the audit trail), Person.DoesNotExist.
    """
    try:
        with transaction.atomic():
            return _save_person(person_id, changes, by=by, now=now, effect=effect)
    except NotAllowed:
        # After the attempt itself was taken back.
        about = _name_of(person_id) if person_id is not None else "a new person"
        audit.record(by, "change_refused", about, fields=sorted(changes.given()))
        raise


def _save_person(
    person_id: int | None, changes: PersonChanges, *, by: Person | None, now: datetime, effect: str
) -> Person:
    # The same lock the change takes first: what is read here is what it changes.
    service.lock()
    before = Person.objects.filter(pk=person_id).first() if person_id is not None else None
    could_send = before is not None and accounts.can_send(before)
    change = details.change(person_id, changes, by=by, now=now)
    if before is None:
        return change.person
    _follow_address_and_switches(before, change, effect=effect, by=by, now=now)
    if (before.timezone, before.is_active) != (change.person.timezone, change.person.is_active):
        reminders.follow_person(change.person, now=now)
    if accounts.can_send(change.person) != could_send:
        _ask_again(stuck_for(change.person, now), now)
        _find_another_carrier(accounts.of(change.person), now)
    return change.person


def _name_of(person_id: int) -> str:
    person = Person.objects.get(pk=person_id)
    return f"{person.name} ({person.username})"


def set_mail_account(
    person: Person, typed: AccountInput, *, by: Person | None, now: datetime
) -> MailAccount:
    """Set the account a person sends by; what waited for it, or was refused to it, is due.

    Raises InvalidInput, NotAllowed.
    """
    with transaction.atomic():
        account = accounts.set_account(person, typed, by=by, now=now)
        _try_refused_again(account, now)
        _ask_again(stuck_for(person, now), now)
    return account


def remove_mail_account(person: Person, *, by: Person | None, now: datetime) -> None:
    """Forget a person's account; what it would have carried looks for another sender.

    Raises NotAllowed.
    """
    with transaction.atomic():
        account = accounts.of(person)
        accounts.remove_account(person, by=by, now=now)
        _find_another_carrier(account, now)


def set_service(
    name: str, address: str, typed: AccountInput, *, by: Person | None, now: datetime
) -> ServiceOrganiser:
    """Set the firm's mailbox; whatever found nobody to send it is due.

    Raises InvalidInput, NotAllowed.
    """
    with transaction.atomic():
        row = service.set_service_organiser(name, address, typed, by=by, now=now)
        if row.account is not None:
            _try_refused_again(row.account, now)
        _ask_again(_stuck(marking.unfinished(DiaryEntry.objects.all(), now)), now)
    return row


def remove_service(*, by: Person | None, now: datetime) -> ServiceOrganiser:
    """Have no service organiser any more; what it would have carried looks for another sender.

    Raises NotAllowed.
    """
    with transaction.atomic():
        former = service.lock().account_id
        row = service.remove_service_organiser(by=by, now=now)
        if former is not None:
            waiting = Calendar.objects.filter(account_id=former, due_at__isnull=False)
            _ask_again(waiting, now)
    return row


def calendars_of_address(key: str, now: datetime) -> QuerySet[Calendar]:
    """Return the calendars behind a normalised address that are not over."""
    behind_it = Calendar.objects.filter(address_key=key)
    entries = DiaryEntry.objects.filter(pk__in=behind_it.values("entry_id"))
    return marking.unfinished(entries, now).filter(address_key=key)


def stuck_for(person: Person, now: datetime) -> QuerySet[Calendar]:
    """Return the calendars without a sender that `person` is, or could be, the organiser of."""
    organised = UidCounter.objects.filter(organiser_id=person.pk).values("entry_id")
    entries = DiaryEntry.objects.filter(
        Q(creator=person) | Q(pk__in=_assigned_to(person)) | Q(pk__in=organised)
    )
    return _stuck(marking.unfinished(entries, now))


def _follow_address_and_switches(
    before: Person, change: PersonChange, *, effect: str, by: Person | None, now: datetime
) -> None:
    person = change.person
    switched = any(getattr(before, name) != getattr(person, name) for name in _SWITCHES)
    if switched and before.email_key:
        calendars = calendars_of_address(before.email_key, now)
        marking.switch(calendars, effect=effect, by=by, now=now)
    if not change.address_changed:
        return
    if before.email_key and not switched:
        calendars = calendars_of_address(before.email_key, now)
        marking.switch(calendars, effect="apply", by=by, now=now)
    if person.email_key:
        _keep_address(person, now)


def _keep_address(person: Person, now: datetime) -> None:
    """Give the new address a row for every entry of the person that is to come."""
    coming = DiaryEntry.objects.filter(
        pk__in=_assigned_to(person), deleted_at=None, ends_at__gt=now
    )
    # Those it had before (another person's, or this one's earlier address) look again.
    there = Calendar.objects.filter(address_key=person.email_key, entry_id__in=coming.values("pk"))
    due.mark_due(there, now=now, quiet=marking.quiet_period(), bulk=True)
    due.keep_address(
        key=person.email_key,
        address=person.email,
        entries=coming.values_list("uid", "pk", "starts_at"),
        now=now,
        quiet=marking.quiet_period(),
    )


def _try_refused_again(account: MailAccount, now: datetime) -> None:
    """Let go of what a server refused under the account's former credentials."""
    uids = UidCounter.objects.filter(account_id=account.pk).values("uid")
    refused = Calendar.objects.filter(uid__in=uids, released_at=None).exclude(refused_print="")
    due.mark_due(refused, now=now, quiet=marking.quiet_period(), bulk=True)
    refused.update(refused_print="")


def _find_another_carrier(account: MailAccount | None, now: datetime) -> None:
    """Let what waits for an account that cannot send any more, or again can, ask who carries it."""
    if account is not None:
        _ask_again(Calendar.objects.filter(account_id=account.pk, due_at__isnull=False), now)


def _ask_again(calendars: QuerySet[Calendar], now: datetime) -> None:
    """Mark calendars due without an account: a worker asks anew who carries them."""
    due.mark_due(calendars, now=now, quiet=marking.quiet_period(), bulk=True)
    calendars.update(account_id=None)


def _stuck(calendars: QuerySet[Calendar]) -> QuerySet[Calendar]:
    # Released rows stay as they are: a mail account is not the switch they wait for.
    return calendars.filter(reason__in=marking.SENDER_REASONS, released_at=None)


def _assigned_to(person: Person) -> QuerySet[Assignment, int]:
    return Assignment.objects.filter(person=person).values_list("entry_id", flat=True)
