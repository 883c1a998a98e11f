"""The secrets second factors are computed from, sealed like passwords."""

from __future__ import annotations

import base64

from allauth.mfa.models import Authenticator
from django.db import transaction

from daybook.people import sealing

# One owner for all: the library asks for a seal before it says whose it is.
_OWNER = "second factor"
_FIELD = "secret"
_SECRETS = ("secret", "seed")


def sealed(text: str) -> str:
    """Return `text` sealed, as text."""
    return base64.b64encode(sealing.seal(text, owner=_OWNER, field=_FIELD)).decode()


def opened(text: str) -> str:
    """Return what `sealed` was given. Raises sealing.SealBroken."""
    return sealing.unseal(base64.b64decode(text), owner=_OWNER, field=_FIELD)


@transaction.atomic
def reseal(authenticator_id: int) -> bool:
    """Seal the secret of one authenticator with the newest key; return whether it was not yet.

    Raises sealing.SealBroken.
    """
    one = Authenticator.objects.select_for_update().get(pk=authenticator_id)
    old = [
        name
        for name in _SECRETS
        if name in one.data and not sealing.is_current(base64.b64decode(one.data[name]))
    ]
    for name in old:
        one.data[name] = sealed(opened(one.data[name]))
    if old:
        one.save(update_fields=["data"])
    return bool(old)
