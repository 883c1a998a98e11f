"""A board that is looked at asks whether it is still so, and that costs next to nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.web.build import DAY, a_person, an_administrator, an_entry, browser

from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.ledger.models import Calendar, CalendarState
from daybook.people.models import MailAccount, Person

pytestmark = pytest.mark.django_db
WEEK = f"/?view=week&date={DAY}"


@pytest.fixture
def ada() -> Person:
    return an_administrator()


def version(client: Client, path: str = WEEK) -> str:
    """Return the version of the board a page shows."""
    found: str = client.get(path).context["version"]
    return found


def status(client: Client, shown: str, path: str = WEEK) -> int:
    """Return what a browser that shows this version is answered: 204 if it is still so."""
    return client.get(path, headers={"X-Board": shown}).status_code


def test_nothing_new_is_an_empty_answer_after_one_query(ada: Person) -> None:
    for hour in (8, 10, 12):
        an_entry(ada, hour=hour)
    client = browser(ada)
    shown = version(client)

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(WEEK, headers={"X-Board": shown})

    assert (answer.status_code, answer.content) == (204, b"")
    about_the_diary = [
        query["sql"]
        for query in asked
        if "session" not in query["sql"] and "last_login" not in query["sql"]
    ]
    assert len(about_the_diary) == 1


def test_a_change_in_view_is_noticed(ada: Person) -> None:
    entry = an_entry(ada)
    client, now = browser(ada), datetime.now(UTC)
    shown = version(client)

    changing.change(entry.pk, EntryChanges(title="Roof survey"), by=ada, now=now)
    renamed = version(client)
    changing.delete(entry.pk, by=ada, now=now)

    assert status(client, shown) == 200
    assert status(client, renamed) == 200


def test_a_change_out_of_view_is_not(ada: Person) -> None:
    an_entry(ada)
    client = browser(ada)
    shown = version(client)

    an_entry(ada, day=DAY + timedelta(days=30))

    assert status(client, shown) == 204


def test_what_becomes_of_its_calendars_is_noticed(ada: Person) -> None:
    entry = an_entry(ada, a_person("Ben"))
    client = browser(ada)
    waiting = version(client)

    Calendar.objects.filter(entry_id=entry.pk).update(state=CalendarState.SENT, due_at=None)
    sent = version(client)
    account = MailAccount.objects.create(
        person=ada, host="127.0.0.1", port=25, security="none", from_address=ada.email
    )
    Calendar.objects.update(due_at=datetime.now(UTC), account_id=account.pk)
    waiting_again = version(client)
    MailAccount.objects.update(held_reason="sign_in_refused")
    held = version(client)

    assert waiting_again == waiting
    assert len({waiting, sent, held}) == 3


def test_a_filter_leaves_out_what_it_leaves_out(ada: Person) -> None:
    ben = a_person("Ben")
    an_entry(ada)
    client, only_ben = browser(ada), f"/?view=month&date={DAY}&person={ben.pk}"
    shown = version(client, only_ben)

    an_entry(ada, hour=12)
    assert status(client, shown, only_ben) == 204
    an_entry(ben, hour=12)
    assert status(client, shown, only_ben) == 200


def test_looking_again_does_not_change_the_view_that_is_remembered(ada: Person) -> None:
    client = browser(ada)
    client.get(f"/?view=month&date={DAY}")

    client.get(WEEK, headers={"X-Board": ""})

    assert client.get("/").context["asked"].view == "month"


def test_somebody_signed_out_is_sent_to_sign_in() -> None:
    assert browser().get(WEEK, headers={"X-Board": "x"}).status_code == 302
