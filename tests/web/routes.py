"""Every address of the pages once: how it is called, and what each kind of person gets.

The tests of access, headers, inert text and queries are all driven by this table, and one of them
compares it with the URL configuration: a page without its rows fails. The operations of the API
have a table of their own in `tests.api.operations`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)
from tests.web.build import HOST, PASSWORD, a_person, a_type, an_administrator, an_entry

from daybook.demo import switch
from daybook.demo.post_office import Mailboxes
from daybook.entries import person_changes
from daybook.entries.models import DiaryEntry, Reminder
from daybook.ledger.models import Calendar, LogLine
from daybook.people import links, mail_test, tokens
from daybook.people.accounts import AccountInput
from daybook.people.models import LinkPurpose, Person

if TYPE_CHECKING:
    from tests.web.build import Page

# Where a stranger is sent.
SIGN_IN = "/accounts/login/"
CANARY = "canary-7f3a-of-the-mail-password"
TYPED = AccountInput("smtp.firm.example", 587, "starttls", "ben-at-smtp", CANARY)
LETTER = b"""\
From: Ada <ada@firm.example>\r
To: ben@firm.example\r
Subject: Invitation: Boiler survey\r
MIME-Version: 1.0\r
Content-Type: text/html\r
\r
<p>You are invited.</p>\r
"""


@dataclass(frozen=True)
class Row:
    """One page and method, and the status each kind of person gets.

    `member` is Ben, whose entry, token, test and passkey are asked for; `other` is Cleo, on
    nothing of it; `administrator` is Ada. Somebody deactivated gets what a stranger gets.
    """

    method: str
    pattern: str
    anonymous: int
    member: int
    other: int
    administrator: int
    body: dict[str, str] = field(default_factory=dict)
    only_in_a_demo: bool = False

    def __str__(self) -> str:
        return f"{self.method} /{self.pattern}"


def everybody(method: str, pattern: str, status: int, **body: str) -> Row:
    """Return the row of a page that is the same for all who are signed in."""
    return Row(method, pattern, 302, status, status, status, body)


def administrators(method: str, pattern: str, status: int, **body: str) -> Row:
    """Return the row of a page only administrators open."""
    return Row(method, pattern, 302, 403, 403, status, body)


def public(method: str, pattern: str, status: int, **body: str) -> Row:
    """Return the row of a page that is the same for all, signed in or not."""
    return Row(method, pattern, status, status, status, status, body)


def own(method: str, pattern: str, status: int, **body: str) -> Row:
    """Return the row of something of Ben's: for anybody else it does not exist."""
    return Row(method, pattern, 302, status, 404, 404, body)


def changing(pattern: str) -> Row:
    """Return the row of a button of an entry: those on it and administrators."""
    return Row("POST", pattern, 302, 302, 403, 302)


def demo(method: str, pattern: str, status: int) -> Row:
    """Return the row of a page of the demo."""
    return Row(method, pattern, status, status, status, status, only_in_a_demo=True)


ENTRY, PERSON = "entries/<int:entry_id>/", "settings/users/<int:person_id>/"
OWN, FACTORS = "settings/your-details/", "accounts/"
TABLE = (
    everybody("GET", "", 200),
    everybody("GET", "entries/new/", 200),
    everybody("POST", "entries/new/", 422, title=""),
    everybody("GET", "entries/quick/", 200),
    everybody("POST", "entries/quick/", 422, line=""),
    everybody("GET", ENTRY, 200),
    everybody("POST", ENTRY, 422, title=""),
    changing(f"{ENTRY}complete/"),
    changing(f"{ENTRY}cancel/"),
    changing(f"{ENTRY}restore/"),
    Row("GET", f"{ENTRY}delete/", 302, 200, 403, 200),
    changing(f"{ENTRY}delete/"),
    everybody("GET", f"{ENTRY}calendar.ics", 200),
    # Not by a script: refusals are said on the diary.
    everybody("POST", f"{ENTRY}move/", 302),
    everybody("POST", f"{ENTRY}undo/<int:revision>/", 302),
    Row("POST", f"{ENTRY}reminders/", 302, 302, 403, 403, {"how": "none"}),
    everybody("GET", f"{ENTRY}why/<int:person_id>/", 200),
    everybody("GET", "settings/", 200),
    everybody("GET", "settings/diary-entry-types/", 200),
    administrators("GET", "settings/diary-entry-types/new/", 200),
    administrators("POST", "settings/diary-entry-types/new/", 422, name=""),
    administrators("POST", "settings/diary-entry-types/starters/", 302),
    administrators("POST", "settings/diary-entry-types/<int:type_id>/delete/", 302),
    administrators("GET", "settings/diary-entry-types/<int:type_id>/", 200),
    administrators("POST", "settings/diary-entry-types/<int:type_id>/", 422, name=""),
    everybody("GET", "settings/users/", 200),
    administrators("GET", "settings/users/new/", 200),
    administrators("POST", "settings/users/new/", 422),
    Row("GET", PERSON, 302, 302, 403, 200),
    Row("POST", PERSON, 302, 302, 403, 422),
    administrators("GET", f"{PERSON}access/", 200),
    administrators("POST", f"{PERSON}access/link/", 200),
    administrators("POST", f"{PERSON}access/mail/", 302),
    administrators("POST", f"{PERSON}access/second-step/remove/", 302),
    administrators("GET", f"{PERSON}activity/", 200),
    administrators("POST", f"{PERSON}activity/", 302),
    administrators("GET", f"{PERSON}hand-over/", 200),
    administrators("POST", f"{PERSON}hand-over/", 302),
    everybody("GET", OWN, 200),
    everybody("POST", OWN, 422),
    everybody("GET", f"{OWN}reminders/", 200),
    # Times, and no way to be told of them.
    everybody("POST", f"{OWN}reminders/", 422, timed="15"),
    Row("GET", "reminders/", 302, 200, 204, 204),
    everybody("POST", "reminders/<int:reminder_id>/dismiss/", 302),
    Row("POST", "reminders/<int:reminder_id>/announce/", 302, 204, 409, 409),
    everybody("GET", f"{OWN}sign-in/", 200),
    everybody("POST", f"{OWN}sign-in/end-others/", 302),
    everybody("GET", f"{OWN}tokens/", 200),
    everybody("POST", f"{OWN}tokens/", 422, name=""),
    own("POST", f"{OWN}tokens/<int:token_id>/revoke/", 302),
    own("GET", "settings/mail-tests/<int:test_id>/", 200),
    administrators("GET", "settings/audit/", 200),
    administrators("GET", "settings/backups/", 200),
    administrators("POST", "settings/backups/release/", 302),
    administrators("POST", "settings/backups/take-back/", 302),
    administrators("GET", "settings/mail-accounts/", 200),
    administrators("POST", "settings/mail-accounts/<int:account_id>/try-again/", 302),
    administrators("GET", "settings/first-steps/", 200),
    everybody("POST", "notices/dismiss/", 302),
    administrators("GET", "settings/service-organiser/", 200),
    administrators("POST", "settings/service-organiser/", 422, name=""),
    everybody("GET", "search/", 200),
    everybody("GET", "sync-log/", 200),
    changing("sync-log/<int:line_id>/resend/"),
    changing("sync-log/people/<int:person_id>/resend/"),
    # Signing in, and what makes it safe.
    Row("GET", f"{FACTORS}login/", 200, 302, 302, 302),
    Row("POST", f"{FACTORS}login/", 200, 302, 302, 302),
    Row("GET", f"{FACTORS}logout/", 302, 200, 200, 200),
    Row("POST", f"{FACTORS}logout/", 302, 302, 302, 302),
    public("GET", f"{FACTORS}inactive/", 200),
    everybody("GET", f"{FACTORS}reauthenticate/", 200),
    everybody("POST", f"{FACTORS}reauthenticate/", 200),
    everybody("GET", f"{FACTORS}password/change/", 200),
    everybody("POST", f"{FACTORS}password/change/", 200),
    everybody("GET", f"{FACTORS}password/set/", 302),
    everybody("POST", f"{FACTORS}password/set/", 302),
    public("GET", f"{FACTORS}password/forgotten/", 200),
    public("POST", f"{FACTORS}password/forgotten/", 200),
    public("GET", f"{FACTORS}password/forgotten/sent/", 200),
    public("GET", f"{FACTORS}link/<str:secret>/", 200),
    public("POST", f"{FACTORS}link/<str:secret>/", 422),
    Row("GET", f"{FACTORS}second-step/", 302, 302, 302, 302),
    Row("POST", f"{FACTORS}second-step/", 302, 302, 302, 302),
    Row("GET", f"{FACTORS}second-step/again/", 302, 200, 302, 302),
    Row("POST", f"{FACTORS}second-step/again/", 302, 200, 302, 302),
    everybody("GET", f"{FACTORS}second-step/overview/", 302),
    Row("GET", f"{FACTORS}codes/on/", 302, 302, 200, 200),
    Row("POST", f"{FACTORS}codes/on/", 302, 302, 200, 200),
    Row("GET", f"{FACTORS}codes/off/", 302, 200, 404, 404),
    Row("POST", f"{FACTORS}codes/off/", 302, 302, 404, 404),
    Row("GET", f"{FACTORS}recovery-codes/", 302, 200, 404, 404),
    everybody("GET", f"{FACTORS}recovery-codes/new/", 200),
    # There is nothing to recover where there is no second step: refused on the page.
    Row("POST", f"{FACTORS}recovery-codes/new/", 302, 302, 200, 200),
    everybody("GET", f"{FACTORS}passkeys/", 302),
    everybody("GET", f"{FACTORS}passkeys/new/", 200),
    everybody("POST", f"{FACTORS}passkeys/new/", 200),
    Row("GET", f"{FACTORS}passkeys/sign-in/", 302, 302, 302, 302),
    Row("POST", f"{FACTORS}passkeys/sign-in/", 302, 302, 302, 302),
    Row("GET", f"{FACTORS}passkeys/again/", 302, 200, 302, 302),
    Row("POST", f"{FACTORS}passkeys/again/", 302, 302, 302, 302),
    own("GET", f"{FACTORS}passkeys/<int:pk>/", 200),
    own("POST", f"{FACTORS}passkeys/<int:pk>/", 200),
    own("GET", f"{FACTORS}passkeys/<int:pk>/remove/", 200),
    own("POST", f"{FACTORS}passkeys/<int:pk>/remove/", 302),
    # A demo, where everybody on this machine looks around.
    demo("POST", "demo/look-around/", 302),
    demo("GET", "demo/mailbox/", 200),
    demo("GET", "demo/mailbox/<int:person_id>/", 200),
    demo("GET", "demo/mailbox/<int:person_id>/<int:number>/", 200),
    demo("GET", "demo/mailbox/<int:person_id>/<int:number>/html/", 200),
    # For programs.
    # No worker runs in these tests, and it says so.
    public("GET", "healthz", 503),
    # For nobody, unless its token was set and is shown.
    public("GET", "metrics", 404),
    public("GET", "api/v1/openapi.json", 200),
    public("GET", "api/", 404),
)
# Asked by programs, not looked at by people.
NO_PAGES = ("healthz", "metrics", "api/v1/openapi.json", "api/")


def _a_due_reminder(entry: DiaryEntry, person: Person) -> Reminder:
    """Return a reminder that the pages show its person now."""
    Person.objects.filter(pk=person.pk).update(remind_in_browser=True)
    return Reminder.objects.create(
        entry=entry,
        person=person,
        starts_at=entry.starts_at,
        minutes=15,
        state="given",
        in_browser=True,
    )


class Firm:
    """Ada, an administrator, Ben and Cleo, and one of everything that has an address, all Ben's."""

    def __init__(self, text: str = "Boiler survey") -> None:
        self.now = datetime.now(UTC)
        self.ada = an_administrator()
        self.ben, self.cleo = a_person("Ben", password=PASSWORD), a_person("Cleo")
        for person in (self.ada, self.cleo):
            # The same words sealed once: sealing is slow on purpose.
            Person.objects.filter(pk=person.pk).update(password=self.ben.password)
            person.refresh_from_db()
        self.kind = a_type(text)
        self.entry = an_entry(self.ben, title=text, kind=self.kind)
        self.line = self._line()
        self.account = person_changes.set_mail_account(self.ben, TYPED, by=None, now=self.now)
        test = mail_test.ask(self.ben, TYPED, asked_by=self.ben, now=self.now)
        token, self.token_text = tokens.issue(self.ben, text)
        _, self.secret = links.make(self.cleo, LinkPurpose.RESET, by=None, now=self.now)
        self.places: dict[str, object] = {
            "entry_id": self.entry.pk,
            "type_id": self.kind.pk,
            "person_id": self.ben.pk,
            "token_id": token.pk,
            "test_id": test.pk,
            "account_id": self.account.pk,
            "line_id": self.line.pk,
            "reminder_id": _a_due_reminder(self.entry, self.ben).pk,
            "secret": self.secret,
            "pk": self._second_steps(text),
            "number": 1,
            "revision": 1,
        }

    def _line(self) -> LogLine:
        calendar = Calendar.objects.get(entry_id=self.entry.pk, address_key=self.ben.email_key)
        return LogLine.objects.create(
            entry_id=self.entry.pk,
            person_id=self.ben.pk,
            address=self.ben.email,
            uid=self.entry.uid,
            calendar_id=calendar.pk,
            state="not_sent",
            reason="diary_sync_off",
            at=self.now,
        )

    def _second_steps(self, name: str) -> int:
        from allauth.mfa.totp.internal.auth import TOTP

        TOTP.activate(self.ben, "JBSWY3DPEHPK3PXP")
        RecoveryCodes.activate(self.ben)
        passkey = Authenticator.objects.create(
            user=self.ben,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": name, "credential": a_credential()},
        )
        return int(passkey.pk)

    def path(self, row: Row, **other: object) -> str:
        """Return the address of a row, `other` in place of what this firm has."""
        places = {**self.places, **other}
        return "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(places[found[1]]), row.pattern)

    def client(self, who: str) -> Client:
        """Return the browser of anonymous, member, other, administrator or deactivated.

        Those signed in confirmed who they are a moment ago.
        """
        client = Client(SERVER_NAME=HOST, raise_request_exception=False)
        if who == "anonymous":
            return client
        person = {"member": self.ben, "other": self.cleo, "administrator": self.ada}.get(who)
        client.force_login(person or self.ben)
        session = client.session
        session["account_authentication_methods"] = [
            {"method": "password", "at": time.time(), "reauthenticated": True}
        ]
        session["account_authentication_methods_user"] = str((person or self.ben).pk)
        session.save()
        if who == "deactivated":
            Person.objects.filter(pk=self.ben.pk).update(is_active=False)
        return client

    def call(self, client: Client, row: Row, **other: object) -> Page:
        """Ask for a row in a browser."""
        ask = client.post if row.method == "POST" else client.get
        return ask(self.path(row, **other), row.body)


def a_credential() -> dict[str, object]:
    """Return what a phone answers when a passkey is made (WebAuthn Level 2, section 5.1.3)."""
    made_here = ec.generate_private_key(ec.SECP256R1()).public_key()
    key = ES256.from_cryptography_key(made_here)  # type: ignore[no-untyped-call]
    made = AttestedCredentialData.create(Aaguid(bytes(16)), b"a passkey of Ben", key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    about = AuthenticatorData.create(sha256(HOST.encode()), flags, 0, made)
    challenge = CollectedClientData.create("webauthn.create", b"challenge", f"http://{HOST}")
    name = websafe_encode(made.credential_id)
    return {
        "id": name,
        "rawId": name,
        "type": "public-key",
        "clientExtensionResults": {"credProps": {"rk": True}},
        "response": {
            "clientDataJSON": websafe_encode(challenge),
            "attestationObject": websafe_encode(AttestationObject.create("none", about, {})),
        },
    }


@contextmanager
def as_a_demo(firm: Firm) -> Iterator[None]:
    """Make this process a demo in which Ben has one message."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(switch.VARIABLE, "1")
        switch.mark()
        Mailboxes(switch.mailbox_folder()).keep(firm.ben.email_key, 1, LETTER)
        try:
            yield
        finally:
            (settings.DAYBOOK.data / switch.MARK).unlink()
            for letter in switch.mailbox_folder().rglob("*.eml"):
                letter.unlink()


def pages() -> list[Row]:
    """Return the rows of pages a person looks at by following a link."""
    return [row for row in TABLE if row.method == "GET" and row.pattern not in NO_PAGES]


def reader(row: Row) -> str:
    """Return who gets to see a page."""
    statuses = {"administrator": row.administrator, "member": row.member}
    return next((who for who, status in statuses.items() if status == 200), "anonymous")


def patterns() -> set[str]:
    """Return every address of the URL configuration, those of the API's operations left out."""
    from daybook.api import openapi

    operations = {
        re.sub(r"{(\w+)}", r"<id:\1>", path.removeprefix("/"))
        for path in openapi.document()["paths"]
    }
    return set(_walk(get_resolver(), "")) - operations


def _walk(resolver: URLResolver, before: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here
        else:
            yield from _walk(pattern, here)


def more_of_everything(firm: Firm, *, times: int) -> None:
    """Let the firm have that much more of everything, for whoever counts questions."""
    so_far = Person.objects.count()
    for number in range(so_far, so_far + times):
        person = a_person(f"Person{number}")
        person_changes.set_mail_account(person, TYPED, by=None, now=firm.now)
        for owner in (firm.ada, firm.ben):
            tokens.issue(owner, person.forename)
        kind = a_type(f"Kind {number}")
        entry = an_entry(firm.ada, firm.ben, person, title=f"Visit {number}", kind=kind)
        for calendar in Calendar.objects.filter(entry_id=entry.pk):
            LogLine.objects.create(
                entry_id=entry.pk,
                person_id=person.pk,
                address=person.email,
                uid=entry.uid,
                calendar_id=calendar.pk,
                state="not_sent",
                reason="diary_sync_off",
                at=firm.now,
            )
