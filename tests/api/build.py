"""A firm to call the API of: people, tokens, types, entries, and a client that speaks JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.test import Client
from django.utils import timezone
from tests.sync.world import World

from daybook.api.models import KeptAnswer
from daybook.calendaring import address
from daybook.couriers.courier import Mail
from daybook.entries.models import Assignment, DiaryEntry, DiaryEntryType
from daybook.ledger.models import Calendar, LogLine, Parcel, UidCounter
from daybook.people import tokens
from daybook.people.models import (
    AuditLine,
    MailAccount,
    MailTest,
    Person,
    Role,
    ServiceOrganiser,
)

PREFIX = "/api/v1"
# One for all calls: each new one would look through every static file again.
_HANDLER = Client().handler


@dataclass
class Caller:
    """Somebody with a token (or an empty one), calling the API."""

    token: str
    person: Person | None = None

    @property
    def id(self) -> int:
        """Return the id of the person who calls."""
        assert self.person is not None
        return self.person.pk

    def call(self, method: str, path: str, sent: Any = None, **headers: str) -> Any:
        """Send `sent` as JSON (bytes as they are); header names with underscores."""
        raw = sent if isinstance(sent, bytes) else b"" if sent is None else dump(sent)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named.setdefault("Authorization", f"Bearer {self.token}")
        kind = named.pop("Content-Type", "application/json")
        client = Client()
        client.handler = _HANDLER
        return client.generic(method, PREFIX + path, raw, content_type=kind, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, sent: Any = None, **headers: str) -> Any:
        return self.call("POST", path, sent, **headers)

    def patch(self, path: str, sent: Any, **headers: str) -> Any:
        return self.call("PATCH", path, sent, **headers)

    def put(self, path: str, sent: Any, **headers: str) -> Any:
        return self.call("PUT", path, sent, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.call("DELETE", path, **headers)


def dump(value: Any) -> bytes:
    """Return JSON, also of what is no Unicode text."""
    return json.dumps(value).encode()


def read(response: Any) -> Any:
    """Return what an answer says."""
    return json.loads(response.content)


def someone(username: str, **columns: Any) -> Person:
    """Store a person as if entered long ago, by default with an address."""
    email = columns.pop("email", f"{username}@firm.example")
    return Person.objects.create(
        username=username,
        forename=columns.pop("forename", username.capitalize()),
        surname=columns.pop("surname", "Byrd"),
        email=email,
        email_key=address.normalise(email) if email else "",
        **columns,
    )


def caller(username: str, **columns: Any) -> Caller:
    """Return a new member of the firm with a personal token."""
    person = someone(username, **columns)
    return Caller(tokens.issue(person, "test")[1], person)


def synchronising(username: str, **columns: Any) -> Caller:
    """Return a new member whose own calendar is to be told."""
    return caller(username, email_syncing=True, diary_sync=True, **columns)


def send_everything(now: datetime | None = None) -> list[Mail]:
    """Let the quiet period pass and everything be accepted; return what arrived."""
    return World(now=now or timezone.now()).run()


def administrator(username: str = "root", **columns: Any) -> Caller:
    """Return a new administrator with a personal token."""
    return caller(username, role=Role.ADMINISTRATOR, **columns)


def service(name: str = "importer") -> Caller:
    """Return a service with a token of its own."""
    return Caller(tokens.issue(None, name)[1])


def revoked() -> Caller:
    """Return a member whose token was revoked."""
    person = someone("gone")
    token, text = tokens.issue(person, "old")
    tokens.revoke(token, by=person, now=timezone.now())
    return Caller(text, person)


NOBODY = Caller("")


def meeting(**columns: Any) -> DiaryEntryType:
    """Store a type whose entries leave the diary."""
    return DiaryEntryType.objects.create(**{"name": "Meeting", "synchronise": True} | columns)


def new_entry(kind: DiaryEntryType, *people: Person | None, **fields: Any) -> dict[str, Any]:
    """Return the body of an entry in the future with these people on it."""
    return {
        "type": kind.pk,
        "title": "Survey at Mill Lane",
        "start": "2036-03-03T09:00",
        "end": "2036-03-03T10:00",
        "assigned": [person.pk for person in people if person],
    } | fields


def everything() -> str:
    """Return all that a refused request must leave as it is, as text to compare."""
    tables: dict[str, Any] = {
        model._meta.label: sorted(map(str, model.objects.values_list()))
        for model in (
            *(DiaryEntry, Assignment, DiaryEntryType, Person, MailAccount, ServiceOrganiser),
            *(MailTest, AuditLine, Calendar, UidCounter, LogLine, Parcel, KeptAnswer),
        )
    }
    return json.dumps(tables, indent=1)
