"""The difference between "leave it as it is" and "make it empty"."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Unset(Enum):
    """The type of a field a change does not mention."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
