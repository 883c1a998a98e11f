"""Note where each request comes from, for whatever it changes."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from daybook.people import whence


class Whence:
    """Let what a request changes be recorded with its door and the client's address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        door = "api" if request.path_info.startswith("/api/") else "web"
        with whence.through(door, client_address(request.META)):
            return self.get_response(request)


def client_address(meta: Mapping[str, str]) -> str:
    """Return the address of the client, "" if it has none.

    It is the other end of the connection. Where people reach Daybook by https there is a proxy in
    front, on this machine or its network, and the client is what that proxy wrote last into
    X-Forwarded-For; what stands before it came from the client and proves nothing.
    """
    peer = _address(meta.get("REMOTE_ADDR", ""))
    if settings.DAYBOOK.secure and peer is not None and peer.is_private:
        last = _address(meta.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip())
        return str(last or peer)
    return str(peer or "")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text[:64])
    except ValueError:
        return None
