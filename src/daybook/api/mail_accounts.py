"""The mail accounts Daybook sends by: people's own, and the service organiser's.

To whoever may not see an account it does not exist.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel, Field

from daybook.api.answers import answer, done
from daybook.api.caller import Caller, Request
from daybook.api.fields import Id, Input, Number, Text
from daybook.api.problems import Refusal
from daybook.entries import person_changes
from daybook.people import accounts, mail_test, service
from daybook.people.accounts import AccountInput
from daybook.people.faults import FieldFault, InvalidInput
from daybook.people.models import MailAccount as AccountRow
from daybook.people.models import MailTest, Person, ServiceOrganiser

router = Router(tags=["Mail accounts"])
_Security = Literal["starttls", "tls", "none"]


class MailAccount(BaseModel):
    """A mail account; its password is never shown."""

    host: str
    port: int
    security: _Security
    username: str
    from_address: str
    password_set: bool
    held: Annotated[
        str | None,
        Field(description="Why sending by it is on hold until it is set again; or null."),
    ]


class NewMailAccount(Input):
    """A mail account to set."""

    host: Annotated[Text, Field(description="The name of the mail server.")]
    port: Annotated[Number, Field(description="25, 465, 587 or 2525, unless the host is allowed.")]
    security: Annotated[
        _Security, Field(description="none: for allow-listed hosts only, without a user name.")
    ]
    username: Text = ""
    password: Annotated[
        Text | None, Field(description="Write-only; absent or null keeps the stored one.")
    ] = None
    from_address: Annotated[
        Text, Field(description="The From of mails, if it is not the email address.")
    ] = ""
    password_set: Annotated[Any, Field(description="The server's own; ignored.")] = None
    held: Annotated[Any, Field(description="The server's own; ignored.")] = None

    def account(self) -> AccountInput:
        """Return what was typed."""
        return AccountInput(
            self.host, self.port, self.security, self.username, self.password, self.from_address
        )


class Organiser(BaseModel):
    """The service organiser and its mail account; empty and null while there is none."""

    name: str
    address: str
    host: str | None
    port: int | None
    security: _Security | None
    username: str | None
    from_address: str | None
    password_set: bool
    held: str | None


class NewOrganiser(NewMailAccount):
    """The service organiser to set: a mailbox of the firm that is nobody's own address."""

    name: Annotated[Text, Field(description="The name guests see; empty for the address.")] = ""
    address: Annotated[Text, Field(description="Its email address; empty for from_address.")] = ""


class Step(BaseModel):
    """One step of a test."""

    step: str
    state: Literal["passed", "failed", "waiting"]
    sentence: str


class Trial(BaseModel):
    """A test of a mail account: ask for it again until `state` is passed or failed."""

    id: Id
    state: Literal["waiting", "running", "passed", "failed"]
    steps: list[Step]


@router.get(
    "/people/{id:person_id}/mail-account", response=MailAccount, operation_id="getMailAccount"
)
def get_mail_account(request: Request, person_id: int) -> HttpResponse:
    """Return a person's mail account without its password: one's own, or to an administrator."""
    account = accounts.of(_owner(request.auth, person_id))
    if account is None:
        raise Http404
    return answer(_shown(account))


@router.put(
    "/people/{id:person_id}/mail-account", response=MailAccount, operation_id="setMailAccount"
)
def set_mail_account(request: Request, person_id: int, payload: NewMailAccount) -> HttpResponse:
    """Set a person's mail account. What waited because of the old one is sent by the new one."""
    owner = _owner(request.auth, person_id)
    account = person_changes.set_mail_account(
        owner, payload.account(), by=request.auth.person, now=timezone.now()
    )
    return answer(_shown(account))


@router.delete(
    "/people/{id:person_id}/mail-account", response={204: None}, operation_id="removeMailAccount"
)
def remove_mail_account(request: Request, person_id: int) -> HttpResponse:
    """Forget a person's mail account."""
    owner = _owner(request.auth, person_id)
    if accounts.of(owner) is None:
        raise Http404
    person_changes.remove_mail_account(owner, by=request.auth.person, now=timezone.now())
    return done()


@router.post(
    "/people/{id:person_id}/mail-account/test",
    response={202: Trial},
    operation_id="testMailAccount",
)
def try_mail_account(
    request: Request, person_id: int, payload: NewMailAccount | None = None
) -> HttpResponse:
    """Try the stored account, or the one in the body without storing it, by a message to oneself.

    A worker carries it out; the Location is the resource that tells how far it is.
    """
    owner = _owner(request.auth, person_id)
    asker = request.auth.person
    if asker is None:
        raise Http404
    typed = payload.account() if payload else _stored(owner)
    try:
        test = mail_test.ask(owner, typed, asked_by=asker, now=timezone.now())
    except InvalidInput as fault:
        if fault.faults[0].code == "too_many_tests":
            sentence = fault.faults[0].sentence
            raise Refusal(429, "too_many_tests", sentence, retry_after=60) from None
        raise
    place = f"/api/v1/people/{owner.pk}/mail-account/tests/{test.pk}"
    return answer(_progress(test), 202, headers={"Location": place})


@router.get(
    "/people/{id:person_id}/mail-account/tests/{id:test_id}",
    response=Trial,
    operation_id="getMailAccountTest",
)
def get_test(request: Request, person_id: int, test_id: int) -> HttpResponse:
    """Return how far a test is; to whoever asked for it."""
    _owner(request.auth, person_id)
    return answer(_progress(get_object_or_404(MailTest, pk=test_id, asked_by=request.auth.person)))


@router.get("/service-organiser", response=Organiser, operation_id="getServiceOrganiser")
def get_service_organiser(request: Request) -> HttpResponse:
    """Return the firm's mailbox that is nobody's own. For administrators."""
    if not request.auth.is_administrator:
        raise Http404
    return answer(_organiser(service.the()))


@router.put("/service-organiser", response=Organiser, operation_id="setServiceOrganiser")
def set_service_organiser(request: Request, payload: NewOrganiser) -> HttpResponse:
    """Set the firm's mailbox that is nobody's own. For administrators."""
    if not request.auth.is_administrator:
        raise Http404
    address = payload.address or payload.from_address
    return answer(
        _organiser(
            person_changes.set_service(
                payload.name or address,
                address,
                payload.account(),
                by=request.auth.person,
                now=timezone.now(),
            )
        )
    )


def _owner(caller: Caller, person_id: int) -> Person:
    """Return the person if the caller may see the account; raises Http404 otherwise."""
    if not caller.sees_address_of(person_id):
        raise Http404
    return get_object_or_404(Person, pk=person_id)


def _stored(owner: Person) -> AccountInput:
    account = accounts.of(owner)
    if account is None:
        raise InvalidInput(FieldFault("host", "required", "There is no mail account to test."))
    return AccountInput(
        account.host,
        account.port,
        account.security,
        account.username,
        None,
        account.from_address,
    )


def _shown(account: AccountRow) -> dict[str, Any]:
    return {
        "host": account.host,
        "port": account.port,
        "security": account.security,
        "username": account.username,
        "from_address": account.from_address,
        "password_set": bool(account.password_sealed),
        "held": account.held_reason or None,
    }


def _organiser(row: ServiceOrganiser) -> dict[str, Any]:
    account = accounts.of(row)
    nothing = dict.fromkeys(("host", "port", "security", "username", "from_address", "held"))
    return {"name": row.name, "address": row.address} | (
        _shown(account) if account else nothing | {"password_set": False}
    )


def _progress(test: MailTest) -> dict[str, Any]:
    return {"id": test.pk, "state": test.state, "steps": test.steps}
