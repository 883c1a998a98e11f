"""The service organiser: a mailbox of the firm that is nobody's own address."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from daybook.calendaring import address
from daybook.people import accounts, audit, criteria
from daybook.people.accounts import AccountInput
from daybook.people.faults import FieldFault, InvalidInput, NotAllowed
from daybook.people.models import Person, ServiceOrganiser
from daybook.people.one_line import checked


def the() -> ServiceOrganiser:
    """Return the one row, made when it is first asked for; its address is "" until set."""
    return ServiceOrganiser.objects.select_related("account").get_or_create(pk=1)[0]


def lock() -> ServiceOrganiser:
    """Return the row, held until the caller's transaction ends.

    Whoever takes an address, for a person or for the service, holds it: no two take the same.
    """
    return ServiceOrganiser.objects.select_for_update().get_or_create(pk=1)[0]


def can_send() -> bool:
    """Return whether there is a service organiser with an account that can sign in."""
    row = the()
    return bool(row.address) and row.account is not None and accounts.is_usable(row.account)


@transaction.atomic
def set_service_organiser(
    name: str, address_typed: str, account: AccountInput, *, by: Person | None, now: datetime
) -> ServiceOrganiser:
    """Set the firm's mailbox. Raises InvalidInput, NotAllowed.

    Its address may not be one that a synchronising person has (`email_not_unique`).
    """
    _check_allowed(by)
    row = lock()
    before = copy(row)
    faults: list[FieldFault] = []
    try:
        row.name = checked(name, field="name", longest=100, required=True)
    except InvalidInput as fault:
        faults += fault.faults
    try:
        row.address, row.address_key = _checked_address(address_typed)
    except InvalidInput as fault:
        faults += fault.faults
    same = account.from_address.strip() in ("", address_typed.strip())
    sender = replace(account, from_address=address_typed) if same else account
    # A taken or bad address is one fault, not another of the sender as well.
    said = {"from_address"} if same and any(fault.field == "address" for fault in faults) else set()
    try:
        row.account = accounts.set_account(row, sender, by=by, now=now)
    except InvalidInput as invalid:
        faults += [fault for fault in invalid.faults if fault.field not in said]
    if faults:
        raise InvalidInput(*faults)
    row.save()
    changed = [name for name in ("name", "address") if getattr(before, name) != getattr(row, name)]
    audit.record(by, "service_organiser_set", "service organiser", fields=changed)
    return row


@transaction.atomic
def remove_service_organiser(*, by: Person | None, now: datetime) -> ServiceOrganiser:
    """Have no service organiser any more; what it has told is then blocked. Raises NotAllowed."""
    _check_allowed(by)
    row = lock()
    accounts.remove_account(row, by=by, now=now)
    row.name = row.address = row.address_key = ""
    row.account = None
    row.save()
    audit.record(by, "service_organiser_removed", "service organiser")
    return row


def _check_allowed(by: Person | None) -> None:
    if by is not None and not (by.is_administrator and by.is_active):
        raise NotAllowed(gettext("Only an administrator may set the service organiser."))


def _checked_address(typed: str) -> tuple[str, str]:
    try:
        checked_address, key = address.check(typed), address.normalise(typed)
    except address.InvalidAddress as fault:
        raise InvalidInput(FieldFault("address", "email_invalid", fault.reason)) from None
    if Person.objects.filter(email_key=key, diary_sync=True, is_active=True).exists():
        sentence = criteria.sentence("email_not_unique")
        raise InvalidInput(FieldFault("address", "email_not_unique", sentence))
    return checked_address, key
