"""The addresses of the API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter

from daybook.api.doors import behind_doors
from daybook.api.ids import IdConverter
from daybook.api.openapi import description
from daybook.api.problems import unknown_address
from daybook.api.surface import api

register_converter(IdConverter, "id")

openapi = path("openapi.json", description, name="openapi")

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include((behind_doors([*api.urls[0], openapi]), "api"))),
    re_path("", unknown_address),
]
