"""One-time links: each lets somebody choose a password once, and is stored as a digest only.

They serve whoever forgot a password, whoever is invited, and the first administrator of a diary
that has none.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from daybook.people import audit, details, service
from daybook.people.details import PersonChanges
from daybook.people.faults import NotAllowed
from daybook.people.models import LinkPurpose, OneTimeLink, Person, Role

VALID_FOR = {
    LinkPurpose.FIRST_ADMINISTRATOR: timedelta(days=7),
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.RESET: timedelta(hours=1),
}
_KEPT = timedelta(days=30)
_LONGEST = 100


@transaction.atomic
def make(
    person: Person | None, purpose: LinkPurpose, *, by: Person | None, now: datetime
) -> tuple[OneTimeLink, str]:
    """Return a new link and its secret, which cannot be had again.

    `person` None is for the first administrator. `by` None is Daybook itself; anybody else must
    be an administrator. It opens nothing any more once it was used, its time is over, or the
    person's password, address or activity has changed. Raises NotAllowed.
    """
    if by is not None and not (by.is_administrator and by.is_active):
        raise NotAllowed(gettext("Only an administrator may make a link for somebody else."))
    if person is not None and not person.is_active:
        raise NotAllowed(gettext("This person is not active; activate them first."))
    OneTimeLink.objects.filter(expires_at__lt=now - _KEPT).delete()
    secret = secrets.token_urlsafe(32)
    link = OneTimeLink.objects.create(
        person=person,
        purpose=purpose,
        digest=_digest(secret),
        state=_state_of(person),
        made_at=now,
        expires_at=now + VALID_FOR[purpose],
    )
    if by is not None and person is not None:
        audit.record(by, "link_made", f"{person.name} ({person.username})", purpose=purpose)
    return link, secret


def find(secret: str, now: datetime) -> OneTimeLink | None:
    """Return the link of `secret` with its person, None if it opens nothing (any more)."""
    if len(secret) > _LONGEST or not secret.isascii():
        return None
    # Looked up by digest: how long that takes tells nothing about the secret.
    link = (
        OneTimeLink.objects.select_related("person")
        .filter(digest=_digest(secret), used_at=None, expires_at__gt=now)
        .first()
    )
    if link is None or link.state != _state_of(link.person):
        return None
    if link.person is None:
        return link if not has_administrator() else None
    return link if link.person.is_active else None


def redeem(secret: str, password: str, now: datetime) -> Person | None:
    """Give the link's person `password` and return them; None if the link opens nothing.

    Every link of the person is void then, and every session ends. Raises InvalidInput, after
    which the link is as good as before.
    """
    with transaction.atomic():
        link = _taken(secret, now)
        if link is None or link.person is None:
            return None
        OneTimeLink.objects.filter(person=link.person, used_at=None).update(used_at=now)
        changes = PersonChanges(password=password)
        person = details.change(link.person.pk, changes, by=link.person, now=now).person
        audit.record(person, "link_used", f"{person.name} ({person.username})", link=link.purpose)
    return person


def redeem_first(secret: str, changes: PersonChanges, now: datetime) -> Person | None:
    """Enter the first administrator as `changes` say; None if the link opens nothing.

    Raises InvalidInput, after which the link is as good as before.
    """
    with transaction.atomic():
        # Two that use two such links at the same moment do not both become one.
        service.lock()
        link = _taken(secret, now)
        if link is None or link.person is not None:
            return None
        person = details.change(None, changes, by=None, now=now).person
        OneTimeLink.objects.filter(person=None, used_at=None).update(used_at=now)
    return person


def first_administrator(now: datetime) -> str | None:
    """Return the secret of a new link for the first administrator, None if there is one.

    Links of that kind made before are void.
    """
    with transaction.atomic():
        service.lock()
        if has_administrator():
            return None
        OneTimeLink.objects.filter(person=None, used_at=None).update(used_at=now)
        return make(None, LinkPurpose.FIRST_ADMINISTRATOR, by=None, now=now)[1]


def has_administrator() -> bool:
    """Return whether somebody may change the firm's settings."""
    return Person.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exists()


def made_lately(person: Person, purpose: LinkPurpose, since: datetime) -> int:
    """Return how many links of that kind were made for `person` after `since`."""
    made = OneTimeLink.objects.filter(person=person, purpose=purpose, made_at__gt=since)
    return made.count()


def _taken(secret: str, now: datetime) -> OneTimeLink | None:
    """Return the link, now used, unless somebody else was faster."""
    link = find(secret, now)
    if link is None or not OneTimeLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
        return None
    return link


def _state_of(person: Person | None) -> str:
    """Return a digest of what makes a link void when it changes."""
    if person is None:
        return ""
    return _digest("\0".join((str(person.pk), person.password, person.email_key)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
