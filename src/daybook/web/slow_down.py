"""Saying that something was tried too often, and when to try again."""

from __future__ import annotations

import ipaddress
import math
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from daybook.web.whence import client_address

_A_MINUTE = timedelta(minutes=1)


def network(request: HttpRequest) -> str:
    """Return what counts as one place: the client's address, of IPv6 the /64 it is from."""
    address = client_address(request.META)
    if ":" in address:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    return address


def too_often(request: HttpRequest, until: datetime) -> HttpResponse:
    """Answer 429 with the moment from which another try is judged."""
    seconds = max(1, math.ceil((until - timezone.now()).total_seconds()))
    about = {"until": until, "minutes": math.ceil(seconds / 60)}
    answer = render(request, "429.html", about, status=429)
    answer.headers["Retry-After"] = str(seconds)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def too_often_for_allauth(request: HttpRequest) -> HttpResponse:
    """Answer 429 for the limits that are counted elsewhere, all of them by the minute."""
    return too_often(request, timezone.now() + _A_MINUTE)
