"""People and their switches through the API."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.api import build
from tests.api.build import read
from tests.people.build import at_the_same_time

from daybook.api.people import Person as Shape
from daybook.people.models import AuditLine, Person, ServiceOrganiser

pytestmark = pytest.mark.django_db


def test_clock_and_first_day_of_the_week_are_changed_and_judged() -> None:
    ada = build.caller("ada")

    changed = ada.patch(f"/people/{ada.id}", {"clock": "12", "week_start": "sunday"})
    refused = ada.patch(f"/people/{ada.id}", {"clock": "13"})

    assert (read(changed)["clock"], read(changed)["week_start"]) == ("12", "sunday")
    assert refused.status_code == 422


def test_a_new_person_has_everything_off_and_no_password() -> None:
    root = build.administrator()

    response = root.post(
        "/people", {"username": "ada", "forename": "Ada", "email": "Ada@Firm.Example"}
    )

    made = read(response)
    assert response.status_code == 201
    assert response["Location"] == f"/api/v1/people/{made['id']}"
    assert made == {
        "id": made["id"],
        "username": "ada",
        "forename": "Ada",
        "surname": "",
        "active": True,
        "email": "Ada@Firm.Example",
        "timezone": "Europe/London",
        "clock": "24",
        "week_start": "monday",
        "role": "member",
        "calendar_kind": "unknown",
        "email_syncing": False,
        "diary_sync": False,
        "diary_sync_available": False,
        "missing": ["email_syncing_off"],
    }
    Shape.model_validate(made, strict=True)
    assert not Person.objects.get(pk=made["id"]).has_usable_password()


def test_synchronisation_needs_its_criteria_and_says_which_are_missing() -> None:
    ada = build.caller("ada", email="")

    response = ada.patch(f"/people/{ada.id}", {"diary_sync": True})

    assert response.status_code == 422
    assert read(response)["missing"] == ["email_syncing_off", "email_missing"]
    assert {error["field"] for error in read(response)["errors"]} == {"diary_sync"}


def test_the_fields_of_one_patch_are_judged_together() -> None:
    ada = build.caller("ada", email="")

    response = ada.patch(
        f"/people/{ada.id}",
        {"diary_sync": True, "email_syncing": True, "email": "ada@firm.example"},
    )

    assert response.status_code == 200
    assert read(response)["diary_sync"] is True


def test_an_address_another_synchronising_person_has_is_not_unique_in_any_spelling() -> None:
    build.caller("ben", email="Shared@Firm.Example", email_syncing=True, diary_sync=True)
    ada = build.caller("ada", email="shared@firm.example", email_syncing=True)

    response = ada.patch(f"/people/{ada.id}", {"diary_sync": True})

    assert (response.status_code, read(response)["missing"]) == (422, ["email_not_unique"])


def test_an_emptied_address_turns_synchronisation_off() -> None:
    ada = build.caller("ada", email_syncing=True, diary_sync=True)

    response = ada.patch(f"/people/{ada.id}", {"email": ""})

    assert response.status_code == 200
    assert (read(response)["diary_sync"], read(response)["missing"]) == (False, ["email_missing"])


@pytest.mark.parametrize(
    "email",
    [
        "a@x.test\r\nRCPT TO:<e@x.test>",
        "a@x.test\n",
        "a@x.test>",
        "<a@x.test> SIZE=1",
        "a@x.test, d@e.test",
        '"a b"@x.test',
        "a@x.test\u2028X",
        "a@x.te\u2028st",
        "a" * 65 + "@x.test",
        "a@[127.0.0.1]",
        "a@localhost",
        "-oQx@example.org",
        "a@x.test\0",
    ],
)
def test_a_bad_address_is_refused_and_nothing_changes(email: str) -> None:
    ada = build.caller("ada")

    response = ada.patch(f"/people/{ada.id}", {"email": email, "surname": "New"})

    assert response.status_code == 422
    assert {error["field"] for error in read(response)["errors"]} == {"email"}
    ada.person.refresh_from_db() if ada.person else None
    assert (ada.person and ada.person.surname) == "Byrd"


def test_members_see_names_and_their_own_details_administrators_everything() -> None:
    ada, ben, root = build.caller("ada"), build.caller("ben"), build.administrator()

    seen = {item["id"]: item for item in read(ada.get("/people"))["items"]}

    assert seen[ada.id]["email"] == "ada@firm.example"
    assert seen[ben.id] == {
        "id": ben.id,
        "username": "ben",
        "forename": "Ben",
        "surname": "Byrd",
        "active": True,
    }
    assert read(ada.get(f"/people/{ben.id}")) == seen[ben.id]
    assert "firm.example" not in build.service().get("/people").content.decode()
    assert {"email", "role"} <= set(read(root.get(f"/people/{ben.id}")))
    assert all("email" in item for item in read(root.get("/people"))["items"])


def test_a_member_changes_neither_others_nor_the_own_role() -> None:
    ada, ben = build.caller("ada"), build.caller("ben")

    for refused in (
        ada.patch(f"/people/{ben.id}", {"surname": "Mine"}),
        ada.patch(f"/people/{ada.id}", {"role": "administrator"}),
        ada.patch(f"/people/{ada.id}", {"active": False}),
        ada.post("/people", {"username": "eve", "forename": "Eve"}),
        build.service().patch(f"/people/{ben.id}", {"surname": "Mine"}),
        build.service().post("/people", {"username": "eve", "forename": "Eve"}),
    ):
        assert refused.status_code == 403
    assert ada.patch(f"/people/{ada.id}", {"role": "member", "surname": "King"}).status_code == 200
    assert set(Person.objects.values_list("role", flat=True)) == {"member"}


def test_an_administrator_sets_the_details_and_switches_of_anybody() -> None:
    ada, root = build.caller("ada"), build.administrator()

    response = root.patch(
        f"/people/{ada.id}",
        {"role": "administrator", "email_syncing": True, "diary_sync": True, "timezone": "UTC"},
    )

    assert response.status_code == 200
    assert {"role": "administrator", "diary_sync": True}.items() <= read(response).items()
    assert AuditLine.objects.filter(by_id=root.id, what="person_changed").exists()


def test_an_inactive_persons_token_opens_nothing() -> None:
    ada, root = build.caller("ada"), build.administrator()

    assert root.patch(f"/people/{ada.id}", {"active": False}).status_code == 200
    assert ada.get("/people").status_code == 401


def test_nobody_is_deleted() -> None:
    root = build.administrator()

    response = root.delete(f"/people/{root.id}")

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, PATCH")


def test_a_change_on_what_was_read_earlier_is_refused() -> None:
    ada = build.caller("ada")
    path = f"/people/{ada.id}"
    tag = ada.get(path)["ETag"]

    assert ada.patch(path, {"surname": "King"}, If_Match=tag).status_code == 200
    assert ada.patch(path, {"surname": "Queen"}, If_Match=tag).status_code == 409
    assert ada.patch(path, {"surname": "Queen"}, If_Match=ada.get(path)["ETag"]).status_code == 200


def test_fields_nobody_may_set_are_refused_or_ignored_and_the_row_is_equal() -> None:
    ada = build.caller("ada")
    before = Person.objects.filter(pk=ada.id).values().get()

    for name in ("is_staff", "is_superuser", "password", "email_key", "lapse_reason", "groups"):
        assert ada.patch(f"/people/{ada.id}", {name: True}).status_code == 422
    read_only = {"id": 99, "diary_sync_available": True, "missing": []}
    assert ada.patch(f"/people/{ada.id}", read_only).status_code == 200

    assert Person.objects.filter(pk=ada.id).values().get() == before


def test_a_long_list_of_people_costs_as_few_statements_as_a_short_one() -> None:
    root = build.administrator()

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert root.get("/people?limit=200").status_code == 200
        return len(queries)

    root.get("/people")
    short = statements()
    for number in range(20):
        build.someone(f"person{number}")

    assert statements() == short


def test_the_list_tells_what_each_person_is_missing() -> None:
    root = build.administrator(email_syncing=True)
    build.caller("ada", email="x@firm.example", email_syncing=True, diary_sync=True)
    build.caller("ben", email="X@firm.example", email_syncing=True)
    build.caller("cleo", email="desk@firm.example")
    ServiceOrganiser.objects.update_or_create(pk=1, defaults={"address_key": "desk@firm.example"})

    missing = {item["username"]: item["missing"] for item in read(root.get("/people"))["items"]}

    assert missing == {
        "root": [],
        "ada": [],
        "ben": ["email_not_unique"],
        "cleo": ["email_syncing_off", "email_not_unique"],
    }


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_one_address_at_once_one_gets_it() -> None:
    callers = [
        build.caller(f"person{number}", email="Desk@firm.example", email_syncing=True)
        for number in range(12)
    ]

    def take(caller: build.Caller) -> int:
        return int(caller.patch(f"/people/{caller.id}", {"diary_sync": True}).status_code)

    statuses = at_the_same_time([partial(take, caller) for caller in callers])

    assert sorted(map(str, statuses)) == ["200"] + ["422"] * 11
    assert Person.objects.filter(diary_sync=True).count() == 1
