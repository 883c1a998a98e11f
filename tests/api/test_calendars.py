"""What calendars hold, through the API: the file, the explanation, the deliveries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.api import build
from tests.api.build import read
from tests.api.operations import ACCOUNT
from tests.sync.world import World

from daybook.api.deliveries import Delivery
from daybook.api.entry_calendars import CalendarList
from daybook.couriers.courier import AccountTrouble
from daybook.ledger.models import TOLD, Calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> build.Caller:
    """Ada can send."""
    ada = build.caller("ada", email_syncing=True)
    ada.put(f"/people/{ada.id}/mail-account", ACCOUNT)
    return ada


@pytest.fixture
def ben() -> build.Caller:
    return build.synchronising("ben")


def entry_of(ada: build.Caller, *people: build.Caller, **fields: Any) -> str:
    """Return the path of a new entry of Ada's with these people on it."""
    sent = build.new_entry(build.meeting(), *(caller.person for caller in people), **fields)
    return f"/entries/{read(ada.post('/entries', sent))['id']}"


def test_the_download_is_a_calendar_file_nobody_else_keeps(
    ada: build.Caller, ben: build.Caller
) -> None:
    path = entry_of(ada, ben, title='a"; filename="x.html\u0041')

    response = ben.get(f"{path}/calendar.ics")

    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8; method=REQUEST"
    assert response["Content-Disposition"] == 'attachment; filename="diary-2036-03-03.ics"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    text = response.content.decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "mailto:ben@firm.example" in text
    assert "\r\nORGANIZER" in text


def test_the_file_of_an_entrys_creator_has_no_organiser(ada: build.Caller) -> None:
    text = ada.get(f"{entry_of(ada, ada)}/calendar.ics").content.decode()

    assert "ORGANIZER" not in text
    assert "METHOD" not in text


def test_an_entry_that_stays_in_the_diary_has_no_download_and_the_reason_is_told(
    ada: build.Caller,
) -> None:
    kind = build.meeting(synchronise=False)
    entry = read(ada.post("/entries", build.new_entry(kind)))

    response = ada.get(f"/entries/{entry['id']}/calendar.ics")

    assert (response.status_code, read(response)["code"]) == (404, "type_not_synchronised")
    assert response["Content-Type"] == "application/problem+json"
    headers_only = ada.call("HEAD", f"/entries/{entry['id']}/calendar.ics")
    assert (headers_only.status_code, headers_only.content) == (404, b"")


def test_each_calendar_says_where_it_stands_and_why(ada: build.Caller, ben: build.Caller) -> None:
    path = entry_of(ada, ben)
    waiting = read(ada.get(f"{path}/sync"))
    build.send_everything()

    told = read(ada.get(f"{path}/sync"))

    CalendarList.model_validate(told, strict=True)
    by_person = {row["person"]: row for row in told["items"]}
    assert {row["person"]: row["state"] for row in waiting["items"]}[ben.id] == "waiting"
    assert by_person[ben.id] | {"gates": [], "told_at": "", "sentence": ""} == {
        "person": ben.id,
        "address": "ben@firm.example",
        "in_step": True,
        "state": "sent",
        "reason": "",
        "sentence": "",
        "method": "REQUEST",
        "uid": read(ada.get(path))["uid"],
        "sequence": 0,
        "told_at": "",
        "answer": None,
        "gates": [],
    }
    assert all(gate["holds"] for gate in by_person[ben.id]["gates"])
    assert by_person[ada.id]["state"] == "not_sent", "the creator is explained too"
    assert not all(gate["holds"] for gate in by_person[ada.id]["gates"])


def test_a_deleted_entrys_calendars_are_still_explained(
    ada: build.Caller, ben: build.Caller
) -> None:
    path = entry_of(ada, ben)
    build.send_everything()
    ada.delete(path)
    build.send_everything(timezone.now() + timedelta(minutes=5))

    rows = {row["person"]: row for row in read(ada.get(f"{path}/sync"))["items"]}

    assert (rows[ben.id]["state"], rows[ben.id]["method"]) == ("withdrawn", "CANCEL")


def test_deliveries_are_listed_newest_first_and_can_be_narrowed(
    ada: build.Caller, ben: build.Caller
) -> None:
    first = entry_of(ada, ben)
    build.send_everything()
    second = (
        f"/entries/{read(ada.post('/entries', read(ada.get(first)) | {'title': 'Second'}))['id']}"
    )
    build.send_everything()

    listed = read(ada.get("/deliveries"))["items"]

    assert [f"/entries/{line['entry']}" for line in listed] == [second, first]
    for line in listed:
        Delivery.model_validate(line, strict=True)
        assert {"person": ben.id, "state": "sent", "method": "REQUEST"}.items() <= line.items()
        assert read(ada.get(f"/deliveries/{line['id']}")) == line

    def found(query: str) -> list[int]:
        return [line["id"] for line in read(ada.get(f"/deliveries?{query}"))["items"]]

    ids = [line["id"] for line in listed]
    assert found(f"entry={listed[1]['entry']}") == [ids[1]]
    assert found(f"person={ben.id}&state=sent") == ids
    assert found(f"person={ada.id}") == found("state=problem") == []
    page = read(ada.get("/deliveries?limit=1"))
    assert [line["id"] for line in page["items"]] == ids[:1]
    assert found(f"limit=1&cursor={page['next']}") == ids[1:]


def test_a_message_that_waits_for_a_held_account_is_a_problem(
    ada: build.Caller, ben: build.Caller
) -> None:
    path = entry_of(ada, ben)
    World([AccountTrouble("sign_in_refused", "535 5.7.8 no")], now=timezone.now()).run()

    (line,) = read(ada.get("/deliveries?state=problem"))["items"]

    assert read(ada.get("/deliveries?state=waiting"))["items"] == []
    assert read(ada.get(f"/deliveries/{line['id']}")) == line
    assert (line["state"], line["reason"]) == ("problem", "sign_in_refused")
    (row,) = [row for row in read(ada.get(f"{path}/sync"))["items"] if row["person"] == ben.id]
    assert (row["state"], row["reason"]) == (line["state"], line["reason"])


def test_the_newest_message_can_be_sent_again_and_no_other(
    ada: build.Caller, ben: build.Caller
) -> None:
    path = entry_of(ada, ben)
    sent = build.send_everything()
    ada.patch(path, {"title": "Moved"})
    build.send_everything(timezone.now() + timedelta(minutes=5))
    newest, first = [line["id"] for line in read(ada.get("/deliveries"))["items"]]

    again = ada.post(f"/deliveries/{newest}/resend")

    assert (again.status_code, read(again)["state"]) == (202, "waiting")
    refused = ada.post(f"/deliveries/{first}/resend")
    assert (refused.status_code, read(refused)["code"]) == (409, "cannot_resend")
    resent = build.send_everything(timezone.now() + timedelta(minutes=10))
    assert [mail.envelope_to for mail in resent] == [mail.envelope_to for mail in sent]


def test_a_service_resends_only_what_a_service_made(ada: build.Caller, ben: build.Caller) -> None:
    entry_of(ada, ben)
    build.send_everything()
    line = read(ada.get("/deliveries"))["items"][0]["id"]

    assert build.service().post(f"/deliveries/{line}/resend").status_code == 403


def test_many_deliveries_cost_as_few_statements_as_one(
    ada: build.Caller, ben: build.Caller
) -> None:
    path = entry_of(ada, ben)
    build.send_everything()

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert ada.get("/deliveries").status_code == 200
        return len(queries)

    ada.get("/deliveries")
    few = statements()
    people = [build.synchronising(f"person{number}") for number in range(8)]
    ada.patch(path, {"assigned": [person.id for person in people]})
    build.send_everything(timezone.now() + timedelta(minutes=5))

    assert len(read(ada.get("/deliveries"))["items"]) > 8
    assert statements() == few
    assert Calendar.objects.filter(TOLD).count() == 8
