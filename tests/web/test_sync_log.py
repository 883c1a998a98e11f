"""The sync log says of every message what became of it, and why nothing was sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext
from tests.web.build import a_person, a_type, an_administrator, an_entry, browser, text_of

from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, LogLine
from daybook.people.models import Person
from daybook.sync import deliveries

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
def ada() -> Person:
    a_type()
    return an_administrator()


def a_line(entry: DiaryEntry, person: Person, **more: object) -> LogLine:
    row = Calendar.objects.get(entry_id=entry.pk, address_key=person.email_key)
    columns: dict[str, object] = {
        "entry_id": entry.pk,
        "person_id": person.pk,
        "address": person.email,
        "uid": entry.uid,
        "calendar_id": row.pk,
        "state": "not_sent",
        "reason": "diary_sync_off",
        "at": NOW,
        **more,
    }
    return LogLine.objects.create(**columns)


def test_an_empty_log_says_what_is_needed(ada: Person) -> None:
    assert "Three things are needed" in text_of(browser(ada).get("/sync-log/"))


def test_a_line_says_what_to_whom_and_why(ada: Person) -> None:
    a_line(an_entry(ada), ada)

    words = text_of(browser(ada).get("/sync-log/"))

    assert "Boiler survey Ada – Not sent Diary synchronisation is off for this person." in words


def test_what_a_server_said_is_shown_as_text(ada: Person) -> None:
    a_line(
        an_entry(ada),
        ada,
        state="problem",
        reason="message_refused",
        server_reply="550 <script>alert(1)</script>",
    )

    page = browser(ada).get("/sync-log/").content.decode()

    assert "<script>alert" not in page
    assert "550 &lt;script&gt;" in page


def test_the_filter_leaves_one_state_person_or_entry(ada: Person) -> None:
    ben = a_person("Ben")
    entry, other = an_entry(ada, ben), an_entry(ada, title="Another")
    a_line(entry, ada, state="sent", reason="")
    a_line(entry, ben)
    a_line(other, ada)
    client = browser(ada)

    def shown(query: str) -> list[tuple[str, str]]:
        rows = client.get(f"/sync-log/?{query}").context["shown"]
        return [(row.title, row.to) for row in rows]

    assert shown("state=sent") == [("Boiler survey", "Ada")]
    assert shown(f"person={ben.pk}") == [("Boiler survey", "Ben")]
    assert shown(f"entry={other.pk}") == [("Another", "Ada")]
    assert len(shown("state=nonsense&person=x&before=-1")) == 3


def test_a_long_log_goes_on_on_another_page(ada: Person) -> None:
    entry = an_entry(ada)
    for _ in range(60):
        a_line(entry, ada)
    client = browser(ada)

    first = client.get("/sync-log/")
    rest = client.get("/sync-log/" + first.context["older"])

    assert (len(first.context["shown"]), len(rest.context["shown"])) == (50, 10)
    assert rest.context["older"] == ""


def test_where_nothing_was_sent_nothing_can_be_resent(ada: Person) -> None:
    line = a_line(an_entry(ada), ada)

    answer = browser(ada).post(f"/sync-log/{line.pk}/resend/", follow=True)

    assert "there is nothing to send again" in text_of(answer)
    assert ">Resend</button>" not in answer.content.decode()


def test_who_may_only_look_cannot_resend(ada: Person) -> None:
    line = a_line(an_entry(ada), ada)

    assert browser(a_person("Cleo")).post(f"/sync-log/{line.pk}/resend/").status_code == 403


def test_a_line_that_never_was_is_not_found(ada: Person) -> None:
    assert browser(ada).post("/sync-log/999/resend/").status_code == 404


def test_a_long_log_costs_as_many_queries_as_a_short_one(ada: Person) -> None:
    ben = a_person("Ben")
    client = browser(ada)
    a_line(an_entry(ada, ben), ada)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get("/sync-log/")
        return len(seen)

    few = queries()
    for number in range(10):
        entry = an_entry(ada, ben, title=f"Visit {number}")
        a_line(entry, ada)
        a_line(entry, ben)

    assert queries() == few


def test_the_filter_leaves_the_lines_of_some_days_in_the_readers_zone(ada: Person) -> None:
    Person.objects.update(timezone="Pacific/Auckland")
    entry = an_entry(ada)
    # 23:30 on the 23rd in London is the 24th in Auckland.
    a_line(entry, ada, at=datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    client = browser(ada)

    def lines(query: str) -> int:
        return len(client.get(f"/sync-log/?{query}").context["shown"])

    assert lines("first=2026-11-24&last=2026-11-24") == 1
    assert lines("last=2026-11-23") == 0
    assert lines("first=2026-11-25") == 0
    assert lines("first=yesterday&last=9999-12-31") == 1


def test_the_filter_leaves_entries_by_a_part_of_their_title(ada: Person) -> None:
    a_line(an_entry(ada, title="Boiler survey"), ada)
    a_line(an_entry(ada, title="Call back"), ada)
    client = browser(ada)

    rows = client.get("/sync-log/", {"title": " BOILER"}).context["shown"]

    assert [row.title for row in rows] == ["Boiler survey"]
    hostile = client.get("/sync-log/", {"title": '"><script>x\0%_'})
    assert "<script>x" not in hostile.content.decode()
    assert "No line of the log is like this." in text_of(hostile)


def test_what_is_asked_for_goes_along_to_other_pages(ada: Person) -> None:
    entry = an_entry(ada)
    for _ in range(60):
        a_line(entry, ada)

    page = browser(ada).get(f"/sync-log/?person={ada.pk}&title=boiler&first=2026-11-24")

    rest = browser(ada).get("/sync-log/" + page.context["older"])
    assert len(rest.context["shown"]) == 10
    assert rest.context["asked"].newest == f"?person={ada.pk}&title=boiler&first=2026-11-24"


def test_a_line_leads_to_its_entry_and_to_why(ada: Person) -> None:
    entry = an_entry(ada)
    a_line(entry, ada)

    page = browser(ada).get("/sync-log/").content.decode()

    assert f'href="/entries/{entry.pk}/"' in page
    assert f'href="/entries/{entry.pk}/why/{ada.pk}/"' in page


def test_times_are_said_by_the_readers_clock(ada: Person) -> None:
    a_line(an_entry(ada), ada, at=datetime(2026, 11, 24, 15, 5, tzinfo=UTC))
    assert "24 Nov, 15:05" in text_of(browser(ada).get("/sync-log/"))

    Person.objects.update(clock="12")
    assert "24 Nov, 3:05 pm" in text_of(browser(ada).get("/sync-log/"))


def test_the_few_lines_that_are_not_sent_are_found_by_an_index(ada: Person) -> None:
    columns = model_to_dict(a_line(an_entry(ada), ada, state="sent"), exclude=["id"])
    LogLine.objects.bulk_create([LogLine(**columns) for _ in range(2000)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledger_logline")

    for state in ("waiting", "problem", "not_sent", "withdrawn"):
        assert "log_state" in deliveries.lines(state=state)[:50].explain(), state
