"""A firm with twenty secrets, each a word that is nowhere else, in which everything goes wrong."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError
from tests.hostility.firm import ACCOUNT, FORM, Ask, Firm, InProcess, Line
from tests.sync.world import World
from tests.web.build import an_entry

from daybook.couriers.courier import AccountTrouble, Mail, Outcome, Refused, TryLater
from daybook.couriers.replies import read_reply, secrets_of
from daybook.entries import changing, person_changes, reading
from daybook.people import links, mail_test, sealing, tokens
from daybook.people.details import PersonChanges
from daybook.people.models import LinkPurpose, MailAccount
from daybook.sync import connecting, mail_tests
from daybook.sync.outbound import Outbound

JSON = {"Content-Type": "application/json"}
SECRETS = (
    *("smtp password", "firm's password", "tested password", "refused password", "password"),
    *("wrong password", "new password", "weak password", "typed in the wrong field"),
    *("api password", "api tested", "api refused", "body of a repeat"),
)


def canary(name: str) -> str:
    """Return a secret that is nowhere else: long enough to be a password, and plain to find."""
    return f"Canary {name.replace(' ', '-')} 7f3aZq"


@dataclass
class Seen:
    """Everything anybody could look at, and the secrets that must not be in it."""

    secrets: dict[str, str] = field(
        default_factory=lambda: {name: canary(name) for name in SECRETS}
    )
    answers: list[bytes] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)

    def traces(self, where: str, octets: bytes) -> list[str]:
        """Return which secrets are in `octets`, as they are or as they travel."""
        return [
            f"{name} in {where}"
            for name, secret in self.secrets.items()
            if any(form in octets for form in forms_of(secret))
        ]


def forms_of(secret: str) -> set[bytes]:
    """Return how a secret may look: as typed, in an address, in JSON, in SMTP."""
    return {
        secret.encode(),
        quote(secret).encode(),
        urlencode({"": secret})[1:].encode(),
        json.dumps(secret)[1:-1].encode(),
        base64.b64encode(secret.encode()).rstrip(b"="),
    }


@contextlib.contextmanager
def broken(thing: object, name: str, fault: Exception) -> Iterator[None]:
    """Let one function of ours fail, with the arguments it was given."""

    def fails(*arguments: object, **more: object) -> None:
        kept = (arguments, more)  # what a careless trace would show
        raise fault from ValueError(len(kept))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thing, name, fails)
        yield


class Story:
    """The firm, and what everybody did; `line` is the way to the diary, and may be another."""

    def __init__(self, firm: Firm) -> None:
        self.seen, self.firm = Seen(), firm
        self.now = datetime.now(UTC)
        self._enter_secrets()
        self.line: Line = InProcess(self.firm)

    def _enter_secrets(self) -> None:
        firm, secret, now = self.firm, self.seen.secrets, self.now
        self.ada_gets_her_account()
        of_firm = replace(ACCOUNT, password=secret["firm's password"])
        person_changes.set_service("Diary", "diary@firm.example", of_firm, by=None, now=now)
        typed = replace(ACCOUNT, password=secret["tested password"])
        self.test = mail_test.ask(firm.ada, typed, asked_by=firm.ada, now=now)
        changes = PersonChanges(password=secret["password"])
        person_changes.save_person(firm.cleo.pk, changes, by=None, now=now)
        # What is random is a canary by itself.
        secret |= {f"token of {who}": token for who, token in firm.tokens.items()}
        secret["token of a service"] = tokens.issue(None, "importer")[1]
        secret["link"] = links.make(firm.ben, LinkPurpose.RESET, by=None, now=now)[1]
        secret["codes"] = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        TOTP.activate(firm.ben, secret["codes"])
        for number, code in enumerate(RecoveryCodes.activate(firm.ben).get_unused_codes()[:2]):
            secret[f"recovery code {number}"] = code
        secret["key of the seals"] = sealing.key_file().read_text().split()[1]
        secret["key of the sessions"] = settings.SECRET_KEY

    def ada_gets_her_account(self) -> None:
        """Set Ada's mail account as it was in the beginning."""
        mine = replace(ACCOUNT, password=self.seen.secrets["smtp password"])
        person_changes.set_mail_account(self.firm.ada, mine, by=None, now=self.now)

    def ask(self, method: str, path: str, body: object = None, **more: str) -> int:
        """Ask as a person or program, and keep what came back."""
        api = path.startswith("/api/")
        raw = json.dumps(body).encode() if api else urlencode(body or {}).encode()  # type: ignore[arg-type]
        who = more.pop("who", "ada")
        kind = JSON if api else {"Content-Type": FORM}
        named = {name.replace("_", "-"): value for name, value in more.items()}
        answer = self.line.ask(Ask(method, path, raw, {**kind, **named}, who))
        self.seen.answers.append(answer.body)
        self.seen.answers += [value.encode() for _, value in answer.headers]
        return answer.status

    def forms_that_are_refused(self) -> None:
        secret = self.seen.secrets
        smtp = {"smtp_host": "10.0.0.1", "smtp_port": "587", "smtp_security": "starttls"}
        mine = {"forename": "", "smtp_username": "a", "smtp_password": secret["refused password"]}
        assert self.ask("POST", "/settings/your-details/", {**smtp, **mine}) == 422
        trying = {**smtp, **mine, "test": "1"}
        assert self.ask("POST", "/settings/your-details/", trying) == 422
        firms = {"name": "", "address": "x", **smtp, "smtp_password": secret["refused password"]}
        assert self.ask("POST", "/settings/service-organiser/", firms) == 422
        eve = {"username": "", "forename": "", "password": secret["weak password"]}
        assert self.ask("POST", "/settings/users/new/", eve) == 422
        passwords = {
            "oldpassword": secret["wrong password"],
            "password1": secret["new password"],
            "password2": secret["weak password"],
        }
        self.ask("POST", "/accounts/password/change/", passwords)
        self.ask("POST", "/accounts/reauthenticate/", {"password": secret["wrong password"]})
        self.ask("POST", f"/accounts/link/{secret['link']}/", {"password1": "short"}, who="nobody")

    def signing_in_that_fails(self) -> None:
        secret = self.seen.secrets
        for name in ("ada", "cleo", "nobody-at-all", secret["typed in the wrong field"]):
            typed = {"login": name, "password": secret["wrong password"]}
            self.ask("POST", "/accounts/login/", typed, who="nobody")
        right = {"login": "cleo", "password": secret["password"]}
        assert self.ask("POST", "/accounts/login/", right, who="nobody") == 302
        who = {"who": secret["typed in the wrong field"]}
        self.ask("POST", "/accounts/password/forgotten/", {"login": "", **who}, who="nobody")

    def programs_that_are_refused(self) -> None:
        secret, path = self.seen.secrets, f"/api/v1/people/{self.firm.ada.pk}/mail-account"
        bad = {"host": "10.0.0.1", "port": 587, "security": "tls", "username": "ada"}
        assert self.ask("PUT", path, {**bad, "password": secret["api refused"]}) == 422
        assert self.ask("PUT", path, {**bad, "password": [secret["api refused"]]}) == 422
        assert self.ask("PUT", path, {**bad, "passwort": secret["api refused"]}) == 422
        assert self.ask("POST", f"{path}/test", {**bad, "password": secret["api tested"]}) == 422
        good = {**bad, "host": "smtp.firm.example", "password": secret["api password"]}
        assert self.ask("PUT", path, good) == 200
        assert self.ask("POST", f"{path}/test", good, Idempotency_Key="k") == 202
        other = {**good, "password": secret["body of a repeat"]}
        assert self.ask("POST", f"{path}/test", other, Idempotency_Key="k") == 422
        for token in (secret["token of ada"][:-1], secret["token of ada"].upper()):
            self.ask("GET", "/api/v1/people", Authorization=f"Bearer {token}")
        self.ask("GET", f"/api/v1/people?token={secret['token of ben']}")
        self.ask("GET", f"/entries/0/?token={secret['token of ben']}")

    def faults_of_ours(self) -> None:
        secret = self.seen.secrets
        path = f"/api/v1/people/{self.firm.ada.pk}/mail-account"
        body = {"host": "smtp.firm.example", "port": 587, "security": "tls", "username": "a"}
        body["password"] = secret["api password"]
        for fault in (RuntimeError("a fault"), DatabaseError("a fault"), KeyError("a fault")):
            with broken(person_changes, "set_mail_account", fault):
                assert self.ask("PUT", path, body) >= 500
            with broken(reading, "visible_to", fault):
                assert self.ask("GET", "/api/v1/entries") >= 500
            with broken(changing, "create", fault):
                entry = {"title": "x", "type": self.firm.kind.pk, "start_date": "2036-03-03"}
                times = {"start_time": "9", "end_time": "10", "timezone": "Europe/London"}
                assert self.ask("POST", "/entries/new/", {**entry, **times}) >= 500
            with broken(mail_test, "ask", fault):
                own = {"forename": "Ada", "timezone": "Europe/London", "test": "1"}
                smtp = {"smtp_host": "smtp.firm.example", "smtp_security": "tls"}
                more = {"calendar_kind": "unknown", "role": "administrator", "username": "ada"}
                more |= {"smtp_username": "a", "smtp_password": secret["tested password"]}
                self.ask("POST", "/settings/your-details/", {**own, **smtp, **more})
            with broken(sealing, "seal", fault):
                assert self.ask("PUT", path, body) >= 500

    def servers_that_misbehave(self) -> None:
        secret = self.seen.secrets["smtp password"]
        masked = secrets_of("ada-at-smtp", secret)
        echo = read_reply([f"535 5.7.8 no: {secret}".encode()], masked).text
        answers: list[Outcome] = [
            Refused("message_refused", echo),
            TryLater("deferred", echo),
            AccountTrouble("sign_in_refused", echo),
        ]
        for number, outcome in enumerate(answers):
            an_entry(self.firm.ben, creator=self.firm.ada, kind=self.firm.kind, title=f"N {number}")
            world = World([outcome], now=self.now + timedelta(hours=number))
            self._keep(world.run(minutes=3))
            MailAccount.objects.update(held_reason="", next_try_at=None)
        self._keep(World(now=self.now + timedelta(days=1)).run(minutes=3))

    def workers_that_break(self) -> None:
        an_entry(self.firm.ben, creator=self.firm.ada, kind=self.firm.kind, title="Breaks")
        ada = MailAccount.objects.get(person=self.firm.ada)
        later = self.now + timedelta(days=2)
        Outbound(now=lambda: later).route()
        with broken(connecting, "courier_to", RuntimeError("a fault")):
            for act in (lambda: Outbound(now=lambda: later).serve(ada.pk), self._try):
                try:
                    act()
                except RuntimeError:
                    logging.getLogger("daybook").exception("a worker broke")
        # The keys are gone: what was sealed stays shut.
        shut = b"\1" + bytes(60)
        MailAccount.objects.filter(pk=ada.pk).update(password_sealed=shut)
        self.test.password_sealed = shut
        MailAccount.objects.update(held_reason="", next_try_at=None, leased_until=None)
        Outbound(now=lambda: later + timedelta(hours=1)).serve(ada.pk)
        self._try()

    def _try(self) -> None:
        mail_tests.carry_out(self.test)

    def _keep(self, mails: list[Mail]) -> None:
        self.seen.mails += [mail.data for mail in mails]

    def look_everywhere(self) -> None:
        """Open every page and answer that could show a secret."""
        for path in (
            *("/", "/sync-log/", "/settings/", "/settings/audit/", "/settings/mail-accounts/"),
            *("/settings/your-details/", "/settings/service-organiser/", "/settings/users/"),
            *("/settings/your-details/sign-in/", "/settings/your-details/tokens/"),
            f"/settings/users/{self.firm.ben.pk}/",
            f"/settings/users/{self.firm.ben.pk}/access/",
            f"/settings/mail-tests/{self.test.pk}/",
            *("/api/v1/people", "/api/v1/deliveries", "/api/v1/service-organiser"),
            f"/api/v1/people/{self.firm.ada.pk}/mail-account",
            f"/api/v1/people/{self.firm.ada.pk}/mail-account/tests/{self.test.pk}",
        ):
            assert self.ask("GET", path) == 200, path


# What the library of second steps stores sealed, and Django's own session table, are looked at too.
def rows() -> Iterator[tuple[str, bytes]]:
    """Yield every row of the database, as text."""
    for model in apps.get_models():
        for row in model.objects.values():  # type: ignore[attr-defined]
            told = {
                name: bytes(value) if isinstance(value, memoryview) else value
                for name, value in row.items()
            }
            yield model._meta.label, repr(told).encode()
