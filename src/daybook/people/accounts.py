"""Mail accounts: what a person, or the service organiser, sends by.

The ledger knows accounts by id, so a row is never deleted: a removed account is emptied, and
serves again under its old id when it is set anew.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from daybook.calendaring import address
from daybook.couriers.guard import Guard
from daybook.people import audit, sealing
from daybook.people.faults import FieldFault, InvalidInput, NotAllowed
from daybook.people.models import MailAccount, Person, Security, ServiceOrganiser
from daybook.people.one_line import checked, is_one_line

LONGEST_PASSWORD = 1000
REMOVED = "account_removed"
_FIELD = "password"
_TYPED = ("host", "port", "security", "username", "password_sealed", "from_address")
_HOLD = ("held_reason", "held_reply", "held_at", "held_until", "next_try_at", "failures")
_CREDENTIALS = (*_TYPED, "revision", *_HOLD)

Owner = Person | ServiceOrganiser


@dataclass(frozen=True, slots=True)
class AccountInput:
    """What is typed of an account.

    `password` None keeps the stored one, "" has none. `from_address` "" is the owner's address.
    """

    host: str
    port: int
    security: str
    username: str
    password: str | None
    from_address: str = ""

    def __repr__(self) -> str:
        return f"AccountInput({self.username!r} at {self.host!r}:{self.port})"


def of(owner: Owner) -> MailAccount | None:
    """Return the account of `owner`, None if there is none or it was removed."""
    account = _row_of(owner)
    return account if account is not None and account.host else None


@transaction.atomic
def set_account(
    owner: Owner, typed: AccountInput, *, by: Person | None, now: datetime
) -> MailAccount:
    """Set the account of `owner`; ends a hold and raises `revision`, so refused steps are due.

    Raises InvalidInput (fields as in AccountInput), NotAllowed.
    """
    check_allowed(owner, by=by)
    account = _locked_row(owner) or MailAccount(person=_person(owner), revision=0)
    clean = check(owner, typed, stored=account)
    before = copy(account)
    account.host, account.port, account.security = clean.host, clean.port, clean.security
    account.username, account.from_address = clean.username, clean.from_address
    if clean.password is not None or not clean.username:
        account.password_sealed = sealed_for(account, clean.password or "")
    account.revision += 1
    _end_hold(account)
    if account.pk is None:
        account.save()
    else:
        # Lease and pace belong to whoever is sending at this moment.
        account.save(update_fields=_CREDENTIALS)
    changed = _changed(before, account)
    audit.record(by, "mail_account_set", about(owner), fields=changed, at=now.isoformat())
    return account


@transaction.atomic
def remove_account(owner: Owner, *, by: Person | None, now: datetime) -> None:
    """Forget host, user name and password of `owner`'s account, if there is one.

    Its row stays, held with reason `account_removed`. Raises NotAllowed.
    """
    check_allowed(owner, by=by)
    account = _locked_row(owner)
    if account is None or not account.host:
        return
    account.host = account.username = account.from_address = ""
    account.password_sealed = b""
    account.revision += 1
    _end_hold(account)
    account.held_reason, account.held_at = REMOVED, now
    account.save(update_fields=_CREDENTIALS)
    audit.record(by, "mail_account_removed", about(owner))


@transaction.atomic
def try_again(account_id: int, *, by: Person | None) -> MailAccount:
    """End the hold and the rest of an account, so that what waits for it leaves at once.

    If the trouble is still there, the server says so again and it is held again. Raises
    NotAllowed, MailAccount.DoesNotExist (also for a removed one).
    """
    account = MailAccount.objects.select_for_update().exclude(host="").get(pk=account_id)
    owner = account.person or ServiceOrganiser.objects.get(account=account)
    check_allowed(owner, by=by)
    _end_hold(account)
    account.save(update_fields=_HOLD)
    audit.record(by, "mail_account_tried_again", about(owner), account=account.pk)
    return account


def open_password(account: MailAccount) -> str:
    """Return the password of `account`, "" if it has none. Raises sealing.SealBroken."""
    if not account.password_sealed:
        return ""
    return sealing.unseal(account.password_sealed, owner=_seal_owner(account), field=_FIELD)


def sealed_for(account: MailAccount, password: str) -> bytes:
    """Return `password` as `account` stores it; no other account's row can open it."""
    if not password:
        return b""
    return sealing.seal(password, owner=_seal_owner(account), field=_FIELD)


def _seal_owner(account: MailAccount) -> str:
    return "service" if account.person_id is None else f"person {account.person_id}"


def is_usable(account: MailAccount) -> bool:
    """Return whether `account` has all that signing in takes; a held one still counts."""
    return bool(account.host) and bool(account.password_sealed or not account.username)


def can_send(person: Person) -> bool:
    """Return whether `person` can be an organiser: Email Syncing, an address, a usable account.

    Being active is not asked: a person who left still takes back what was sent.
    """
    return senders().filter(pk=person.pk).exists()


def senders() -> QuerySet[Person]:
    """Return the people for whom `can_send` is true."""
    signs_in = ~Q(mail_account__password_sealed=b"") | Q(mail_account__username="")
    return Person.objects.filter(
        ~Q(email_key=""), ~Q(mail_account__host=""), signs_in, email_syncing=True
    ).exclude(mail_account__isnull=True)


def check_allowed(owner: Owner, *, by: Person | None) -> None:
    """Raise NotAllowed unless `by` is the owner, an administrator or the command line."""
    if by is None or (by.is_administrator and by.is_active):
        return
    if not isinstance(owner, Person) or owner.pk != by.pk or not by.is_active:
        raise NotAllowed(gettext("You may change your own mail account only."))


def check(owner: Owner, typed: AccountInput, *, stored: MailAccount | None) -> AccountInput:
    """Return `typed` cleaned, `from_address` filled in. Raises InvalidInput with every fault.

    `stored` is the account whose password None would keep.
    """
    faults: list[FieldFault] = []
    username, from_address = typed.username, typed.from_address
    try:
        username = checked(typed.username, field="username", longest=254)
    except InvalidInput as fault:
        faults += fault.faults
    try:
        from_address = _from_address(owner, typed.from_address)
    except InvalidInput as fault:
        faults += fault.faults
    host = typed.host.strip(" ").rstrip(".").lower() if len(typed.host) <= 300 else typed.host
    faults += _server_faults(host, typed.port, typed.security, username)
    faults += _password_faults(typed.password, username, host, stored)
    if faults:
        raise InvalidInput(*faults)
    return AccountInput(host, typed.port, typed.security, username, typed.password, from_address)


def _server_faults(host: str, port: int, security: str, username: str) -> list[FieldFault]:
    guard = Guard(settings.DAYBOOK.mail_hosts_allowed)
    if objection := guard.check_form(host, port):
        field = "port" if objection.code.startswith("port_") else "host"
        return [FieldFault(field, objection.code, objection.sentence)]
    if security not in Security.values:
        sentence = gettext("This must be one of: %(choices)s.") % {
            "choices": ", ".join(Security.values)
        }
        return [FieldFault("security", "not_a_choice", sentence)]
    # Only an allow-listed host may be reached on a port that is not for mail.
    if security == Security.NONE and (username or guard.check_form(host, 1) is not None):
        sentence = gettext(
            "An open connection is for allow-listed hosts only, without a user name."
        )
        return [FieldFault("security", "security_not_allowed", sentence)]
    return []


def _password_faults(
    password: str | None, username: str, host: str, stored: MailAccount | None
) -> list[FieldFault]:
    if password is None:
        # A stored password goes to the server and user name it was typed for, nowhere else.
        same = stored is not None and (stored.host, stored.username) == (host, username)
        if username and not (same and stored is not None and stored.password_sealed):
            return [FieldFault("password", "password_missing", gettext("Enter the password."))]
        return []
    if len(password) > LONGEST_PASSWORD or not is_one_line(password):
        sentence = gettext("At most %(number)d characters, and no control characters.") % {
            "number": LONGEST_PASSWORD
        }
        return [FieldFault("password", "password_invalid", sentence)]
    if username and not password:
        return [FieldFault("password", "password_missing", gettext("Enter the password."))]
    if password and not username:
        return [
            FieldFault("username", "missing", gettext("Enter the user name the password is for."))
        ]
    return []


def _from_address(owner: Owner, typed: str) -> str:
    own = owner.email if isinstance(owner, Person) else owner.address
    try:
        return address.check(typed if typed.strip() else own)
    except address.InvalidAddress as fault:
        raise InvalidInput(FieldFault("from_address", "email_invalid", fault.reason)) from None


def _end_hold(account: MailAccount) -> None:
    account.held_reason = account.held_reply = ""
    account.held_at = account.held_until = account.next_try_at = None
    account.failures = 0


def _row_of(owner: Owner) -> MailAccount | None:
    return MailAccount.objects.filter(person=_person(owner)).first()


def _locked_row(owner: Owner) -> MailAccount | None:
    # The owner's row first: there may be no account yet that two could wait for.
    type(owner).objects.select_for_update().filter(pk=owner.pk).first()
    return MailAccount.objects.select_for_update().filter(person=_person(owner)).first()


def _person(owner: Owner) -> Person | None:
    return owner if isinstance(owner, Person) else None


def _changed(before: MailAccount, account: MailAccount) -> list[str]:
    """Return which fields differ, never what they are; a new seal is a password typed anew."""
    changed = [name for name in _TYPED if getattr(before, name) != getattr(account, name)]
    return ["password" if name == "password_sealed" else name for name in changed]


def about(owner: Owner) -> str:
    """Return how the audit trail names the owner of an account."""
    return f"{owner.name} ({owner.username})" if isinstance(owner, Person) else "service organiser"
