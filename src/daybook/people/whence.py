"""Where a change came from: by which door, and from which address.

Known to whoever opens the door (a request, a command) and wanted by the audit trail far below, so
it is kept beside the running thread of work instead of being handed through every verb.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy

# The ways into the diary, and how people read them.
DOORS = [
    ("web", gettext_lazy("Pages")),
    ("api", "API"),
    ("command", gettext_lazy("Command line")),
    ("", gettext_lazy("Daybook itself")),
]


@dataclass(frozen=True, slots=True)
class Whence:
    """One of DOORS, the client's address ("" where there is none), and who speaks if no person.

    `speaker` names a caller without a person, such as a service's token.
    """

    door: str = ""
    address: str = ""
    speaker: str = "Daybook"


_NOWHERE = Whence()
_whence: ContextVar[Whence] = ContextVar("whence", default=_NOWHERE)


def here() -> Whence:
    """Return where what happens at this moment comes from."""
    return _whence.get()


@contextmanager
def through(door: str, address: str = "") -> Iterator[None]:
    """Let everything inside have come by `door` from `address`."""
    before = _whence.set(Whence(door, address))
    try:
        yield
    finally:
        _whence.reset(before)


def speak_as(name: str) -> None:
    """Name who speaks until the door closes, for a caller who is no person."""
    _whence.set(replace(_whence.get(), speaker=name))
