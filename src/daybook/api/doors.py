"""What stands around every operation: HEAD, and the refusals no operation ever sees."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from daybook.api.problems import problem

View = Callable[..., Any]


def behind_doors(patterns: list[URLResolver | URLPattern]) -> list[URLPattern]:
    """Return the same addresses with the same names, each behind a door."""
    return [
        URLPattern(each.pattern, _door(each.callback), each.default_args, each.name)
        for each in patterns
        if isinstance(each, URLPattern) and each.name != "api-root"
    ]


def _door(view: View) -> View:
    @wraps(view)
    def door(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        if "Transfer-Encoding" in request.headers:
            # Its length would only be known at its end, which no WSGI server hands on.
            return problem(411, "length_required", "Send the body with a Content-Length.")
        only_headers = request.method == "HEAD"
        if only_headers:
            # What GET would say, without its content (RFC 9110 section 9.3.2).
            request.method = "GET"
        response: HttpResponse = view(request, *args, **values)
        if response.status_code == 405:
            response = _no_such_method(response.headers.get("Allow", ""))
        if only_headers:
            response.headers["Content-Length"] = str(len(response.content))
            response.content = b""
        return response

    return door


def _no_such_method(allowed: str) -> HttpResponse:
    methods = {each.strip() for each in allowed.split(",") if each.strip()}
    if "GET" in methods:
        methods.add("HEAD")
    listed = ", ".join(sorted(methods))
    return problem(
        405, "no_such_method", f"This address takes {listed}.", headers={"Allow": listed}
    )
