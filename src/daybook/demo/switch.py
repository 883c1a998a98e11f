"""Whether this process is a demo: then, and only then, newcomers may look around."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest

VARIABLE = "DAYBOOK_DEMO"
MARK = "demo.mark"


def is_demo() -> bool:
    """Return whether the demo command made this data folder and started this process.

    The variable alone is not enough: set by mistake on a firm's diary it opens nothing, nor does
    a diary with a public address ever count as a demo.
    """
    if os.environ.get(VARIABLE) != "1" or settings.DAYBOOK.public_url:
        return False
    return (settings.DAYBOOK.data / MARK).exists()


def mark() -> None:
    """Write down that the data folder is a demo's."""
    (settings.DAYBOOK.data / MARK).touch()


def is_open_to(request: HttpRequest) -> bool:
    """Return whether the demo's pages answer this request: it comes from this machine."""
    if not is_demo():
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def mailbox_folder() -> Path:
    """Return where the demo's mail server keeps what it takes."""
    folder: Path = settings.DAYBOOK.data / "mailboxes"
    return folder
