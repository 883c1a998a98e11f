"""The fields of a person's details, and what is said below them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.web.build import a_person, browser, mistakes, text_of
from tests.web.test_people_pages import ACCOUNT, OWN, details

from daybook.calendaring.event import CalendarKind
from daybook.people.models import Clock, MailTest, Person
from daybook.web import clock, details_hints

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


def test_clock_and_first_day_of_the_week_are_saved(ben: Person) -> None:
    browser(ben).post(OWN, details(ben, clock="12", week_start="sunday"))

    ben.refresh_from_db()
    assert (ben.clock, ben.week_start) == ("12", "sunday")


def test_what_is_not_sent_stays(ben: Person) -> None:
    Person.objects.update(clock="12", week_start="saturday")

    browser(ben).post(OWN, details(ben, surname="Okafor"))

    ben.refresh_from_db()
    assert (ben.surname, ben.clock, ben.week_start) == ("Okafor", "12", "saturday")


@pytest.mark.parametrize(("field", "wrong"), [("clock", "13"), ("week_start", "friday")])
def test_a_mistake_is_said_at_its_field(ben: Person, field: str, wrong: str) -> None:
    page = browser(ben).post(OWN, details(ben, **{field: wrong}))

    assert page.status_code == 422
    assert "not one of the available choices" in mistakes(page)[field][0]


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("london", "Europe/London"),
        ("new york", "America/New_York"),
        ("EUROPE/PARIS", "Europe/Paris"),
        ("Asia/Kolkata", "Asia/Kolkata"),
    ],
)
def test_a_zone_is_found_by_its_city(ben: Person, typed: str, zone: str) -> None:
    browser(ben).post(OWN, details(ben, timezone=typed))

    ben.refresh_from_db()
    assert ben.timezone == zone


@pytest.mark.parametrize("typed", ["", "atlantis", "europe", "../../etc/passwd", "<b>x</b>"])
def test_what_is_no_zone_is_none(typed: str) -> None:
    assert details_hints.zone_of(typed) == ""
    assert details_hints.of_zone(typed) == str(details_hints.NO_ZONE)


def test_a_zone_says_what_time_it_is_there() -> None:
    evening = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)

    assert details_hints.of_zone("Asia/Tokyo", evening) == "Now 05:30 on Wednesday there."
    with clock.reading(Clock.HOURS_12):
        assert details_hints.of_zone("tokyo", evening) == "Now 5:30 am on Wednesday there."


@pytest.mark.parametrize(
    ("host", "part"),
    [
        ("smtp.gmail.com", "Google takes an app password"),
        (" SMTP.Gmail.com. ", "Google takes an app password"),
        ("smtp.office365.com", "at the end of December 2026"),
        ("smtp-mail.outlook.com", "takes no passwords"),
        ("smtp.mail.me.com", "iCloud takes an app password"),
        ("notgmail.com", str(details_hints.NO_PROVIDER)),
        ("smtp.gmail.com.evil.example", str(details_hints.NO_PROVIDER)),
        ("", str(details_hints.NO_PROVIDER)),
    ],
)
def test_what_is_known_of_a_provider_is_said_at_the_server(
    ben: Person, host: str, part: str
) -> None:
    page = browser(ben).post(OWN, details(ben, smtp_host=host, check="1"))

    assert part in text_of(page)


@pytest.mark.parametrize("kind", list(CalendarKind))
def test_every_kind_of_calendar_says_what_it_means(ben: Person, kind: CalendarKind) -> None:
    page = browser(ben).post(OWN, details(ben, calendar_kind=kind.value, check="1"))

    assert str(details_hints.KINDS[kind]) in text_of(page)


def test_an_unknown_kind_means_nothing(ben: Person) -> None:
    assert details_hints.of_kind("palm") == ""
    assert browser(ben).post(OWN, details(ben, calendar_kind="palm", check="1")).status_code == 200


@pytest.mark.parametrize("field", ["forename", "surname", "email", "timezone", "smtp_host"])
def test_what_is_typed_comes_back_as_text(ben: Person, field: str) -> None:
    hostile = '"><script>alert(1)</script>'

    for how in ({"check": "1"}, {}):
        page = browser(ben).post(OWN, details(ben, **{field: hostile}, **how))
        assert "<script>alert" not in page.content.decode()


class TestATestMessage:
    """Its steps, and what the server said."""

    def carried_out(self, ben: Person, **columns: object) -> str:
        browser(ben).post(OWN, details(ben, **ACCOUNT, test="1"))
        MailTest.objects.update(done_at=datetime.now(UTC), **columns)
        path = f"/settings/mail-tests/{MailTest.objects.get().pk}/"
        return browser(ben).get(path).content.decode()

    def test_shows_the_servers_word_behind_details_as_text(self, ben: Person) -> None:
        step = {"step": "send", "state": "failed", "sentence": "No.", "server_reply": "554 <i>no"}

        page = self.carried_out(ben, state="failed", steps=[step])

        assert "<summary>Details</summary>" in page
        assert "554 &lt;i&gt;no" in page
        assert "not sent" in page

    def test_has_no_details_where_nothing_was_said(self, ben: Person) -> None:
        step = {"step": "connect", "state": "failed", "sentence": "No."}

        assert "<details>" not in self.carried_out(ben, state="failed", steps=[step])

    def test_asks_again_by_itself_and_offers_a_link_only_while_it_is_under_way(
        self, ben: Person
    ) -> None:
        page = browser(ben).post(OWN, details(ben, **ACCOUNT, test="1"), follow=True)
        words = page.content.decode()
        assert "Look again" in words
        assert 'hx-trigger="every 1s"' in words
        assert "Test message to ben@firm.example by mail.firm.example port 587" in text_of(page)

        MailTest.objects.update(state="passed", done_at=datetime.now(UTC))
        done = browser(ben).get(f"/settings/mail-tests/{MailTest.objects.get().pk}/")
        assert "Look again" not in done.content.decode()
        assert "every 1s" not in done.content.decode()

    def test_asked_by_a_script_is_answered_within_the_page(self, ben: Person) -> None:
        data = details(ben, **ACCOUNT, test="1")

        page = browser(ben).post(OWN, data, headers={"HX-Request": "true"})

        assert page.status_code == 200
        assert 'id="mail-test"' in page.content.decode()
        assert "hunter2" not in page.content.decode()

    def test_without_a_server_or_an_address_says_which(self, ben: Person) -> None:
        client = browser(ben)

        assert "smtp_host" in mistakes(
            client.post(OWN, details(ben, **{**ACCOUNT, "smtp_host": ""}, test="1"))
        )
        assert "email" in mistakes(client.post(OWN, details(ben, **ACCOUNT, email="", test="1")))
