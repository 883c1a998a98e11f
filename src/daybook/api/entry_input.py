"""What may be sent for an entry, and what it means for the verbs."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from daybook.api.caller import Caller
from daybook.api.fields import Id, Input, Number, Text
from daybook.calendaring.event import Span
from daybook.entries import times
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.people.faults import FieldFault, InvalidInput
from daybook.people.models import Person

_Assigned = Annotated[list[Id], Field(max_length=1000)]
_SERVERS = "The server's own: taken as it is in answers, and ignored."


class _EntryFields(Input):
    """What both making and changing an entry take."""

    notes: Annotated[Text, Field(description="Plain text.")] = ""
    location: Annotated[Text, Field(description="Where it is.")] = ""
    timezone: Annotated[
        Text | None,
        Field(description="An IANA zone; without one the entry's own, or the caller's."),
    ] = None
    all_day: Annotated[bool, Field(description="Whole days: `start` and `end` are dates.")] = False
    assigned: Annotated[
        _Assigned, Field(description="Ids of people, in order; replaces who is on it.")
    ] = Field(default_factory=list)
    repeat: Annotated[None, Field(description="Null: entries do not repeat yet.")] = None
    product: Annotated[None, Field(description="Null: there are no products yet.")] = None
    revision: Annotated[
        Number | None, Field(description="The revision you have read; 409 if it is another now.")
    ] = None
    state: Annotated[
        Literal["open", "completed", "cancelled"] | None,
        Field(description="Only the state it has; complete, cancel and restore change it."),
    ] = None
    id: Annotated[Any, Field(description=_SERVERS)] = None
    uid: Annotated[Any, Field(description=_SERVERS)] = None
    creator: Annotated[Any, Field(description=_SERVERS)] = None
    origin: Annotated[Any, Field(description=_SERVERS)] = None


class NewEntry(_EntryFields):
    """An entry to make."""

    type: Annotated[Id, Field(description="The id of a diary entry type.")]
    title: Annotated[Text, Field(description="One line.")]
    start: Annotated[
        Text, Field(description="A local time, with or without offset; a date when all-day.")
    ]
    end: Annotated[
        Text | None, Field(description="Not included; may be left out for one whole day.")
    ] = None


class EntryPatch(_EntryFields):
    """What to change of an entry; what is absent stays as it is."""

    type: Annotated[Id, Field(description="The id of a diary entry type.")] = 1
    title: Annotated[Text, Field(description="One line.")] = ""
    start: Annotated[Text, Field(description="As for a new entry.")] = ""
    end: Annotated[Text, Field(description="Not included.")] = ""


class Expectation(Input):
    """What the caller believes it is changing."""

    revision: Annotated[Number | None, Field(description="409 if it is another now.")] = None


def draft(sent: NewEntry | EntryPatch, caller: Caller, entry: DiaryEntry | None) -> EntryChanges:
    """Return what was sent as changes; `entry` is the one to change, None for a new one.

    Times are read when the entry is locked, because a part of them may be all that was sent.
    Raises InvalidInput for a state only a verb may give.
    """
    if sent.state is not None and sent.state != (entry.state if entry else "open"):
        sentence = "Use /complete, /cancel or /restore to change the state."
        raise InvalidInput(FieldFault("state", "not_here", sentence))
    changes = sent.given("title", "notes", "location", "assigned")
    if "type" in sent.model_fields_set:
        changes["type_id"] = sent.type
    when = sent.given("start", "end", "timezone", "all_day")
    if when or entry is None:
        changes["span"] = partial(_span, when, _zone(sent, caller))
    return EntryChanges(**changes)


def _span(when: dict[str, Any], zone: str, present: Span | None) -> Span:
    return times.read_span(
        start=when.get("start"),
        end=when.get("end"),
        timezone=when.get("timezone"),
        all_day=when.get("all_day"),
        default_zone=zone,
        keep=present,
    )


def _zone(sent: NewEntry | EntryPatch, caller: Caller) -> str:
    """Return the caller's zone; for a service the first assigned person's, or else UTC."""
    if caller.person is not None:
        return caller.person.timezone
    first = Person.objects.filter(pk=sent.assigned[0]).first() if sent.assigned else None
    return first.timezone if first else "UTC"
