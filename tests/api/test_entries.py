"""Entries through the API, as an integrator writes them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.api import build
from tests.api.build import read

from daybook.api import entry_texts
from daybook.api.entry_rows import Entry
from daybook.entries.models import DiaryEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> build.Caller:
    return build.caller("ada", timezone="Europe/Berlin")


@pytest.fixture
def ben() -> build.Caller:
    return build.caller("ben")


@pytest.fixture
def cleo() -> build.Caller:
    return build.caller("cleo")


def test_a_new_entry_comes_back_whole_with_its_address(
    ada: build.Caller, ben: build.Caller
) -> None:
    kind = build.meeting()

    response = ada.post(
        "/entries",
        build.new_entry(kind, ben.person, ada.person, title=" Survey ", location="Mill Lane 4"),
    )

    made = read(response)
    assert response.status_code == 201
    assert response["Location"] == f"/api/v1/entries/{made['id']}"
    assert response["ETag"] == '"1"'
    assert made == {
        "id": made["id"],
        "uid": DiaryEntry.objects.get().uid,
        "type": kind.pk,
        "title": "Survey",
        "notes": "",
        "location": "Mill Lane 4",
        "start": "2036-03-03T09:00:00+01:00",
        "end": "2036-03-03T10:00:00+01:00",
        "timezone": "Europe/Berlin",
        "all_day": False,
        "repeat": None,
        "assigned": [ben.id, ada.id],
        "creator": ada.id,
        "origin": "person",
        "product": None,
        "state": "open",
        "revision": 1,
    }
    assert read(ada.get(f"/entries/{made['id']}")) == made
    Entry.model_validate(made, strict=True)


def test_people_named_twice_are_on_it_once_in_the_order_they_were_named(
    ada: build.Caller, ben: build.Caller
) -> None:
    sent = build.new_entry(build.meeting(), ben.person, ada.person, ben.person)

    assert read(ada.post("/entries", sent))["assigned"] == [ben.id, ada.id]


def test_an_all_day_entry_has_plain_dates_and_an_end_that_is_not_included(
    ada: build.Caller,
) -> None:
    sent = build.new_entry(build.meeting(), all_day=True, start="2036-03-03", end="2036-03-05")

    made = read(ada.post("/entries", sent))

    assert (made["start"], made["end"], made["all_day"]) == ("2036-03-03", "2036-03-05", True)


def test_a_time_with_offset_is_shown_in_the_zone_of_the_entry(ada: build.Caller) -> None:
    sent = build.new_entry(
        build.meeting(),
        start="2036-07-03T08:00:00Z",
        end="2036-07-03T09:00:00Z",
        timezone="America/New_York",
    )

    made = read(ada.post("/entries", sent))

    assert made["start"] == "2036-07-03T04:00:00-04:00"


@pytest.mark.parametrize(
    ("zone", "night", "first", "second"),
    [
        ("Europe/London", "2036-10-26T01:30:00", "+01:00", "+00:00"),
        ("Australia/Sydney", "2036-04-06T02:30:00", "+11:00", "+10:00"),
    ],
)
def test_a_time_the_clocks_show_twice_is_the_first_unless_its_offset_says_second(
    ada: build.Caller, zone: str, night: str, first: str, second: str
) -> None:
    times = {"start": night, "end": night[:11] + "08:00", "timezone": zone}
    made = read(ada.post("/entries", build.new_entry(build.meeting(), **times)))
    assert made["start"] == night + first

    moved = read(ada.patch(f"/entries/{made['id']}", {"start": night + second}))
    assert moved["start"] == night + second
    kept = read(ada.patch(f"/entries/{made['id']}", {"title": "Later"}))

    assert (kept["start"], kept["end"]) == (night + second, moved["end"])


def test_what_a_patch_leaves_out_stays_as_it_was(ada: build.Caller, ben: build.Caller) -> None:
    made = read(
        ada.post("/entries", build.new_entry(build.meeting(), ada.person, notes="Bring keys"))
    )

    response = ada.patch(f"/entries/{made['id']}", {"start": "2036-03-03T09:30"})

    assert response.status_code == 200
    assert read(response) == made | {"start": "2036-03-03T09:30:00+01:00", "revision": 2}
    assert response["ETag"] == '"2"'


def test_a_new_zone_alone_keeps_what_the_clock_on_the_wall_shows(ada: build.Caller) -> None:
    made = read(ada.post("/entries", build.new_entry(build.meeting())))

    changed = read(ada.patch(f"/entries/{made['id']}", {"timezone": "Europe/London"}))

    assert changed["start"] == "2036-03-03T09:00:00+00:00"


def test_what_was_read_can_be_sent_back_as_it_is(ada: build.Caller) -> None:
    made = read(ada.post("/entries", build.new_entry(build.meeting(), ada.person)))

    response = ada.patch(f"/entries/{made['id']}", made)

    assert (response.status_code, read(response)) == (200, made)


def test_fields_of_the_server_are_ignored_and_others_refused(
    ada: build.Caller, cleo: build.Caller
) -> None:
    made = read(ada.post("/entries", build.new_entry(build.meeting())))
    path = f"/entries/{made['id']}"

    forged = {"creator": cleo.id, "uid": "mine", "origin": "import", "id": 7}
    assert read(ada.patch(path, forged)) == made
    for name in ("deleted_at", "created_by", "sequence", "is_staff", "creator_id", "state_by"):
        refused = ada.patch(path, {name: 1})
        assert refused.status_code == 422
        assert [error["field"] for error in read(refused)["errors"]] == [name]
    assert read(ada.get(path)) == made


def test_only_its_verbs_change_the_state_of_an_entry(ada: build.Caller) -> None:
    made = read(ada.post("/entries", build.new_entry(build.meeting())))
    path = f"/entries/{made['id']}"

    assert ada.patch(path, {"state": "cancelled"}).status_code == 422
    assert read(ada.post(f"{path}/complete"))["state"] == "completed"
    assert read(ada.post(f"{path}/restore"))["state"] == "open"
    assert read(ada.post(f"{path}/cancel"))["state"] == "cancelled"
    assert read(ada.post(f"{path}/restore", {"revision": 4}))["state"] == "open"


def test_a_deleted_entry_is_gone_until_it_is_restored(ada: build.Caller) -> None:
    made = read(ada.post("/entries", build.new_entry(build.meeting())))
    path = f"/entries/{made['id']}"

    deleted = ada.delete(path)

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert ada.get(path).status_code == 404
    assert ada.delete(path).status_code == 404
    assert ada.patch(path, {"title": "x"}).status_code == 404
    assert read(ada.get("/entries"))["items"] == []
    assert ada.post(f"{path}/restore").status_code == 200
    assert ada.get(path).status_code == 200


def test_repeating_entries_are_refused_with_the_field_named(ada: build.Caller) -> None:
    response = ada.post("/entries", build.new_entry(build.meeting(), repeat={"freq": "weekly"}))

    assert response.status_code == 422
    assert read(response)["errors"][0]["field"] == "repeat"


@pytest.mark.parametrize(
    ("times", "field", "code"),
    [
        ({"start": "2036-03-30T01:30", "end": "2036-03-30T03:30"}, "start", "time_does_not_exist"),
        ({"start": "2036-03-03T11:00"}, "end", "ends_before_start"),
        ({"start": "0001-01-01T00:00+14:00"}, "start", "out_of_range"),
        ({"end": "9999-12-31T23:59:59-14:00"}, "end", "out_of_range"),
        ({"start": "2036-02-30T09:00"}, "start", "not_a_time"),
        ({"start": "2036-03-03T24:00"}, "start", "not_a_time"),
        ({"start": "2036-03-03T09:60"}, "start", "not_a_time"),
        ({"timezone": "Europe"}, "timezone", "unknown_zone"),
        ({"timezone": "../../etc/passwd"}, "timezone", "unknown_zone"),
    ],
)
def test_times_nobody_can_mean_are_refused_with_a_reason(
    ben: build.Caller, times: dict[str, Any], field: str, code: str
) -> None:
    response = ben.post("/entries", build.new_entry(build.meeting(), **times))

    assert response.status_code == 422
    assert [(error["field"], error["code"]) for error in read(response)["errors"]] == [
        (field, code)
    ]
    assert not DiaryEntry.objects.exists()


def test_a_change_on_an_old_revision_is_refused_with_the_present_one(ada: build.Caller) -> None:
    made = read(ada.post("/entries", build.new_entry(build.meeting())))
    path = f"/entries/{made['id']}"
    ada.patch(path, {"title": "Second"})

    for refused in (
        ada.patch(path, {"title": "Third", "revision": 1}),
        ada.patch(path, {"title": "Third"}, If_Match='"1"'),
        ada.patch(path, {"title": "Third"}, If_Match='W/"2"'),
        ada.delete(path, If_Match='"1"'),
        ada.call("DELETE", path, {"revision": 1}),
        ada.post(f"{path}/cancel", {"revision": 1}),
    ):
        assert refused.status_code == 409
        assert read(refused)["revision"] == 2
    assert ada.patch(path, {"title": "Third"}, If_Match='"2"').status_code == 200
    assert ada.patch(path, {"title": "Fourth", "revision": 3}).status_code == 200
    assert ada.patch(path, {"title": "Fifth"}, If_Match="*").status_code == 200


def test_whoever_is_not_on_an_entry_may_read_but_not_change_it(
    ada: build.Caller, ben: build.Caller, cleo: build.Caller
) -> None:
    made = read(ada.post("/entries", build.new_entry(build.meeting(), ben.person)))
    path = f"/entries/{made['id']}"

    assert read(cleo.get(path)) == made
    for refused in (
        cleo.patch(path, {"title": "Mine"}),
        cleo.delete(path),
        cleo.post(f"{path}/complete"),
        cleo.post(f"{path}/cancel"),
        cleo.post(f"{path}/restore"),
    ):
        assert refused.status_code == 403
        assert "You may look at this entry" in read(refused)["detail"]
    assert ben.patch(path, {"title": "Ours"}).status_code == 200
    assert build.administrator().patch(path, {"title": "Everybody's"}).status_code == 200


def test_a_service_makes_entries_without_creator_and_changes_only_what_services_made(
    ada: build.Caller,
) -> None:
    importer, kind = build.service(), build.meeting()
    hers = read(ada.post("/entries", build.new_entry(kind)))

    made = read(importer.post("/entries", build.new_entry(kind, ada.person)))

    assert (made["creator"], made["origin"]) == (None, "service")
    assert made["timezone"] == "Europe/Berlin", "the zone of the first person on it"
    assert importer.patch(f"/entries/{made['id']}", {"title": "Moved"}).status_code == 200
    assert importer.get(f"/entries/{hers['id']}").status_code == 200
    assert importer.patch(f"/entries/{hers['id']}", {"title": "Moved"}).status_code == 403
    assert importer.delete(f"/entries/{hers['id']}").status_code == 403
    assert importer.delete(f"/entries/{made['id']}").status_code == 204
    assert importer.post(f"/entries/{made['id']}/restore").status_code == 200


def test_a_list_can_be_narrowed_to_a_time_a_person_a_type_and_words(
    ada: build.Caller, ben: build.Caller
) -> None:
    kind, other = build.meeting(), build.meeting(name="Call")
    ids = [
        read(ada.post("/entries", sent))["id"]
        for sent in (
            build.new_entry(kind, ada.person, title="Survey"),
            build.new_entry(other, ben.person, title="Call the bank"),
            build.new_entry(kind, start="2036-03-04T09:00", end="2036-03-04T10:00"),
        )
    ]

    def found(query: str) -> list[int]:
        return [item["id"] for item in read(ada.get(f"/entries?{query}"))["items"]]

    assert found("") == ids
    assert found("from=2036-03-04") == ids[2:]
    assert found("to=2036-03-04") == ids[:2]
    assert found("from=2036-03-03T09:30:00%2B01:00&to=2036-03-03T09:31:00%2B01:00") == ids[:2]
    assert found("from=2036-03-03T10:00:00+01:00") == ids[2:], "a plus sign left unencoded"
    assert found(f"person={ben.id}") == [ids[1]]
    assert found(f"type={kind.pk}") == [ids[0], ids[2]]
    assert found("q=bank") == [ids[1]]
    assert found(f"q=bank&type={kind.pk}") == []


def test_pages_follow_each_other_without_gap_or_repeat(ada: build.Caller) -> None:
    kind = build.meeting()
    for day in (5, 3, 3, 4, 3):
        start, end = f"2036-03-0{day}T09:00", f"2036-03-0{day}T10:00"
        ada.post("/entries", build.new_entry(kind, start=start, end=end))

    seen: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(3):
        body = read(ada.get(f"/entries?limit=2&cursor={cursor}"))
        seen += body["items"]
        cursor = body["next"]

    assert cursor is None
    assert [item["start"][8:10] for item in seen] == ["03", "03", "03", "04", "05"]
    assert len({item["id"] for item in seen}) == 5


def test_a_long_list_costs_as_few_statements_as_a_short_one(
    ada: build.Caller, ben: build.Caller
) -> None:
    kind = build.meeting()

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert ada.get("/entries?limit=200").status_code == 200
        return len(queries)

    ada.post("/entries", build.new_entry(kind, ada.person))
    ada.get("/entries")
    known = statements()
    for _ in range(20):
        ada.post("/entries", build.new_entry(kind, ada.person, ben.person))

    assert statements() == 4, "the token, the list, the new entries, the people on them"
    assert statements() == known == 2, "the token and the list: the texts are known"


@pytest.mark.parametrize(
    "change", [{"title": "Survey, again"}, {"assigned": []}, {"timezone": "Asia/Tokyo"}]
)
def test_a_list_shows_a_change_at_once(ada: build.Caller, change: dict[str, Any]) -> None:
    made = read(ada.post("/entries", build.new_entry(build.meeting(), ada.person)))
    assert read(ada.get("/entries"))["items"] == [made]

    changed = read(ada.patch(f"/entries/{made['id']}", {**change, "revision": 1}))

    assert changed != made
    assert read(ada.get("/entries"))["items"] == [changed]


def test_what_changes_while_it_is_listed_is_shown_as_it_is_and_kept_under_no_older_name(
    ada: build.Caller,
) -> None:
    made = read(ada.post("/entries", build.new_entry(build.meeting(), ada.person)))
    before = entry_texts.listed(DiaryEntry.objects.all())
    ada.patch(f"/entries/{made['id']}", {"title": "Meanwhile", "revision": 1})

    shown = [orjson.loads(orjson.dumps(text)) for text in entry_texts.texts(before)]

    assert [item["title"] for item in shown] == ["Meanwhile"]
    assert not entry_texts.is_kept(before[0])
