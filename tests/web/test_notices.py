"""Trouble is said to whom it concerns, once, with the page that mends it, until it is mended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.build import a_person, a_type, an_administrator, an_entry, browser, text_of

from daybook.entries import person_changes
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar
from daybook.people.accounts import AccountInput
from daybook.people.details import PersonChanges
from daybook.people.models import Dismissal, MailAccount, Person
from daybook.sync.sentences import sentence
from daybook.web.notices import Notice

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
ACCOUNT = AccountInput("smtp.firm.example", 587, "starttls", "ben", "a password")


@pytest.fixture
def ben() -> Person:
    return a_person("Ben")


def notices(person: Person, path: str = "/") -> list[Notice]:
    return list(browser(person).get(path).context["problem_notices"])


def hold(person: Person, *, at: datetime = NOW, reason: str = "sign_in_refused") -> MailAccount:
    account = person_changes.set_mail_account(person, ACCOUNT, by=person, now=NOW)
    MailAccount.objects.filter(pk=account.pk).update(held_reason=reason, held_at=at)
    return account


def refuse(person: Person, *, at: datetime = NOW) -> DiaryEntry:
    """Let the mail server have refused the address of `person` for a new entry."""
    entry = an_entry(person, kind=a_type(f"Type of {at.timestamp()}"))
    Calendar.objects.filter(entry_id=entry.pk).update(
        state="problem", reason="recipient_refused", state_at=at, due_at=None
    )
    return entry


def dismiss(person: Person, notice: Notice, back: str = "/sync-log/") -> str:
    form = {"key": notice.key, "back": back}
    answer = browser(person).post("/notices/dismiss/", form)
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_a_quiet_day_has_no_notices(ben: Person) -> None:
    person_changes.set_mail_account(ben, ACCOUNT, by=ben, now=NOW)
    an_entry(ben, kind=a_type())

    assert notices(ben) == []
    assert "Dismiss" not in text_of(browser(ben).get("/"))


@pytest.mark.parametrize("path", ["/", "/sync-log/", "/settings/", "/settings/your-details/"])
def test_whose_account_is_held_reads_it_on_every_page(ben: Person, path: str) -> None:
    hold(ben)

    page = browser(ben).get(path)

    words = text_of(page)
    assert "Your mail account at smtp.firm.example: nothing has been sent since" in words
    assert sentence("sign_in_refused") in words
    assert 'href="/settings/your-details/"' in page.content.decode()


def test_nobody_else_is_told_of_it(ben: Person) -> None:
    hold(ben)

    assert notices(a_person("Cleo")) == []


def test_a_hold_that_has_ended_by_itself_is_no_trouble(ben: Person) -> None:
    hold(ben, reason="daily_limit")
    MailAccount.objects.update(held_until=datetime.now(UTC) - timedelta(minutes=1))

    assert notices(ben) == []


def test_administrators_are_told_of_the_service_organiser() -> None:
    ada = an_administrator()
    person_changes.set_service("Diary", "diary@firm.example", ACCOUNT, by=ada, now=NOW)
    MailAccount.objects.update(held_reason="server_unverified", held_at=NOW)

    [notice] = notices(ada)

    assert "The mail account of the service organiser" in notice.sentence
    assert notice.page == "/settings/service-organiser/"
    assert notices(a_person("Cleo")) == []


def test_whose_address_is_refused_reads_it(ben: Person) -> None:
    refuse(ben)

    [notice] = notices(ben)

    assert notice.sentence.startswith("An entry did not reach your calendar at ben@firm.example.")
    assert notice.page == "/settings/your-details/"


def test_put_away_it_stays_away_and_leads_back(ben: Person) -> None:
    hold(ben)
    [notice] = notices(ben)

    assert dismiss(ben, notice) == "/sync-log/"

    assert notices(ben) == []
    assert Dismissal.objects.filter(person=ben).count() == 1


def test_a_further_refusal_of_the_same_address_is_not_said_again(ben: Person) -> None:
    refuse(ben)
    dismiss(ben, notices(ben)[0])

    refuse(ben, at=NOW + timedelta(hours=1))

    assert notices(ben) == []


def test_what_happens_again_after_it_was_mended_is_said_again(ben: Person) -> None:
    hold(ben)
    dismiss(ben, notices(ben)[0])
    person_changes.set_mail_account(ben, ACCOUNT, by=ben, now=NOW)
    assert notices(ben) == []

    hold(ben, at=NOW + timedelta(days=1))

    assert len(notices(ben)) == 1


def test_mended_it_goes_by_itself(ben: Person) -> None:
    hold(ben)
    assert len(notices(ben)) == 1

    person_changes.set_mail_account(ben, ACCOUNT, by=ben, now=NOW)

    assert notices(ben) == []


def test_a_lapse_is_said_once_and_stays_on_the_page_that_mends_it(ben: Person) -> None:
    person_changes.save_person(ben.pk, PersonChanges(email=""), by=None, now=NOW)
    ben.refresh_from_db()
    [notice] = notices(ben)
    assert notice.sentence == ("Diary synchronisation was switched off. There is no email address.")

    dismiss(ben, notice)

    assert notices(ben) == []
    words = text_of(browser(ben).get("/settings/your-details/"))
    assert words.count("Diary synchronisation was switched off") == 1


def test_only_what_is_there_can_be_put_away(ben: Person) -> None:
    client = browser(ben)

    for key in ("", "account 99 held", "x" * 5000):
        client.post("/notices/dismiss/", {"key": key})

    assert not Dismissal.objects.exists()
    assert client.get("/notices/dismiss/").status_code == 405
    assert browser().post("/notices/dismiss/", {"key": "first steps"}).status_code == 302
    assert not Dismissal.objects.exists()


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""]
)
def test_putting_away_leads_nowhere_else(ben: Person, elsewhere: str) -> None:
    hold(ben)

    assert dismiss(ben, notices(ben)[0], elsewhere) == "/"


def test_another_person_s_notice_is_not_put_away(ben: Person) -> None:
    hold(ben)
    [notice] = notices(ben)

    dismiss(a_person("Cleo"), notice)

    assert len(notices(ben)) == 1


def test_an_entry_says_what_is_wrong_and_links_to_what_mends_it(ben: Person) -> None:
    ada = an_administrator()
    person_changes.set_mail_account(ben, ACCOUNT, by=ben, now=NOW)
    entry = refuse(ben)

    mine = browser(ben).get(f"/entries/{entry.pk}/")
    administrators = browser(ada).get(f"/entries/{entry.pk}/")

    assert "Problem" in text_of(mine)
    assert [mend.page for mend in mine.context["mends"]] == ["/settings/your-details/"]
    assert f"/settings/users/{ben.pk}/" in [m.page for m in administrators.context["mends"]]
    assert "Edit Details: Ben" in text_of(administrators)
    assert browser(a_person("Cleo")).get(f"/entries/{entry.pk}/").context["mends"] == []


def test_an_entry_that_waits_for_a_held_account_leads_to_the_accounts(ben: Person) -> None:
    ada = an_administrator()
    account = hold(ben)
    entry = an_entry(ada, kind=a_type(), creator=ben)
    Calendar.objects.update(account_id=account.pk)

    page = browser(ada).get(f"/entries/{entry.pk}/")

    assert "Problem" in text_of(page)
    assert "/settings/mail-accounts/" in [mend.page for mend in page.context["mends"]]


def test_an_entry_without_a_sender_leads_to_where_one_is_entered(ben: Person) -> None:
    entry = an_entry(ben, kind=a_type())

    mine = browser(ben).get(f"/entries/{entry.pk}/").context["mends"]

    assert [mend.page for mend in mine] == ["/settings/your-details/"]


def test_an_entry_in_order_mends_nothing(ben: Person) -> None:
    entry = an_entry(ben, kind=a_type(synchronise=False))

    assert browser(ben).get(f"/entries/{entry.pk}/").context["mends"] == []


def test_hostile_text_in_a_notice_is_inert(ben: Person) -> None:
    hold(ben)
    MailAccount.objects.update(host="<script>alert(1)</script>")

    page = browser(ben).get("/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_looking_costs_the_same_however_much_is_wrong(ben: Person) -> None:
    client = browser(ben)
    hold(ben)
    refuse(ben)
    client.get("/sync-log/")
    asked = []
    for hour in range(2):
        with CaptureQueriesContext(connection) as seen:
            client.get("/sync-log/")
        asked.append(len(seen))
        for more in range(5):
            refuse(ben, at=NOW + timedelta(hours=hour, minutes=more + 1))

    assert asked[0] == asked[1]


def test_a_notice_is_timed_by_the_clock_its_reader_chose(ben: Person) -> None:
    at = datetime(2026, 7, 1, 14, 5, tzinfo=UTC)
    hold(ben, at=at)
    assert "since 1 July, 15:05." in notices(ben)[0].sentence

    person_changes.save_person(ben.pk, PersonChanges(clock="12"), by=ben, now=NOW)
    ben.refresh_from_db()

    assert "since 1 July, 3:05 pm." in notices(ben)[0].sentence
