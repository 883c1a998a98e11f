"""An entry in calendars: the file to import, and where every calendar stands."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel, Field

from daybook.api.answers import PRIVATE, answer
from daybook.api.caller import Request
from daybook.api.entries import find
from daybook.api.problems import Refusal
from daybook.sync import explain
from daybook.sync.download import NoDownload, download

router = Router(tags=["Calendars"])
State = Literal["waiting", "sent", "problem", "not_sent", "withdrawn"]


class Gate(BaseModel):
    """One thing that must be so for an entry to reach a calendar."""

    gate: str
    holds: bool
    sentence: str


class Calendar(BaseModel):
    """Where one calendar stands."""

    person: Annotated[
        int | None, Field(description="The id of the person; null: nobody's any more.")
    ]
    address: str
    in_step: Annotated[
        bool, Field(description="It was last told what it should hold; nothing is under way.")
    ]
    state: State
    reason: Annotated[str, Field(description="A code; empty when there is nothing to explain.")]
    sentence: Annotated[str, Field(description="State and reason, for people.")]
    method: Annotated[str | None, Field(description="REQUEST or CANCEL, of the last message.")]
    uid: str
    sequence: int | None
    told_at: str | None
    answer: Annotated[str | None, Field(description="What the person answered; null: nothing.")]
    gates: list[Gate]


class CalendarList(BaseModel):
    """The calendars of an entry, all on one page."""

    items: list[Calendar]
    next: None


@router.get(
    "/entries/{id:entry_id}/calendar.ics",
    response={200: None},
    operation_id="downloadEntry",
    openapi_extra={
        "responses": {200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}}
    },
)
def download_entry(request: Request, entry_id: int) -> HttpResponse:
    """Return the entry as a calendar file (RFC 5545) that any calendar program imports.

    404 with the reason as `code` when there is none: entries of its type stay in the diary.
    """
    made = download(find(request.auth, entry_id), request.auth.person, timezone.now())
    if isinstance(made, NoDownload):
        raise Refusal(404, made.code, made.sentence)
    # The name is made of the date alone, so it needs no other form (RFC 6266 section 4.3).
    disposition = f'attachment; filename="{made.filename}"'
    return HttpResponse(
        made.data,
        content_type=made.content_type,
        headers=PRIVATE | {"Content-Disposition": disposition},
    )


@router.get("/entries/{id:entry_id}/sync", response=CalendarList, operation_id="explainEntry")
def explain_entry(request: Request, entry_id: int) -> HttpResponse:
    """Explain, for each calendar of an entry, what it was told and why, or why not.

    There is a row for each person on it, its creator, and each other address ever told; also
    when the entry was deleted.
    """
    entry = find(request.auth, entry_id, deleted=True)
    rows = explain.calendars(entry, timezone.now())
    return answer({"items": [_shown(row) for row in rows], "next": None})


def _shown(row: explain.CalendarShown) -> dict[str, Any]:
    return {
        "person": row.person,
        "address": row.address,
        "in_step": row.in_step,
        "state": str(row.state),
        "reason": row.reason,
        "sentence": row.sentence,
        "method": row.method,
        "uid": row.uid,
        "sequence": row.sequence,
        "told_at": row.told_at,
        "answer": row.answer,
        "gates": [
            {"gate": str(gate.gate), "holds": gate.holds, "sentence": gate.sentence}
            for gate in row.gates
        ],
    }
