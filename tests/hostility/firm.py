"""The firm that hostile inputs are tried on, and how it is asked, in one process or over a line."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Protocol

from django.apps import apps
from django.db import transaction
from django.test import Client
from tests.web.build import HOST, PASSWORD, a_person, a_type, an_administrator, an_entry

from daybook.entries import person_changes
from daybook.people import tokens
from daybook.people.accounts import AccountInput
from daybook.people.models import ApiToken, Person

ACCOUNT = AccountInput("smtp.firm.example", 587, "starttls", "ada-at-smtp", "an old password")
FORM = "application/x-www-form-urlencoded"
# Sessions and limits belong to asking itself.
NOT_COMPARED = {"sessions.Session", "usersessions.UserSession", "people.SignInTry"}


@dataclass(frozen=True)
class Ask:
    """One request. `who` is "ada" (an administrator), "ben" (a member) or "nobody"."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    who: str = "ada"


@dataclass(frozen=True)
class Answer:
    """What came back. `headers` have lower-case names; of equal ones all are kept."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header's value, "" without one. Raises AssertionError if there are two."""
        found = [value for key, value in self.headers if key == name.lower()]
        assert len(found) < 2, (name, found)
        return found[0] if found else ""


class Line(Protocol):
    """A way to the diary."""

    def ask(self, ask: Ask) -> Answer:
        """Send one request as it is, and return what comes back."""


class Firm:
    """Ada, an administrator, Ben and Cleo, and one of everything that has an address.

    Ben made the entry; Ada has a mail account.
    """

    def __init__(self) -> None:
        now = datetime.now(UTC)
        self.ada, self.ben = an_administrator(), a_person("Ben")
        self.cleo = a_person("Cleo", syncs=False)
        self.kind = a_type()
        self.entry = an_entry(self.ben, kind=self.kind)
        person_changes.set_mail_account(self.ada, ACCOUNT, by=None, now=now)
        self.people: dict[str, Person] = {"ada": self.ada, "ben": self.ben}
        self.tokens = {who: tokens.issue(each, "test")[1] for who, each in self.people.items()}
        # Used a moment ago, so that no use is noted while rows are compared.
        ApiToken.objects.update(last_used_at=now + timedelta(days=1))

    def with_passwords(self) -> Firm:
        """Let everybody sign in with PASSWORD (sealing one is slow on purpose)."""
        self.ada.set_password(PASSWORD)
        Person.objects.update(password=self.ada.password)
        for person in self.people.values():
            # Their sessions belong to it.
            person.password = self.ada.password
        return self


class InProcess:
    """Asks without a network: the product's own handler, in this process and its transaction."""

    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self._clients = {who: _signed_in(person) for who, person in firm.people.items()}
        self._clients["nobody"] = Client(SERVER_NAME=HOST, raise_request_exception=False)

    def ask(self, ask: Ask) -> Answer:
        headers = dict(ask.headers)
        kind = headers.pop("Content-Type", FORM)
        client = self._clients[ask.who]
        if ask.path.startswith("/api/") and ask.who != "nobody":
            client = self._clients["nobody"]
            headers.setdefault("Authorization", f"Bearer {self._firm.tokens[ask.who]}")
        cookies = deepcopy(client.cookies)
        answer = client.generic(
            ask.method, ask.path, ask.body, content_type=kind, headers=_as_wsgi(headers)
        )
        client.cookies = cookies
        pairs = [(name.lower(), str(value)) for name, value in answer.items()]
        streamed = answer.streaming
        body = b"".join(answer) if streamed else answer.content
        return Answer(answer.status_code, tuple(pairs), body)


class OverALine:
    """Asks a running diary at `port` of this machine, as anybody may who reaches it."""

    def __init__(self, firm: Firm, port: int) -> None:
        self._firm, self._port = firm, port
        self._signed: dict[str, tuple[str, str]] = {"nobody": ("", "")}
        self.seconds: list[float] = []

    def ask(self, ask: Ask) -> Answer:
        headers = {"Host": f"{HOST}:{self._port}", "Content-Type": FORM, **ask.headers}
        if ask.path.startswith("/api/"):
            if ask.who != "nobody":
                headers.setdefault("Authorization", f"Bearer {self._firm.tokens[ask.who]}")
        else:
            cookies, secret = self._sign_in(ask.who)
            headers.setdefault("Cookie", cookies)
            headers.setdefault("X-CSRFToken", secret)
        begun = time.monotonic()
        answer = self._send(ask.method, ask.path, ask.body, headers)
        self.seconds.append(time.monotonic() - begun)
        return answer

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = HTTPConnection(HOST, self._port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value.encode(errors="surrogatepass"))
            connection.putheader("Content-Length", str(len(body)))
            with suppress(BrokenPipeError, ConnectionResetError):
                # A server that refuses a body need not take it to its end (RFC 9110 15.5.14).
                connection.endheaders(body)
            response = connection.getresponse()
            pairs = tuple((name.lower(), value) for name, value in response.getheaders())
            return Answer(response.status, pairs, response.read())
        finally:
            connection.close()

    def at_the_door(self) -> tuple[str, str]:
        """Return the cookie and the secret of the form to sign in with."""
        return self._with_secret("/accounts/login/", "")

    def _sign_in(self, who: str) -> tuple[str, str]:
        if who not in self._signed:
            cookies, secret = self.at_the_door()
            headers = {
                "Host": f"{HOST}:{self._port}",
                "Content-Type": FORM,
                "Cookie": cookies,
                "X-CSRFToken": secret,
            }
            body = f"login={who}&password={PASSWORD.replace(' ', '+')}".encode()
            signed = self._send("POST", "/accounts/login/", body, headers)
            assert signed.status == 302, signed.status
            # Who has signed in gets another secret.
            self._signed[who] = self._with_secret("/settings/your-details/", _cookies(signed))
        return self._signed[who]

    def _with_secret(self, path: str, cookies: str) -> tuple[str, str]:
        """Open a page with a form; return the cookies there are then, and the form's secret."""
        page = self._send("GET", path, b"", {"Host": f"{HOST}:{self._port}", "Cookie": cookies})
        assert page.status == 200, (path, page.status)
        return cookies or _cookies(page), _secret(page)


def _cookies(answer: Answer) -> str:
    set_here = [value for name, value in answer.headers if name == "set-cookie"]
    return "; ".join(value.partition(";")[0] for value in set_here)


def _secret(page: Answer) -> str:
    found = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page.body)
    assert found is not None
    return found[1].decode()


def _signed_in(person: Person) -> Client:
    client = Client(SERVER_NAME=HOST, raise_request_exception=False)
    client.force_login(person)
    session = client.session
    # Far enough ahead to be recent however long all trials take: after five minutes some pages
    # would ask for the password again.
    at = time.time() + timedelta(days=1).total_seconds()
    session["account_authentication_methods"] = [
        {"method": "password", "at": at, "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client


def _as_wsgi(headers: Mapping[str, str]) -> dict[str, str]:
    """Return header values as a WSGI server hands them on: a character for each octet."""
    return {
        name: value.encode(errors="surrogatepass").decode("latin-1")
        for name, value in headers.items()
    }


@contextmanager
def forgotten() -> Iterator[None]:
    """Undo what happens inside, so that every input meets the same firm."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def digest() -> str:
    """Return a digest of every row of every table but those that asking itself writes."""
    told = hashlib.sha256()
    for model in apps.get_models():
        if model._meta.label not in NOT_COMPARED:
            told.update(model._meta.label.encode())
            names = [field.attname for field in model._meta.concrete_fields]
            rows = model.objects.values_list(*names)  # type: ignore[attr-defined]
            for row in sorted(_rows(rows)):
                told.update(row)
    return told.hexdigest()


def _rows(rows: Iterable[tuple[object, ...]]) -> Iterator[bytes]:
    for row in rows:
        values = (bytes(each) if isinstance(each, memoryview) else each for each in row)
        yield repr(tuple(values)).encode(errors="surrogatepass")
