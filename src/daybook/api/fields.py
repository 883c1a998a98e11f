"""The kinds of field this API takes. What they mean is decided by the verbs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

LARGEST_ID = 2**63 - 1


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("A text cannot contain the character NUL.")
    return text


# Longer than any field may be, so that the verb can say how long it may be; not a megabyte.
Text = Annotated[str, Field(max_length=100_000), AfterValidator(_storable)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Input(BaseModel):
    """A JSON object from outside: no unknown names, no converted types."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def given(self, *names: str) -> dict[str, Any]:
        """Return those of `names` that were sent, with their values: absent means unchanged."""
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}


class Question(BaseModel):
    """The query of a list: a name that is not known is refused, not ignored.

    A misspelt filter that is ignored would answer everything.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    @model_validator(mode="before")
    @classmethod
    def _only_known_names(cls, values: Any, info: ValidationInfo) -> Any:
        request = (info.context or {}).get("request")
        asked = set(request.GET) if request is not None else set()
        known = {field.alias or name for name, field in cls.model_fields.items()}
        # The values ninja hands over are picked by name, so the unknown ones are put back.
        return {**dict(values), **dict.fromkeys(asked - known, "")}


class Effect(Question):
    """What a switch does to calendars that hold something already."""

    effect: Annotated[
        Literal["apply", "leave"],
        Field(
            description="apply: calendars follow the switch. leave: they keep what they hold "
            "until the entry is next edited or the switch moves again."
        ),
    ] = "apply"
