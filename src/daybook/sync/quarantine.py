"""A restored database sends nothing until somebody has looked at it and releases it."""

from __future__ import annotations

from daybook.sync.models import Quarantine


def is_on() -> bool:
    """Return whether this database was restored and not released since."""
    return Quarantine.objects.exists()
