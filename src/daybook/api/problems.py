"""Every refusal as a problem (RFC 9457): one form, for programs and for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from http import HTTPStatus

import orjson
from django.http import HttpRequest, HttpResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from daybook.people.faults import FieldFault

# What a client should wait when the database was busy; writers hold it for milliseconds.
RETRY_AFTER_SECONDS = 2


class Refusal(Exception):  # noqa: N818 - it is no error
    """A request that cannot be done, raised by a door; nothing has been written."""

    def __init__(
        self, status: int, code: str, sentence: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.retry_after = retry_after

    def answer(self) -> HttpResponse:
        """Return the refusal as a problem."""
        wait = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return problem(self.status, self.code, self.sentence, headers=wait)


def problem(
    status: int,
    code: str,
    sentence: str,
    *,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, object] | None = None,
) -> HttpResponse:
    """Return the answer `status` as application/problem+json.

    `code` is for programs and never changes its meaning, `sentence` is for people. `members`
    are further members of the problem (RFC 9457 section 3.2).
    """
    return HttpResponse(
        orjson.dumps(
            {
                "type": "about:blank",
                "title": HTTPStatus(status).phrase,
                "status": status,
                "detail": sentence,
                "code": code,
                **(members or {}),
            }
        ),
        status=status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        | dict(headers or {}),
    )


def invalid(faults: Iterable[FieldFault], missing: Iterable[str] = ()) -> HttpResponse:
    """Return 422 that names every field that is wrong, and why.

    `missing` are the codes of unmet criteria, if diary synchronisation was asked for.
    """
    listed, unmet = list(faults), list(missing)
    sentence = " ".join(
        f"{fault.field}: {fault.sentence}" if fault.field else fault.sentence for fault in listed
    )
    members: dict[str, object] = {"errors": [asdict(fault) for fault in listed]}
    if unmet:
        members["missing"] = unmet
    return problem(422, "invalid", sentence, members=members)


def not_found() -> HttpResponse:
    """Return the same 404 for what does not exist and for what the caller may not see."""
    return problem(404, "not_found", "There is nothing here, or nothing you may see.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what the framework refuses before any address is looked up, such as a wrong Host.

    Below /api/ it is a problem as well, elsewhere the page for people.
    """
    if request.path_info.startswith("/api/"):
        return problem(400, "bad_request", "The request could not be understood.")
    return defaults.bad_request(request, exception)


@csrf_exempt
def unknown_address(_: HttpRequest) -> HttpResponse:
    """Answer every address under /api/ that is no operation."""
    return problem(404, "not_found", "There is no such address in this API.")
