"""/deliveries: what was sent to whom, and what became of it."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, Field

from daybook.api.answers import answer
from daybook.api.caller import Request
from daybook.api.entries import find, for_changing
from daybook.api.entry_calendars import State
from daybook.api.fields import LARGEST_ID
from daybook.api.pages import Page, page, place_of_id
from daybook.api.problems import Refusal
from daybook.ledger.models import LogLine
from daybook.sync import deliveries
from daybook.sync.deliveries import Standing
from daybook.sync.sentences import state_sentence

router = Router(tags=["Deliveries"])


class Delivery(BaseModel):
    """A line of the sync log: one message and what became of it, or a reason for none."""

    id: int
    entry: int
    person: int | None
    address: str
    method: Annotated[str | None, Field(description="REQUEST or CANCEL; null: no message.")]
    uid: str
    sequence: int | None
    state: State
    reason: Annotated[str, Field(description="A code; empty when there is nothing to explain.")]
    sentence: Annotated[str, Field(description="State and reason, for people.")]
    server_reply: Annotated[str, Field(description="What the mail server said.")]
    at: str


class DeliveryList(BaseModel):
    """One page of deliveries."""

    items: list[Delivery]
    next: Annotated[str | None, Field(description="The cursor of the next page; null: no more.")]


class DeliveryFilters(Page):
    """Which deliveries to list. Filters are joined by "and"."""

    entry: Annotated[int | None, Field(ge=1, le=LARGEST_ID, description="An entry's id.")] = None
    person: Annotated[int | None, Field(ge=1, le=LARGEST_ID, description="A person's id.")] = None
    state: Annotated[State | None, Field(description="Only those in this state.")] = None


@router.get("/deliveries", response=DeliveryList, operation_id="listDeliveries")
def list_deliveries(
    request: Request,  # noqa: ARG001 - handed over by name
    filters: Query[DeliveryFilters],
) -> HttpResponse:
    """List what was sent, newest first."""
    found = deliveries.lines(entry=filters.entry, person=filters.person, state=filters.state)
    if (last := place_of_id(filters.cursor)) is not None:
        found = found.filter(pk__lt=last)
    rows, following = page(list(found[: filters.limit + 1]), filters.limit, lambda row: [row.pk])
    standings = deliveries.standings(rows)
    items = [_shown(row, standings[row.pk]) for row in rows]
    return answer({"items": items, "next": following})


@router.get("/deliveries/{id:delivery_id}", response=Delivery, operation_id="getDelivery")
def get_delivery(
    request: Request,  # noqa: ARG001 - handed over by name
    delivery_id: int,
) -> HttpResponse:
    """Return one delivery."""
    return answer(_one(get_object_or_404(LogLine, pk=delivery_id)))


@router.post(
    "/deliveries/{id:delivery_id}/resend",
    response={202: Delivery},
    operation_id="resendDelivery",
)
def resend_delivery(request: Request, delivery_id: int) -> HttpResponse:
    """Send the newest message of a calendar once more, at once; 409 for any other and when over.

    For those who may change the entry.
    """
    line = get_object_or_404(LogLine, pk=delivery_id)
    for_changing(request.auth, find(request.auth, line.entry_id, deleted=True))
    try:
        sent = deliveries.resend(line.pk, by=request.auth.person, now=timezone.now())
    except deliveries.CannotResend as refusal:
        raise Refusal(409, "cannot_resend", refusal.sentence) from None
    return answer(_one(sent), 202, headers={"Location": f"/api/v1/deliveries/{sent.pk}"})


def _one(line: LogLine) -> dict[str, Any]:
    return _shown(line, deliveries.standings([line])[line.pk])


def _shown(line: LogLine, standing: Standing) -> dict[str, Any]:
    return {
        "id": line.pk,
        "entry": line.entry_id,
        "person": line.person_id,
        "address": line.address,
        "method": line.method or None,
        "uid": line.uid,
        "sequence": line.sequence,
        "state": standing.state.value,
        "reason": standing.reason,
        "sentence": state_sentence(standing.state, standing.reason),
        "server_reply": standing.server_reply,
        "at": line.at,
    }
