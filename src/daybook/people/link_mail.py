"""Wishes to mail somebody a one-time link: a page stores one, the worker carries it out."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from daybook.calendaring import address
from daybook.people import accounts, service
from daybook.people.faults import FieldFault, InvalidInput, NotAllowed
from daybook.people.models import LinkMail, LinkPurpose, MailAccount, Person, Role

# Whoever asks again and again for somebody else does not fill their mailbox; the links of the
# mails that did go out are as good as those of the ones that did not.
MOST_AN_HOUR = 3
_MOST_PEOPLE = 5
_KEPT = timedelta(days=1)
_LONGEST_CARRYING = timedelta(minutes=10)
_AT_ONCE = 5


def ask_for_reset(typed: str, *, leads_to: str, now: datetime) -> LinkMail:
    """Store that whoever `typed` names (a user name or address) has forgotten the password.

    Nobody is looked up here. `leads_to` is the installation's own address, without a path.
    Raises InvalidInput only for what can be nobody's.
    """
    clean = typed.strip()
    if not clean or len(clean) > 254 or not clean.isprintable():
        sentence = gettext("Enter your user name or email address.")
        raise InvalidInput(FieldFault("who", "missing", sentence))
    LinkMail.objects.filter(asked_at__lt=now - _KEPT).delete()
    return LinkMail.objects.create(
        purpose=LinkPurpose.RESET, typed=clean, address=leads_to, asked_at=now, next_at=now
    )


def ask_to_invite(
    person: Person, *, by: Person, purpose: LinkPurpose, leads_to: str, now: datetime
) -> LinkMail:
    """Store that `person` is to be mailed a link; raises NotAllowed."""
    if not (by.is_administrator and by.is_active):
        raise NotAllowed(gettext("Only an administrator may invite people."))
    if not person.is_active or not person.email_key:
        raise NotAllowed(
            gettext("Only somebody active, with an email address, can be mailed a link.")
        )
    return LinkMail.objects.create(
        purpose=purpose, person=person, address=leads_to, asked_at=now, next_at=now
    )


def people_of(wish: LinkMail) -> list[Person]:
    """Return who is to get a link: active people with an address, at most a few of one address."""
    people = Person.objects.filter(is_active=True).exclude(email_key="").order_by("pk")
    if wish.person_id is not None:
        return list(people.filter(pk=wish.person_id))
    named = Q(username__iexact=wish.typed)
    with suppress(address.InvalidAddress):
        named |= Q(email_key=address.normalise(wish.typed))
    return list(people.filter(named)[:_MOST_PEOPLE])


def senders() -> list[MailAccount]:
    """Return the accounts such a mail may leave by, best first: the firm's, then administrators'.

    Held ones are left out.
    """
    found: list[MailAccount] = []
    firm = service.the()
    if service.can_send() and firm.account is not None:
        found.append(firm.account)
    administrators = accounts.senders().filter(role=Role.ADMINISTRATOR, is_active=True)
    owned: QuerySet[MailAccount] = MailAccount.objects.filter(person__in=administrators)
    found += owned.select_related("person").order_by("person_id")
    return [account for account in found if not account.held_reason]


def claim(now: datetime) -> LinkMail | None:
    """Return a wish whose time has come, now this worker's, or None.

    One whose worker died is somebody else's after ten minutes.
    """
    waiting = LinkMail.objects.filter(next_at__lte=now)
    for pk in waiting.order_by("next_at").values_list("pk", flat=True)[:_AT_ONCE]:
        if waiting.filter(pk=pk).update(next_at=now + _LONGEST_CARRYING):
            return LinkMail.objects.select_related("person").get(pk=pk)
    return None


def finish(wish: LinkMail, *, reason: str, now: datetime) -> None:
    """Store what became of the wish ("" is: sent, or nobody to send to), and forget who it was."""
    state = "failed" if reason else "sent"
    LinkMail.objects.filter(pk=wish.pk).update(
        state=state, reason=reason, done_at=now, next_at=None, typed=""
    )


def postpone(wish: LinkMail, *, until: datetime, reason: str) -> None:
    """Try again at `until`."""
    LinkMail.objects.filter(pk=wish.pk).update(next_at=until, tries=wish.tries + 1, reason=reason)
