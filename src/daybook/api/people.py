"""/people: who is in the diary, and their switches."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, Field

from daybook.api import expected
from daybook.api.answers import answer, content_tag
from daybook.api.caller import Caller, Request
from daybook.api.fields import Effect, Input, Text
from daybook.api.pages import Page, page, place_of_id
from daybook.api.problems import Refusal
from daybook.entries import person_changes
from daybook.people import criteria, service
from daybook.people.details import PersonChanges
from daybook.people.faults import NotAllowed
from daybook.people.models import Person as PersonRow

router = Router(tags=["People"])
_Role = Literal["administrator", "member"]
_Kind = Literal["unknown", "outlook", "google", "apple", "other"]
_Clock = Literal["24", "12"]
_WeekStart = Literal["monday", "sunday", "saturday"]
_SERVERS = "The server's own: taken as it is in answers, and ignored."


class Name(BaseModel):
    """What everybody sees of a person."""

    id: int
    username: str
    forename: str
    surname: str
    active: bool


class Person(Name):
    """A person, as administrators and the person see one."""

    email: str
    timezone: Annotated[str, Field(description="An IANA zone.")]
    clock: Annotated[_Clock, Field(description="Hours of the clock on this person's pages.")]
    week_start: _WeekStart
    role: _Role
    calendar_kind: _Kind
    email_syncing: Annotated[
        bool, Field(description="Whether Daybook may use the address and the mail account.")
    ]
    diary_sync: Annotated[
        bool, Field(description="Whether entries appear in this person's own calendar.")
    ]
    diary_sync_available: Annotated[
        bool, Field(description="Whether diary_sync may be on: `missing` is empty.")
    ]
    missing: Annotated[
        list[Literal["email_syncing_off", "email_missing", "email_invalid", "email_not_unique"]],
        Field(description="What stands in the way of diary_sync."),
    ]


class PersonList(BaseModel):
    """One page of people."""

    items: list[Person | Name]
    next: Annotated[str | None, Field(description="The cursor of the next page; null: no more.")]


class _PersonFields(Input):
    surname: Text = ""
    email: Annotated[Text, Field(description="One address; empty for none.")] = ""
    timezone: Annotated[Text, Field(description="An IANA zone.")] = "Europe/London"
    clock: _Clock = "24"
    week_start: _WeekStart = "monday"
    role: _Role = "member"
    calendar_kind: _Kind = "unknown"
    active: bool = True
    email_syncing: bool = False
    diary_sync: bool = False
    id: Annotated[Any, Field(description=_SERVERS)] = None
    diary_sync_available: Annotated[Any, Field(description=_SERVERS)] = None
    missing: Annotated[Any, Field(description=_SERVERS)] = None

    def changes(self) -> PersonChanges:
        """Return the fields that were sent."""
        return PersonChanges(
            **self.given(
                *("username", "forename", "surname", "email", "timezone", "clock"),
                *("week_start", "role", "calendar_kind", "active", "email_syncing", "diary_sync"),
            )
        )


class NewPerson(_PersonFields):
    """A person to add. Nobody can sign in until a password is set."""

    username: Text
    forename: Text


class PersonPatch(_PersonFields):
    """What to change of a person; what is absent stays. The fields are judged together."""

    username: Text = ""
    forename: Text = ""


@router.get("/people", response=PersonList, operation_id="listPeople")
def list_people(request: Request, asked: Query[Page]) -> HttpResponse:
    """List everybody, also who is not active. Members see names, administrators everything."""
    found = PersonRow.objects.order_by("id")
    if (last := place_of_id(asked.cursor)) is not None:
        found = found.filter(pk__gt=last)
    people, following = page(list(found[: asked.limit + 1]), asked.limit, lambda row: [row.pk])
    seen = [person for person in people if request.auth.sees_address_of(person.pk)]
    missing = criteria.missing_of(seen)
    items = [
        _details(person, missing[person.pk]) if person.pk in missing else _name(person)
        for person in people
    ]
    return answer({"items": items, "next": following})


@router.post("/people", response={201: Person}, operation_id="createPerson")
def create_person(request: Request, payload: NewPerson) -> HttpResponse:
    """Add a person. For administrators."""
    by = request.auth.administrator()
    person = person_changes.save_person(None, payload.changes(), by=by, now=timezone.now())
    return _whole(person, request.auth, 201)


@router.get("/people/{id:person_id}", response=Person | Name, operation_id="getPerson")
def get_person(request: Request, person_id: int) -> HttpResponse:
    """Return a person: the name alone, unless it is oneself or an administrator asks."""
    return _whole(get_object_or_404(PersonRow, pk=person_id), request.auth)


@router.patch("/people/{id:person_id}", response=Person, operation_id="changePerson")
def change_person(
    request: Request, person_id: int, payload: PersonPatch, asked: Query[Effect]
) -> HttpResponse:
    """Change a person's details and switches: one's own, or anybody's by an administrator.

    Turning diary_sync on against the criteria is 422 with `missing`. A criterion that is lost
    while it is on (the address emptied, say) turns it off, and the answer shows that.
    """
    caller = request.auth
    with transaction.atomic():
        # First, as every change of a person does: two that lock in another order would wait for
        # each other.
        service.lock()
        person = get_object_or_404(PersonRow.objects.select_for_update(), pk=person_id)
        if caller.person is None:
            raise NotAllowed("A service may look at people, but not change them.")
        if not expected.matches(request, _tag(person, caller)):
            raise Refusal(409, "stale", "Somebody changed this person meanwhile. Read it again.")
        changed = person_changes.save_person(
            person.pk,
            payload.changes(),
            by=caller.person,
            effect=asked.effect,
            now=timezone.now(),
        )
    return _whole(changed, caller)


def _shown(person: PersonRow, caller: Caller) -> dict[str, Any]:
    if not caller.sees_address_of(person.pk):
        return _name(person)
    return _details(person, criteria.missing(person))


def _name(person: PersonRow) -> dict[str, Any]:
    return {
        "id": person.pk,
        "username": person.username,
        "forename": person.forename,
        "surname": person.surname,
        "active": person.is_active,
    }


def _details(person: PersonRow, missing: list[str]) -> dict[str, Any]:
    return _name(person) | {
        "email": person.email,
        "timezone": person.timezone,
        "clock": person.clock,
        "week_start": person.week_start,
        "role": person.role,
        "calendar_kind": person.calendar_kind,
        "email_syncing": person.email_syncing,
        "diary_sync": person.diary_sync,
        "diary_sync_available": not missing,
        "missing": missing,
    }


def _tag(person: PersonRow, caller: Caller) -> str:
    return content_tag(_shown(person, caller))


def _whole(person: PersonRow, caller: Caller, status: int = 200) -> HttpResponse:
    shown = _shown(person, caller)
    headers = {"ETag": content_tag(shown)}
    if status == 201:
        headers["Location"] = f"/api/v1/people/{person.pk}"
    return answer(shown, status, headers=headers)
