"""What ends diary synchronisation is said before saving, and why it ended until it is on again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.sync.world import World, to
from tests.web.build import a_person, an_administrator, an_entry, browser, text_of
from tests.web.test_people_pages import OWN, details

from daybook.entries import person_changes
from daybook.people.accounts import AccountInput
from daybook.people.models import Person

pytestmark = pytest.mark.django_db

ACCOUNT = AccountInput("smtp.firm.example", 587, "starttls", "ada", "secret")
BEN = "ben@firm.example"


@pytest.fixture
def ada() -> Person:
    ada = an_administrator()
    person_changes.set_mail_account(ada, ACCOUNT, by=None, now=datetime.now(UTC))
    return ada


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


@pytest.fixture
def world(ada: Person, ben: Person) -> World:
    """Return a world in which Ben's calendar has two entries."""
    for title in ("Boiler survey", "Roof survey"):
        an_entry(ben, creator=ada, title=title)
    world = World(now=datetime.now(UTC))
    assert to(world.run()) == [BEN, BEN]
    return world


def checked(ben: Person, **changes: str | None) -> str:
    return text_of(browser(ben).post(OWN, details(ben, check="1", **changes)))


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"email_syncing": None}, "because Email Syncing is not selected."),
        ({"email": ""}, "because there is no email address."),
        ({"email": "ADA@firm.example"}, "because someone else with diary synchronisation uses"),
    ],
)
def test_what_is_lost_is_said_before_saving_with_the_cancellations_counted(
    ben: Person, world: World, changes: dict[str, str | None], because: str
) -> None:
    words = checked(ben, **changes)

    assert "Saving will switch diary synchronisation off, " + because in words
    assert "Brought up to date, calendars are sent 2 cancellations (counted at " in words

    browser(ben).post(OWN, details(ben, **changes))
    world.wait(minutes=1)
    assert to(world.run()) == [BEN, BEN]


def test_left_as_it_is_nothing_is_cancelled_as_was_said(ben: Person, world: World) -> None:
    assert "Left as they are, nothing." in checked(ben, email_syncing=None)

    browser(ben).post(OWN, details(ben, email_syncing=None, effect="leave"))

    assert to(world.run()) == []


def test_another_address_says_what_goes_where(ben: Person, world: World) -> None:
    words = checked(ben, email="ben@home.example")

    assert "Saving will send 2 cancellations (counted at " in words
    assert "to the address so far, and invitations to the new one." in words

    browser(ben).post(OWN, details(ben, email="ben@home.example"))
    assert sorted(to(world.run())) == [BEN, BEN, "ben@home.example", "ben@home.example"]


def test_an_address_that_is_none_is_not_said_to_end_anything(ben: Person) -> None:
    words = checked(ben, email="ben@")

    assert "This email address cannot be saved: it is not valid." in words
    assert "will switch" not in words
    assert browser(ben).post(OWN, details(ben, email="ben@")).status_code == 422
    ben.refresh_from_db()
    assert ben.diary_sync


def test_nothing_is_said_where_nothing_is_lost(ben: Person) -> None:
    assert "Saving will" not in checked(ben, surname="Okafor", email="BEN@firm.example")
    Person.objects.update(diary_sync=False)
    ben.refresh_from_db()
    assert "Saving will" not in checked(ben, email="")


def test_the_reason_stays_until_synchronisation_is_on_again(ben: Person) -> None:
    client = browser(ben)
    lapsed = "Diary synchronisation was switched off on "
    assert lapsed not in text_of(client.get(OWN))

    client.post(OWN, details(ben, email=""))
    assert lapsed in text_of(client.get(OWN))
    assert "There is no email address." in text_of(client.get(OWN))

    ben.refresh_from_db()
    client.post(OWN, details(ben, email=BEN))
    assert lapsed in text_of(client.get(OWN))

    ben.refresh_from_db()
    client.post(OWN, details(ben, diary_sync="on"))
    assert lapsed not in text_of(client.get(OWN))


class TestATakenAddress:
    """Who has it is for administrators."""

    def test_names_its_holder_to_an_administrator(self, ada: Person, ben: Person) -> None:
        data = details(ben, email="ADA@firm.example", check="1")

        words = text_of(browser(ada).post(f"/settings/users/{ben.pk}/", data))

        assert "No other user with diary synchronisation uses this address (Ada does)" in words

    @pytest.mark.usefixtures("ada")
    def test_names_nobody_to_a_member(self, ben: Person) -> None:
        words = checked(ben, email="ADA@firm.example")

        assert "Missing: No other user with diary synchronisation uses this address" in words
        assert "does)" not in words

    def test_names_the_service_organiser(self, ada: Person, ben: Person) -> None:
        person_changes.set_service(
            "The Firm", "diary@firm.example", ACCOUNT, by=ada, now=datetime.now(UTC)
        )
        data = details(ben, email="diary@firm.example", check="1")

        words = text_of(browser(ada).post(f"/settings/users/{ben.pk}/", data))

        assert "(the service organiser does)" in words
