"""What could not be sent is sent again from the sync log, and really arrives."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.sync.world import World, to
from tests.web.build import a_person, an_administrator, an_entry, browser, text_of

from daybook.couriers.courier import AccountTrouble, Refused
from daybook.entries import person_changes
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import LogLine
from daybook.people.accounts import AccountInput
from daybook.people.models import AuditLine, MailAccount, Person

pytestmark = pytest.mark.django_db

ACCOUNT = AccountInput("smtp.firm.example", 587, "starttls", "ada", "secret")
REFUSED = Refused("message_refused", "554 5.7.1 <b>not today</b>")
NO_SIGN_IN = AccountTrouble("sign_in_refused", "535 5.7.8 no")
BEN = "ben@firm.example"


@pytest.fixture
def ada() -> Person:
    ada = an_administrator()
    person_changes.set_mail_account(ada, ACCOUNT, by=None, now=datetime.now(UTC))
    return ada


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


def bens(ada: Person, ben: Person, *titles: str) -> list[DiaryEntry]:
    return [an_entry(ben, creator=ada, title=title) for title in titles or ("Boiler survey",)]


def a_world(*script: AccountTrouble | Refused) -> World:
    return World(script, now=datetime.now(UTC))


def states(client: object, query: str = "") -> list[tuple[str, str]]:
    page = client.get(f"/sync-log/{query}")  # type: ignore[attr-defined]
    return [(row.title, row.state.value) for row in page.context["shown"]]


def test_a_refused_message_is_sent_again_by_its_button(ada: Person, ben: Person) -> None:
    bens(ada, ben)
    world = a_world(REFUSED)
    world.run()
    line = LogLine.objects.get()
    client = browser(ada)
    assert states(client) == [("Boiler survey", "problem")]

    answer = client.post(f"/sync-log/{line.pk}/resend/?state=problem&person={ben.pk}", follow=True)

    assert "It is on its way again." in text_of(answer)
    assert answer.redirect_chain[-1][0] == f"/sync-log/?state=problem&person={ben.pk}"
    assert to(world.run(minutes=1)) == [BEN]
    assert states(client) == [("Boiler survey", "sent")]


def test_where_the_answer_leads_is_never_what_the_address_claims(ada: Person, ben: Person) -> None:
    bens(ada, ben)
    a_world(REFUSED).run()
    path = f"/sync-log/{LogLine.objects.get().pk}/resend/"

    answer = browser(ada).post(path + "?state=//evil.example&title=%0d%0aX: y&next=//evil.example")

    assert answer["Location"] == "/sync-log/?title=X%3A+y"


def test_all_problems_of_a_person_are_sent_again_at_once(ada: Person, ben: Person) -> None:
    bens(ada, ben, "Boiler survey", "Roof survey", "Call")
    world = a_world(REFUSED, REFUSED)
    world.run()
    client = browser(ada)
    page = client.get(f"/sync-log/?person={ben.pk}")
    assert "2 messages to Ben could not be sent." in text_of(page)
    assert "Resend all problems for Ben" in text_of(page)

    answer = client.post(f"/sync-log/people/{ben.pk}/resend/?person={ben.pk}", follow=True)

    assert "2 messages are on the way to Ben again." in text_of(answer)
    assert "Resend all problems" not in text_of(answer)
    assert to(world.run(minutes=1)) == [BEN, BEN]
    assert AuditLine.objects.filter(what="message_resent").count() == 2
    again = client.post(f"/sync-log/people/{ben.pk}/resend/", follow=True)
    assert "There was nothing to send to Ben again." in text_of(again)


def test_a_member_resends_all_of_their_own_problems_and_nobody_elses(
    ada: Person, ben: Person
) -> None:
    bens(ada, ben)
    world = a_world(REFUSED)
    world.run()
    cleo = a_person("Cleo")

    assert browser(cleo).post(f"/sync-log/people/{ben.pk}/resend/").status_code == 403
    assert "Resend all" not in text_of(browser(cleo).get(f"/sync-log/?person={ben.pk}"))
    assert "Resend all problems for Ben" in text_of(browser(ben).get("/sync-log/"))
    answer = browser(ben).post(f"/sync-log/people/{ben.pk}/resend/", follow=True)

    assert "1 message is on the way to Ben again." in text_of(answer)
    assert to(world.run(minutes=1)) == [BEN]


def test_one_line_that_may_not_be_sent_again_does_not_hold_up_the_others(
    ada: Person, ben: Person
) -> None:
    survey, _ = bens(ada, ben, "Boiler survey", "Roof survey")
    world = a_world(REFUSED, REFUSED)
    world.run()
    # Somebody took Ben off it meanwhile: he may only look at it now.
    survey.assignments.all().delete()

    answer = browser(ben).post(f"/sync-log/people/{ben.pk}/resend/", follow=True)

    said = text_of(answer)
    assert "1 message is on the way to Ben again." in said
    assert "1 problem is left." in said


@pytest.mark.usefixtures("ada")
def test_resending_for_nobody_is_not_found(ada: Person) -> None:
    client = browser(ada)

    assert client.post("/sync-log/people/999/resend/").status_code == 404
    assert client.get(f"/sync-log/people/{ada.pk}/resend/").status_code == 405


def test_an_older_message_cannot_be_sent_again_and_says_why(ada: Person, ben: Person) -> None:
    (survey,) = bens(ada, ben)
    world = a_world()
    world.run()
    survey.refresh_from_db()
    client = browser(ada)
    client.post(f"/entries/{survey.pk}/cancel/", {"revision": survey.revision})
    world.run()

    newest, oldest = client.get("/sync-log/").context["shown"]

    assert newest.refusal == ""
    assert "Something newer was sent" in oldest.refusal
    page = client.get("/sync-log/").content.decode()
    assert page.count("disabled") == 1
    assert f'aria-describedby="not_again_{oldest.line.pk}"' in page


def test_who_may_only_look_sees_the_button_greyed(ada: Person, ben: Person) -> None:
    bens(ada, ben)
    a_world().run()

    (row,) = browser(a_person("Cleo")).get("/sync-log/").context["shown"]

    assert "You may look at this entry" in row.refusal


class TestAHeldAccount:
    """What waits for it is a problem in the log, as it is on the page of the entry."""

    @pytest.fixture
    def world(self, ada: Person, ben: Person) -> World:
        bens(ada, ben)
        world = a_world(NO_SIGN_IN)
        world.run()
        assert LogLine.objects.get().state == "waiting"
        assert MailAccount.objects.get(person=ada).held_reason == "sign_in_refused"
        return world

    @pytest.mark.usefixtures("world")
    def test_shows_its_lines_under_problem_with_the_reason(self, ada: Person) -> None:
        client = browser(ada)

        assert states(client, "?state=problem") == [("Boiler survey", "problem")]
        assert states(client, "?state=waiting") == []
        words = text_of(client.get("/sync-log/?state=problem"))
        assert "The mail server does not accept the user name and password." in words
        assert "535 5.7.8 no" in words
        assert "It goes by itself as soon as its mail account sends again." in words

    @pytest.mark.usefixtures("world")
    def test_agrees_with_the_page_of_the_entry(self, ada: Person) -> None:
        entry = DiaryEntry.objects.get()

        (row,) = browser(ada).get(f"/sync-log/?entry={entry.pk}").context["shown"]

        assert "Problem" in text_of(browser(ada).get(entry.get_absolute_url()))
        assert row.state.label == "Problem"

    @pytest.mark.usefixtures("world")
    def test_agrees_with_the_diary(self, ada: Person) -> None:
        day = DiaryEntry.objects.get().start_wall.date()

        words = text_of(browser(ada).get(f"/?view=day&date={day}"))

        assert "Problem" in words
        assert "Waiting" not in words

    def test_goes_when_the_account_sends_again(self, ada: Person, world: World) -> None:
        person_changes.set_mail_account(ada, ACCOUNT, by=None, now=world.now)
        assert states(browser(ada), "?state=problem") == []

        assert to(world.run()) == [BEN]
        assert states(browser(ada)) == [("Boiler survey", "sent")]


def test_what_a_server_said_is_behind_details_and_inert(ada: Person, ben: Person) -> None:
    bens(ada, ben, "<i>Survey</i>")
    a_world(REFUSED).run()

    page = browser(ada).get("/sync-log/").content.decode()

    assert "<summary>Details</summary>" in page
    assert "554 5.7.1 &lt;b&gt;not today&lt;/b&gt;" in page
    assert "<i>Survey" not in page


def test_problems_cost_as_many_statements_in_a_long_log_as_in_a_short_one(
    ada: Person, ben: Person
) -> None:
    client = browser(ada)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/sync-log/?person={ben.pk}&title=visit&first=2020-01-01")
        return len(seen)

    bens(ada, ben, "Visit")
    a_world(REFUSED).run()
    few = statements()
    bens(ada, ben, *(f"Visit {number}" for number in range(12)))
    a_world(*[REFUSED] * 12).run()

    assert LogLine.objects.filter(state="problem").count() == 13
    assert statements() == few
