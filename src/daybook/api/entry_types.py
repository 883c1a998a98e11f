"""/entry-types: what kinds of entry there are, and which may leave the diary."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, Field

from daybook.api import expected
from daybook.api.answers import answer, done, tag
from daybook.api.caller import Request
from daybook.api.fields import Effect, Input, Number, Text
from daybook.api.pages import Page, page, place_of_id
from daybook.api.problems import Refusal
from daybook.entries import types
from daybook.entries.models import DiaryEntryType
from daybook.people.faults import InvalidInput

router = Router(tags=["Diary entry types"])
_Disclosure = Literal["full", "title", "busy"]


class EntryType(BaseModel):
    """A diary entry type."""

    id: int
    name: str
    colour: str
    synchronise: Annotated[
        bool, Field(description="Whether entries of this type may leave the diary.")
    ]
    disclosure: Annotated[
        _Disclosure,
        Field(description="How much leaves: everything; title, time and people; or only 'Busy'."),
    ]


class EntryTypeList(BaseModel):
    """One page of diary entry types."""

    items: list[EntryType]
    next: Annotated[str | None, Field(description="The cursor of the next page; null: no more.")]


class _TypeFields(Input):
    colour: Annotated[Text, Field(description="The name of a colour, such as blue.")] = "blue"
    synchronise: bool = False
    disclosure: _Disclosure = "full"
    revision: Annotated[
        Number | None, Field(description="The revision you have read; 409 if it is another now.")
    ] = None
    id: Annotated[Any, Field(description="The server's own; ignored.")] = None

    def changes(self) -> dict[str, Any]:
        return self.given("name", "colour", "synchronise", "disclosure")


class NewEntryType(_TypeFields):
    """A diary entry type to make."""

    name: Text


class EntryTypePatch(_TypeFields):
    """What to change of a type; what is absent stays as it is."""

    name: Text = ""


@router.get("/entry-types", response=EntryTypeList, operation_id="listEntryTypes")
def list_entry_types(
    request: Request,  # noqa: ARG001 - handed over by name
    asked: Query[Page],
) -> HttpResponse:
    """List the diary entry types in the order they were made."""
    found = DiaryEntryType.objects.order_by("id")
    if (last := place_of_id(asked.cursor)) is not None:
        found = found.filter(pk__gt=last)
    rows, following = page(list(found[: asked.limit + 1]), asked.limit, lambda row: [row.pk])
    return answer({"items": [_shown(row) for row in rows], "next": following})


@router.post("/entry-types", response={201: EntryType}, operation_id="createEntryType")
def create_entry_type(request: Request, payload: NewEntryType) -> HttpResponse:
    """Make a diary entry type. For administrators."""
    by = request.auth.administrator()
    return _whole(types.create_type(types.TypeChanges(**payload.changes()), by=by), 201)


@router.get("/entry-types/{id:type_id}", response=EntryType, operation_id="getEntryType")
def get_entry_type(
    request: Request,  # noqa: ARG001 - handed over by name
    type_id: int,
) -> HttpResponse:
    """Return one diary entry type; its ETag is its revision."""
    return _whole(get_object_or_404(DiaryEntryType, pk=type_id))


@router.patch("/entry-types/{id:type_id}", response=EntryType, operation_id="changeEntryType")
def change_entry_type(
    request: Request, type_id: int, payload: EntryTypePatch, asked: Query[Effect]
) -> HttpResponse:
    """Change a type. Switching it off withdraws its entries from calendars. For administrators.

    With `effect=leave` calendars keep what they hold until an entry is next edited.
    """
    kind = get_object_or_404(DiaryEntryType, pk=type_id)
    by = request.auth.administrator()
    expects = expected.revision(request, payload.revision, kind.revision)
    return _whole(
        types.change_type(
            kind.pk,
            types.TypeChanges(**payload.changes()),
            by=by,
            expected=expects,
            effect=asked.effect,
            now=timezone.now(),
        )
    )


@router.delete("/entry-types/{id:type_id}", response={204: None}, operation_id="deleteEntryType")
def delete_entry_type(request: Request, type_id: int) -> HttpResponse:
    """Delete a type no entry was ever of; 409 otherwise. For administrators."""
    kind = get_object_or_404(DiaryEntryType, pk=type_id)
    by = request.auth.administrator()
    expected.revision(request, None, kind.revision)
    try:
        types.delete_type(kind.pk, by=by)
    except InvalidInput as fault:
        raise Refusal(409, "in_use", fault.faults[0].sentence) from None
    return done()


def _shown(kind: DiaryEntryType) -> dict[str, Any]:
    return {
        "id": kind.pk,
        "name": kind.name,
        "colour": kind.colour,
        "synchronise": kind.synchronise,
        "disclosure": kind.disclosure,
    }


def _whole(kind: DiaryEntryType, status: int = 200) -> HttpResponse:
    headers = {"ETag": tag(kind.revision)}
    if status == 201:
        headers["Location"] = f"/api/v1/entry-types/{kind.pk}"
    return answer(_shown(kind), status, headers=headers)
