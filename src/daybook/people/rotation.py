"""Changing the key that seals passwords, in small steps, while mail goes out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import transaction

from daybook.people import accounts, audit, sealing, second_factors
from daybook.people.models import MailAccount


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many secrets were sealed anew, and of which accounts (ids) none can be opened."""

    resealed: int
    broken: tuple[int, ...]


def rotate() -> Rotation:
    """Seal every password and second factor with the first key of the list.

    `sealing.add_key` puts one there. One account at a time and only its sealed password: what is
    sending by it goes on, since every key of the list opens. Running it again is harmless.
    """
    resealed, broken = 0, []
    for account_id in MailAccount.objects.order_by("pk").values_list("pk", flat=True):
        try:
            resealed += _reseal(account_id)
        except sealing.SealBroken:
            broken.append(account_id)
    for factor_id in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        # One that cannot be opened lets nobody in; its owner sets up another.
        with suppress(sealing.SealBroken):
            resealed += second_factors.reseal(factor_id)
    audit.record(None, "keys_rotated", "stored passwords", resealed=resealed, broken=broken)
    return Rotation(resealed, tuple(broken))


@transaction.atomic
def _reseal(account_id: int) -> bool:
    account = MailAccount.objects.select_for_update().get(pk=account_id)
    if not account.password_sealed or sealing.is_current(account.password_sealed):
        return False
    password = accounts.open_password(account)
    account.password_sealed = accounts.sealed_for(account, password)
    account.save(update_fields=["password_sealed"])
    return True
