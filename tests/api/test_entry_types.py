"""Diary entry types through the API."""

from __future__ import annotations

import pytest
from tests.api import build
from tests.api.build import read

from daybook.entries.models import DiaryEntryType

pytestmark = pytest.mark.django_db


def test_a_new_type_stays_in_the_diary_unless_it_is_said_otherwise() -> None:
    root = build.administrator()

    response = root.post("/entry-types", {"name": "Reminder"})

    made = read(response)
    assert response.status_code == 201
    assert response["Location"] == f"/api/v1/entry-types/{made['id']}"
    assert made == {
        "id": made["id"],
        "name": "Reminder",
        "colour": "blue",
        "synchronise": False,
        "disclosure": "full",
    }
    assert read(root.get("/entry-types")) == {"items": [made], "next": None}


def test_a_switch_can_be_turned_with_and_without_effect_on_calendars() -> None:
    root, kind = build.administrator(), build.meeting()
    path = f"/entry-types/{kind.pk}"

    assert read(root.patch(f"{path}?effect=leave", {"synchronise": False}))["synchronise"] is False
    assert read(root.patch(f"{path}?effect=apply", {"synchronise": True}))["synchronise"] is True
    assert root.patch(f"{path}?effect=perhaps", {"synchronise": False}).status_code == 422
    kind.refresh_from_db()
    assert kind.synchronise


def test_a_type_in_use_cannot_be_deleted() -> None:
    root, kind = build.administrator(), build.meeting()
    entry = read(root.post("/entries", build.new_entry(kind)))
    path = f"/entry-types/{kind.pk}"

    refused = root.delete(path)

    assert (refused.status_code, read(refused)["code"]) == (409, "in_use")
    unused = root.post("/entry-types", {"name": "Unused"})["Location"].removeprefix("/api/v1")
    assert root.delete(unused).status_code == 204
    assert root.get(unused).status_code == 404
    assert root.get(path).status_code == 200
    assert entry["type"] == kind.pk


def test_an_old_revision_of_a_type_is_refused() -> None:
    root, kind = build.administrator(), build.meeting()
    path = f"/entry-types/{kind.pk}"
    tag = root.get(path)["ETag"]

    assert root.patch(path, {"colour": "red"}, If_Match=tag).status_code == 200
    stale = root.patch(path, {"colour": "green"}, If_Match=tag)
    assert (stale.status_code, read(stale)["revision"]) == (409, 2)
    assert root.delete(path, If_Match=tag).status_code == 409


def test_two_types_cannot_share_a_name() -> None:
    root = build.administrator()
    build.meeting(name="Meeting")

    response = root.post("/entry-types", {"name": "meeting"})

    assert response.status_code == 422
    assert read(response)["errors"][0]["field"] == "name"
    assert DiaryEntryType.objects.count() == 1


def test_types_come_in_pages() -> None:
    ada = build.caller("ada")
    ids = [build.meeting(name=name).pk for name in ("C", "A", "B")]

    first = read(ada.get("/entry-types?limit=2"))
    second = read(ada.get(f"/entry-types?limit=2&cursor={first['next']}"))

    assert [item["id"] for item in first["items"] + second["items"]] == ids
    assert second["next"] is None
