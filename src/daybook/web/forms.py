"""What every form of the pages has in common."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from daybook.people.faults import InvalidInput, Words


class PlainForm(forms.Form):
    """A form that keeps what was typed and says beside each field what is wrong with it."""

    # The verbs' names of fields, where the form asks for the same thing under other names.
    FIELD_OF: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def add_faults(self, trouble: InvalidInput) -> None:
        """Show a verb's refusals at their fields; those without a field go to the top."""
        for fault in trouble.faults:
            name = self.FIELD_OF.get(fault.field, fault.field)
            self.add_error(name if name in self.fields else None, fault.sentence)


def required(sentence: Words) -> dict[str, Words]:
    """Return the messages of a field that must not be empty."""
    return {"required": sentence, "invalid_choice": sentence}
