"""Where somebody goes back to after a deed: the page it was done on."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest) -> str:
    """Return the page the posted `back` names if it is one of this diary, else the first page."""
    asked = request.POST.get("back", "")
    return asked if is_here(asked) else reverse("diary")


def is_here(address: str) -> bool:
    """Return True for a path of this diary, with or without a question.

    No part of it can be taken for another host, a scheme or the name of a route.
    """
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, None)
