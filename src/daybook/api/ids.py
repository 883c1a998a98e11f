"""Ids in addresses: what cannot be one leads nowhere, which is 404."""

from __future__ import annotations

from django.urls.converters import IntConverter

from daybook.api.fields import LARGEST_ID


class IdConverter(IntConverter):
    """A number from 1 to the largest id a database keeps, written in ASCII digits."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        """Return the id; ValueError (no such address) when it is too large."""
        number = int(value)
        if number > LARGEST_ID:
            raise ValueError("no id is that large")
        return number
