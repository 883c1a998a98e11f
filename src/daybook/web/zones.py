"""Show times in the zone of the person who looks, and by the clock they read."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from daybook.web import clock


class PersonZone:
    """Activate the signed-in person's zone and clock for the length of one request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            zone = timezone.override(ZoneInfo(request.user.timezone))
            with zone, clock.reading(request.user.clock):
                return self.get_response(request)
        return self.get_response(request)
