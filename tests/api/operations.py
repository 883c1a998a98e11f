"""Every operation of the API once: how to call it validly, and who gets which answer.

The other tests of this folder are generated from this table, and one of them compares the table
with the API itself: an operation without a row here fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.api import build
from tests.api.build import Caller, read


@dataclass
class Firm:
    """People with tokens and one of everything, ready to be called for.

    Ada made the entry, Ben is on it and has been invited, Cleo is not on it.
    """

    root: Caller = field(default_factory=build.administrator)
    ada: Caller = field(default_factory=lambda: build.caller("ada", email_syncing=True))
    ben: Caller = field(default_factory=lambda: build.synchronising("ben"))
    cleo: Caller = field(default_factory=lambda: build.caller("cleo"))
    importer: Caller = field(default_factory=build.service)

    def __post_init__(self) -> None:
        kind, unused = build.meeting(), build.meeting(name="Unused")
        account = f"/people/{self.ada.id}/mail-account"
        self.ada.put(account, ACCOUNT)
        entry = read(self.ada.post("/entries", build.new_entry(kind, self.ben.person)))
        build.send_everything()
        test = read(self.ada.post(f"{account}/test"))
        self.places = {
            "entry_id": entry["id"],
            "type_id": unused.pk,
            "person_id": self.ada.id,
            "test_id": test["id"],
            "delivery_id": read(self.ada.get("/deliveries"))["items"][0]["id"],
        }
        self.kind = kind

    def path(self, row: Operation) -> str:
        """Return the path of the operation for what this firm has."""
        return row.path.format(**self.places)

    def body(self, row: Operation) -> Any:
        """Return a body the operation takes, None if it needs none."""
        if row.name == "createEntry":
            return build.new_entry(self.kind, self.ben.person)
        return row.body


@dataclass(frozen=True)
class Operation:
    """One operation: its OpenAPI id, how it is called, and the statuses callers get.

    `member` is Ada, whom it concerns; `other` is Cleo, whom it does not.
    """

    name: str
    method: str
    path: str
    member: int
    other: int
    administrator: int
    service: int
    body: Any = None

    def __str__(self) -> str:
        return self.name


ACCOUNT = {
    "host": "smtp.firm.example",
    "port": 587,
    "security": "starttls",
    "username": "ada",
    "password": "correct horse",
}
_ENTRY = "/entries/{entry_id}"
_DELIVERY = "/deliveries/{delivery_id}"
_TYPE = "/entry-types/{type_id}"
_PERSON = "/people/{person_id}"
_ACCOUNT = f"{_PERSON}/mail-account"
_DESK = ACCOUNT | {"name": "Front desk", "address": "desk@firm.example"}
_EVE = {"username": "eve", "forename": "Eve"}

OPERATIONS = [
    #         name, method, path                                  member other admin service
    Operation("listEntries", "GET", "/entries", 200, 200, 200, 200),
    Operation("createEntry", "POST", "/entries", 201, 201, 201, 201, {}),
    Operation("getEntry", "GET", _ENTRY, 200, 200, 200, 200),
    Operation("changeEntry", "PATCH", _ENTRY, 200, 403, 200, 403, {"title": "Moved"}),
    Operation("deleteEntry", "DELETE", _ENTRY, 204, 403, 204, 403, {}),
    Operation("completeEntry", "POST", f"{_ENTRY}/complete", 200, 403, 200, 403, {}),
    Operation("cancelEntry", "POST", f"{_ENTRY}/cancel", 200, 403, 200, 403, {}),
    Operation("restoreEntry", "POST", f"{_ENTRY}/restore", 200, 403, 200, 403, {}),
    Operation("downloadEntry", "GET", f"{_ENTRY}/calendar.ics", 200, 200, 200, 200),
    Operation("explainEntry", "GET", f"{_ENTRY}/sync", 200, 200, 200, 200),
    Operation("listDeliveries", "GET", "/deliveries", 200, 200, 200, 200),
    Operation("getDelivery", "GET", _DELIVERY, 200, 200, 200, 200),
    Operation("resendDelivery", "POST", f"{_DELIVERY}/resend", 202, 403, 202, 403),
    Operation("listEntryTypes", "GET", "/entry-types", 200, 200, 200, 200),
    Operation("createEntryType", "POST", "/entry-types", 403, 403, 201, 403, {"name": "Call"}),
    Operation("getEntryType", "GET", _TYPE, 200, 200, 200, 200),
    Operation("changeEntryType", "PATCH", _TYPE, 403, 403, 200, 403, {"name": "Call"}),
    Operation("deleteEntryType", "DELETE", _TYPE, 403, 403, 204, 403),
    Operation("listPeople", "GET", "/people", 200, 200, 200, 200),
    Operation("createPerson", "POST", "/people", 403, 403, 201, 403, _EVE),
    Operation("getPerson", "GET", _PERSON, 200, 200, 200, 200),
    Operation("changePerson", "PATCH", _PERSON, 200, 403, 200, 403, {"surname": "King"}),
    Operation("getMailAccount", "GET", _ACCOUNT, 200, 404, 200, 404),
    Operation("setMailAccount", "PUT", _ACCOUNT, 200, 404, 200, 404, ACCOUNT),
    Operation("removeMailAccount", "DELETE", _ACCOUNT, 204, 404, 204, 404),
    Operation("testMailAccount", "POST", f"{_ACCOUNT}/test", 202, 404, 202, 404, ACCOUNT),
    Operation("getMailAccountTest", "GET", f"{_ACCOUNT}/tests/{{test_id}}", 200, 404, 404, 404),
    Operation("getServiceOrganiser", "GET", "/service-organiser", 404, 404, 200, 404),
    Operation("setServiceOrganiser", "PUT", "/service-organiser", 404, 404, 200, 404, _DESK),
]
