"""Every address the product answers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from daybook.api.health import healthz
from daybook.api.problems import bad_request

handler400 = bad_request

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("daybook.web.urls")),
    path("accounts/", include("daybook.web.sign_in")),
    path("api/", include("daybook.api.urls")),
    path("demo/", include("daybook.demo.urls")),
    path("healthz", healthz, name="healthz"),
]
