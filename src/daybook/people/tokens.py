"""Keys to the API: shown once, stored as a digest only."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from daybook.people import audit
from daybook.people.faults import NotAllowed
from daybook.people.models import ApiToken, Person
from daybook.people.one_line import checked

PREFIX = "daybook_"
_LONGEST = 100
_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def issue(person: Person | None, name: str, *, by: Person | None = None) -> tuple[ApiToken, str]:
    """Return a new token and its text, which cannot be had again.

    `person` None makes a service's token, an administrator's business; a personal one is made by
    its owner or the command line (`by` None). Raises InvalidInput (field `name`), NotAllowed.
    """
    _check_allowed(person, by)
    # As strong as any key behind it: 32 random bytes need no slow digest.
    text = PREFIX + secrets.token_urlsafe(32)
    clean = checked(name, field="name", longest=100, required=True)
    token = ApiToken.objects.create(person=person, name=clean, digest=_digest(text))
    audit.record(by, "token_issued", clean, token=token.pk, person=person.pk if person else None)
    return token, text


def who(text: str, *, now: datetime | None = None) -> ApiToken | None:
    """Return the token of `text` with its person, None if it opens nothing (any more).

    Of a deactivated person's tokens none does. The use is noted, once a minute at most.
    """
    if not text.startswith(PREFIX) or len(text) > _LONGEST or not text.isascii():
        return None
    # Looked up by digest: how long that takes tells nothing about the text.
    token = (
        ApiToken.objects.select_related("person")
        .filter(digest=_digest(text), revoked_at=None)
        .first()
    )
    if token is None or (token.person is not None and not token.person.is_active):
        return None
    _note_use(token, now or timezone.now())
    return token


@transaction.atomic
def revoke(token: ApiToken, *, by: Person | None, now: datetime) -> None:
    """Make `token` open nothing from now on. Raises NotAllowed."""
    _check_allowed(token.person, by)
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        audit.record(by, "token_revoked", token.name, token=token.pk)


def _check_allowed(person: Person | None, by: Person | None) -> None:
    if by is None or by == person:
        return
    if person is not None:
        raise NotAllowed(gettext("A personal token is its owner's own business."))
    if not (by.is_administrator and by.is_active):
        raise NotAllowed(gettext("Only an administrator may make or revoke a service's token."))


def _note_use(token: ApiToken, now: datetime) -> None:
    stale = now - _NOTED_EVERY
    if token.last_used_at is not None and token.last_used_at > stale:
        return
    ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=stale), pk=token.pk).update(
        last_used_at=now
    )
    token.last_used_at = now


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
