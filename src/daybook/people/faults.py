"""What a verb of the diary answers when it cannot do what it was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    # A text, or one that is put into the reader's language when it is read.
    Words = str | _StrPromise
else:
    Words = str


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One thing wrong with one field: a code for programs and a sentence for people.

    `field` is "" when the fault belongs to no single field.
    """

    field: str
    code: str
    sentence: str


class InvalidInput(Exception):  # noqa: N818 (it reads as what it says)  # noqa: N818 - an answer to the person, not a breakdown
    """What was typed cannot be saved; nothing has been written."""

    def __init__(self, *faults: FieldFault) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.sentence}" for fault in faults))
        self.faults = faults

    @property
    def missing(self) -> list[str]:
        """Return the codes of the criteria that keep diary synchronisation from being on."""
        return [fault.code for fault in self.faults if fault.field == "diary_sync"]


class NotAllowed(Exception):  # noqa: N818 (it reads as what it says)  # noqa: N818
    """This person may not do this; `sentence` says so."""

    def __init__(self, sentence: Words) -> None:
        self.sentence = str(sentence)
        super().__init__(self.sentence)


class Stale(Exception):  # noqa: N818 (it reads as what it says)  # noqa: N818
    """Somebody else changed it first; `current` is the revision it has now."""

    def __init__(self, current: int) -> None:
        super().__init__(f"it has revision {current} now")
        self.current = current
