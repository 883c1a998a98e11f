"""The API itself: how it reads, whom it knows, and how it says no."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from daybook import __doc__ as about
from daybook.api import (
    deliveries,
    entries,
    entry_calendars,
    entry_types,
    mail_accounts,
    people,
    problems,
)
from daybook.api.body import GuardedParser
from daybook.api.caller import BearerToken
from daybook.api.kept import once
from daybook.api.problems import Refusal, invalid, problem
from daybook.people import criteria
from daybook.people.faults import FieldFault, InvalidInput, NotAllowed, Stale

log = logging.getLogger(__name__)

api = NinjaAPI(
    title="Daybook",
    version="1",
    description=about or "",
    auth=BearerToken(),
    parser=GuardedParser(),
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
)
api.add_decorator(once)
for operations in (entries, entry_calendars, deliveries, entry_types, people, mail_accounts):
    api.add_router("", operations.router)


@api.exception_handler(Refusal)
def _refused(_: HttpRequest, fault: Refusal) -> HttpResponse:
    return fault.answer()


@api.exception_handler(AuthenticationError)
def _unknown_caller(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    challenge = 'Bearer realm="Daybook"'
    if "Authorization" in request.headers:
        challenge += ', error="invalid_token"'
    return problem(
        401,
        "unauthorised",
        "Send a valid token, as in: Authorization: Bearer TOKEN.",
        headers={"WWW-Authenticate": challenge},
    )


@api.exception_handler(HttpError)
def _unreadable(_: HttpRequest, fault: HttpError) -> HttpResponse:
    if isinstance(fault.__cause__, Refusal):
        return fault.__cause__.answer()
    return problem(fault.status_code, "malformed", str(fault))


@api.exception_handler(ValidationError)
def _wrong_form(_: HttpRequest, fault: ValidationError) -> HttpResponse:
    if any(error["loc"] == ("body", "payload") for error in fault.errors):
        return problem(400, "malformed", "The body must be a JSON object.")
    return invalid(_fault(error) for error in fault.errors)


@api.exception_handler(InvalidInput)
def _cannot_be_saved(_: HttpRequest, fault: InvalidInput) -> HttpResponse:
    asked_for = [each for each in fault.faults if each.field == "diary_sync"]
    missing = [each.code for each in asked_for if each.code in criteria.SENTENCES]
    return invalid(fault.faults, missing)


@api.exception_handler(NotAllowed)
def _not_allowed(_: HttpRequest, fault: NotAllowed) -> HttpResponse:
    return problem(403, "not_allowed", fault.sentence)


@api.exception_handler(Stale)
def _stale(_: HttpRequest, fault: Stale) -> HttpResponse:
    return problem(
        409,
        "stale",
        f"Somebody changed it meanwhile: it has revision {fault.current} now. Read it again.",
        members={"revision": fault.current},
    )


@api.exception_handler(Http404)
@api.exception_handler(ObjectDoesNotExist)
def _not_there(_: HttpRequest, __: Exception) -> HttpResponse:
    return problems.not_found()


@api.exception_handler(RequestDataTooBig)
def _too_big(_: HttpRequest, __: RequestDataTooBig) -> HttpResponse:
    return problem(413, "too_big", "The body may have at most 1 MiB.")


@api.exception_handler(SuspiciousOperation)
def _odd(_: HttpRequest, __: SuspiciousOperation) -> HttpResponse:
    """Answer what the framework itself refuses, such as a question of a thousand parts."""
    return problem(400, "bad_request", "The request could not be understood.")


@api.exception_handler(OperationalError)
def _busy(_: HttpRequest, fault: OperationalError) -> HttpResponse:
    log.warning("The database could not take a request: %s", fault)
    return problem(
        503,
        "busy",
        "The database is busy. Nothing was done; try again.",
        headers={"Retry-After": str(problems.RETRY_AFTER_SECONDS)},
    )


@api.exception_handler(Exception)
def _our_fault(request: HttpRequest, fault: Exception) -> HttpResponse:
    log.error("A request to the API failed", exc_info=fault)
    got_request_exception.send(sender=None, request=request)
    return problem(500, "our_fault", "Daybook made a mistake. It has been written to the log.")


def _fault(error: dict[str, Any]) -> FieldFault:
    """Return what pydantic found as a fault of the outermost field it is about."""
    names = [part for part in error["loc"] if isinstance(part, str)]
    source = names[0]
    inner = names[2:] if source == "body" else names[-1:]
    field = inner[0] if inner else ""
    code, sentence = _SENTENCES.get(error["type"], ("invalid", ""))
    if error["type"] == "value_error":
        sentence = str(error["ctx"]["error"])
    if not sentence:
        sentence = f"{field}: {error['msg']}."
    return FieldFault(field, code, sentence.format(field=field))


_SENTENCES = {
    "extra_forbidden": ("unknown", "{field} is not a field of this."),
    "missing": ("required", "{field} is missing."),
    "string_type": ("not_text", "{field} must be a text."),
    "int_type": ("not_a_number", "{field} must be a whole number."),
    "int_parsing": ("not_a_number", "{field} must be a whole number."),
    "int_from_float": ("not_a_number", "{field} must be a whole number."),
    "bool_type": ("not_a_switch", "{field} must be true or false."),
    "list_type": ("not_a_list", "{field} must be a list."),
    "string_too_long": ("too_long", "{field} is too long."),
}
