"""Who may open a page, and how it says no."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from daybook.people.faults import NotAllowed, Words
from daybook.people.models import Person

P = ParamSpec("P")
ADMINISTRATORS_ONLY = gettext_lazy("Only an administrator may open this page.")


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in. `htmx` is true when a script asks for a part."""

    user: Person
    htmx: HtmxDetails


View = Callable[Concatenate[PersonRequest, P], HttpResponse]


def page(
    *methods: str, administrators: bool = False
) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """Make a function a page for people who are signed in; others are sent to sign in.

    `methods` are those it answers (HEAD comes with GET). NotAllowed, raised by a verb, becomes a
    403 page with its sentence. Nothing is kept by browsers or between.
    """

    def with_door(view: View[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def door(request: PersonRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if administrators and not request.user.is_administrator:
                return refuse(request, ADMINISTRATORS_ONLY)
            try:
                return view(request, *args, **kwargs)
            except NotAllowed as no:
                return refuse(request, no.sentence)

        answered = [*methods, "HEAD"] if "GET" in methods else list(methods)
        return never_cache(login_required(require_http_methods(answered)(door)))

    return with_door


def wants_json(request: HttpRequest) -> bool:
    """Return whether a script asks, and draws the answer itself."""
    return request.headers.get("Accept") == "application/json"


def refuse(request: HttpRequest, sentence: Words) -> HttpResponse:
    """Answer that this person may not do this, with the reason."""
    return render(request, "403.html", {"sentence": sentence}, status=403)
