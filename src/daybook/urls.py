"""Every address the product answers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from daybook.api.health import healthz
from daybook.api.metrics import metrics
from daybook.api.problems import bad_request
from daybook.web.error_pages import server_error
from daybook.web.slow_down import too_often_for_allauth

handler400 = bad_request
handler500 = server_error
handler429 = too_often_for_allauth

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("daybook.web.urls")),
    path("accounts/", include("daybook.web.sign_in")),
    path("api/", include("daybook.api.urls")),
    path("demo/", include("daybook.demo.urls")),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
]
