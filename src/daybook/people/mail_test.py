"""A wish to try a mail account, as a row: the worker carries it out, a page asks for its steps."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from daybook.calendaring import address
from daybook.people import accounts, audit, sealing
from daybook.people.accounts import AccountInput, Owner
from daybook.people.faults import FieldFault, InvalidInput
from daybook.people.models import MailAccount, MailTest, Person

MOST_A_MINUTE = 5
_KEPT = timedelta(days=1)
_LONGEST = timedelta(minutes=10)
_FIELD = "mail test password"


@transaction.atomic
def ask(
    owner: Owner, typed: AccountInput, *, asked_by: Person, now: datetime, to_address: str = ""
) -> MailTest:
    """Store the wish to try `typed` as the account of `owner`, and return it.

    A password of None is the stored one, if it was for the same host and user name. The test
    message goes to `to_address`, else to `asked_by`. Raises InvalidInput (also more than
    MOST_A_MINUTE: `too_many_tests`), NotAllowed.
    """
    accounts.check_allowed(owner, by=asked_by)
    Person.objects.select_for_update().get(pk=asked_by.pk)
    _check_pace(asked_by, now)
    stored = accounts.of(owner)
    clean = accounts.check(owner, typed, stored=stored)
    password = clean.password
    if password is None:
        password = _stored_password(stored) if stored and clean.username else ""
    MailTest.objects.filter(asked_at__lt=now - _KEPT).delete()
    audit.record(asked_by, "mail_test_asked", accounts.about(owner))
    return MailTest.objects.create(
        account=stored,
        asked_by=asked_by,
        asked_at=now,
        to_address=_to_address(to_address or asked_by.email),
        host=clean.host,
        port=clean.port,
        security=clean.security,
        username=clean.username,
        password_sealed=_sealed(password, asked_by),
        from_address=clean.from_address,
    )


def claim(now: datetime) -> MailTest | None:
    """Return the oldest test nobody carries out, now this worker's, or None.

    One claimed ten minutes ago whose worker never finished counts as nobody's.
    """
    left_behind = Q(state="running", claimed_at__lte=now - _LONGEST)
    to_do = MailTest.objects.filter(Q(state="waiting") | left_behind)
    for pk in to_do.order_by("pk").values_list("pk", flat=True)[:MOST_A_MINUTE]:
        if to_do.filter(pk=pk).update(state="running", claimed_at=now):
            return MailTest.objects.get(pk=pk)
    return None


def finish(test: MailTest, steps: list[dict[str, str]], *, passed: bool, now: datetime) -> None:
    """Store how the test went and forget its password."""
    MailTest.objects.filter(pk=test.pk).update(
        state="passed" if passed else "failed", steps=steps, done_at=now, password_sealed=b""
    )


def open_password(test: MailTest) -> str:
    """Return the password to try, "" for none. Raises sealing.SealBroken."""
    if not test.password_sealed:
        return ""
    return sealing.unseal(test.password_sealed, owner=_seal_owner(test.asked_by_id), field=_FIELD)


def _check_pace(asked_by: Person, now: datetime) -> None:
    lately = MailTest.objects.filter(asked_by=asked_by, asked_at__gt=now - timedelta(minutes=1))
    if lately.count() >= MOST_A_MINUTE:
        sentence = gettext("At most %(number)d tests a minute; please wait a little.") % {
            "number": MOST_A_MINUTE
        }
        raise InvalidInput(FieldFault("", "too_many_tests", sentence))


def _stored_password(account: MailAccount) -> str:
    try:
        return accounts.open_password(account)
    except sealing.SealBroken:
        sentence = gettext("The stored password cannot be read any more; enter it again.")
        raise InvalidInput(FieldFault("password", "password_missing", sentence)) from None


def _to_address(typed: str) -> str:
    try:
        return address.check(typed)
    except address.InvalidAddress as fault:
        raise InvalidInput(FieldFault("to_address", "email_invalid", fault.reason)) from None


def _sealed(password: str, asked_by: Person) -> bytes:
    return sealing.seal(password, owner=_seal_owner(asked_by.pk), field=_FIELD) if password else b""


def _seal_owner(asked_by_id: int) -> str:
    return f"person {asked_by_id}"
