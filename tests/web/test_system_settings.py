"""System Settings says how everything stands, what is wrong first, and what mends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from tests.web.build import (
    a_person,
    a_type,
    an_administrator,
    an_entry,
    browser,
    text_of,
)

from daybook.entries import person_changes
from daybook.ledger.models import Calendar, Parcel
from daybook.people.accounts import AccountInput
from daybook.people.details import PersonChanges
from daybook.people.models import AuditLine, MailAccount, MailTest, Person

if TYPE_CHECKING:
    from tests.web.build import Page

pytestmark = pytest.mark.django_db
HOME = "/settings/"
ACCOUNTS = "/settings/mail-accounts/"
NOW = datetime.now(UTC)


@pytest.fixture
def ada() -> Person:
    return an_administrator()


def an_account(person: Person, **columns: object) -> MailAccount:
    """Return the account of `person`, in the state `columns` say."""
    typed = AccountInput("smtp.firm.example", 587, "starttls", "login-of-it", "pass-of-it")
    account = person_changes.set_mail_account(person, typed, by=None, now=NOW)
    MailAccount.objects.filter(pk=account.pk).update(**columns)
    account.refresh_from_db()
    return account


def waiting(account: MailAccount, person: Person, *, due: datetime = NOW) -> Calendar:
    """Return a calendar that waits for `account`, put off until `due` by a failed try."""
    entry = an_entry(person)
    calendar = Calendar.objects.filter(entry_id=entry.pk)
    calendar.update(account_id=account.pk, due_at=due, due_by=None)
    return calendar.get()


def sent(account: MailAccount, number: int, *, at: datetime) -> None:
    """Let `account` have sent `number` messages at `at`."""
    calendar = Calendar.objects.get(pk=waiting(account, Person.objects.earliest("pk")).pk)
    Calendar.objects.update(due_at=None)
    Parcel.objects.bulk_create(
        Parcel(
            calendar=calendar,
            account_id=account.pk,
            method="REQUEST",
            uid=calendar.uid,
            sequence=0,
            dtstamp=at,
            message_id=f"<{n}.{at.timestamp()}@firm.example>",
            envelope_from="ada@firm.example",
            envelope_to="ben@firm.example",
            print="",
            state="sent",
            opened_at=at,
            frozen_at=at,
        )
        for n in range(number)
    )


def rows(page: Page) -> dict[str, str]:
    """Return the standing of each account by its owner."""
    return {state.owner: state.standing.value for state in page.context["states"]}


# The home ------------------------------------------------------------------------------------


def test_both_groups_stand_under_their_headings(ada: Person) -> None:
    page = browser(ada).get(HOME)

    headings = [*page.context["customise"], *page.context["users"]]
    assert headings[0].name == "Diary Entry Types"
    assert {"Edit Your Details", "Users", "Audit", "Mail accounts"} <= {h.name for h in headings}
    words = text_of(page)
    assert words.index("Customise your system") < words.index("Manage your users")


def test_every_line_leads_somewhere_and_says_how_it_stands(ada: Person) -> None:
    client = browser(ada)
    page = client.get(HOME)

    for line in [*page.context["customise"], *page.context["users"]]:
        assert line.fact, line.name
        assert client.get(line.page).status_code in (200, 302), line.name


def test_types_and_people_are_counted(ada: Person) -> None:
    a_type("Site visit")
    a_type("Meeting")
    a_type("Call", synchronise=False)
    a_person("Ben")
    a_person("Cleo", email="", syncs=False)
    a_person("Dora", syncs=False)
    gone = a_person("Emil", email="", syncs=False)
    person_changes.save_person(gone.pk, PersonChanges(active=False), by=None, now=NOW)

    words = text_of(browser(ada).get(HOME))

    assert "3 types, 2 synchronise" in words
    # Neither Cleo nor Dora has Email Syncing on; Emil has left.
    assert "4 people, 2 receive, 2 cannot" in words


def test_one_of_a_kind_reads_as_one(ada: Person) -> None:
    a_type("Site visit")

    words = text_of(browser(ada).get(HOME))

    assert "1 type, 1 synchronises" in words
    assert "1 person, 1 receives" in words
    assert "cannot" not in words


def test_an_empty_diary_says_so(ada: Person) -> None:
    words = text_of(browser(ada).get(HOME))

    assert "Diary Entry Types None yet" in words
    assert "None yet: nothing can be sent" in words
    assert "0 of 4 done" in words or "1 of 4 done" in words


def test_a_member_sees_what_a_member_may_open(ada: Person) -> None:
    an_account(ada, held_reason="sign_in_refused", held_at=NOW)
    page = browser(a_person("Ben")).get(HOME)

    names = [line.name for line in [*page.context["customise"], *page.context["users"]]]
    assert "Edit Your Details" in names
    assert not {"Audit", "Mail accounts", "Service organiser", "First steps"} & set(names)
    assert "Needs attention" not in text_of(page)


def test_nothing_wrong_is_nothing_said(ada: Person) -> None:
    an_account(ada)

    assert "Needs attention" not in text_of(browser(ada).get(HOME))


def test_what_is_wrong_comes_first_with_the_page_that_mends_it(ada: Person) -> None:
    ben, cleo = a_person("Ben"), a_person("Cleo")
    waiting(an_account(ben, held_reason="sign_in_refused", held_at=NOW), ada)
    Calendar.objects.update(state="problem", reason="recipient_refused")
    person_changes.save_person(cleo.pk, PersonChanges(email=""), by=None, now=NOW)

    page = browser(ada).get(HOME)

    words = text_of(page)
    assert words.index("Needs attention") < words.index("Customise your system")
    assert "Ben: nothing has been sent since" in words
    assert "One calendar waits." in words
    assert "Ada, ada@firm.example: 1 entry did not arrive." in words
    assert "Cleo: diary synchronisation went off. There is no email address." in words
    # Counted once: the refused address is the only problem there is.
    assert "a problem" not in words.partition("Customise your system")[0]
    links = [trouble.page for trouble in page.context["troubles"]]
    assert links[:3] == [ACCOUNTS, f"/settings/users/{ada.pk}/", f"/settings/users/{cleo.pk}/"]


def test_the_home_asks_the_database_the_same_however_many_there_are(ada: Person) -> None:
    client = browser(ada)
    client.get(HOME)
    asked = []
    for name in ("Ben", "Cleo"):
        for number in range(4):
            held = an_account(
                a_person(f"{name}{number}"), held_reason="sign_in_refused", held_at=NOW
            )
            waiting(held, ada)
            Calendar.objects.update(state="problem", reason="recipient_refused")
        with CaptureQueriesContext(connection) as seen:
            client.get(HOME)
        asked.append(len(seen))

    assert asked[0] == asked[1]


# Mail accounts -------------------------------------------------------------------------------


def test_accounts_are_ready_held_or_resting(ada: Person) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    an_account(ada)
    an_account(a_person("Ben"), held_reason="sign_in_refused", held_at=NOW, held_reply="535 no")
    an_account(a_person("Cleo"), next_try_at=soon, failures=2)
    an_account(a_person("Dora"), next_try_at=soon)
    an_account(a_person("Emil"), held_reason="daily_limit", held_until=NOW - timedelta(hours=1))

    page = browser(ada).get(ACCOUNTS)

    assert rows(page) == {
        "Ben": "Held",
        "Cleo": "Resting",
        "Dora": "Resting",
        "Ada": "Ready",
        "Emil": "Ready",
    }
    assert next(iter(rows(page))) == "Ben"
    words = text_of(page)
    assert "The server did not take mail at the last try." in words
    assert "as many messages as it may in a minute" in words
    assert "535 no" in words


def test_what_waits_and_what_was_sent_today_is_counted(ada: Person) -> None:
    account = an_account(ada)
    sent(account, 3, at=datetime.now(UTC))
    sent(account, 2, at=datetime.now(UTC) - timedelta(days=2))
    waiting(account, ada)

    [state] = browser(ada).get(ACCOUNTS).context["states"]

    assert (state.waiting, state.sent_today) == (1, 3)


@pytest.mark.parametrize(
    ("messages", "warning"), [(3, ""), (4, "Close to 5 a day"), (6, "Above 5 a day")]
)
def test_the_daily_figure_warns(
    ada: Person, settings: Settings, messages: int, warning: str
) -> None:
    settings.DAYBOOK = replace(settings.DAYBOOK, mail_per_day=5)
    sent(an_account(ada), messages, at=datetime.now(UTC))

    words = text_of(browser(ada).get(ACCOUNTS))

    assert f"{messages} of 5" in words
    assert ("a day, where" in words or "a day: the" in words) is bool(warning)
    assert warning in words


def test_without_a_daily_figure_nothing_is_compared(ada: Person, settings: Settings) -> None:
    settings.DAYBOOK = replace(settings.DAYBOOK, mail_per_day=0)
    sent(an_account(ada), 2, at=datetime.now(UTC))

    assert " of 0" not in text_of(browser(ada).get(ACCOUNTS))


def test_trying_again_ends_the_hold_and_what_waits_is_due_at_once(ada: Person) -> None:
    later = NOW + timedelta(hours=2)
    account = an_account(a_person("Ben"), held_reason="unreachable", held_at=NOW, next_try_at=later)
    calendar = waiting(account, ada, due=later)

    answer = browser(ada).post(f"{ACCOUNTS}{account.pk}/try-again/", follow=True)

    assert "1 calendar waited for this account; it is tried now." in text_of(answer)
    account.refresh_from_db()
    calendar.refresh_from_db()
    assert (account.held_reason, account.next_try_at, account.failures) == ("", None, 0)
    assert calendar.due_at is not None
    assert calendar.due_at <= datetime.now(UTC)
    assert AuditLine.objects.filter(what="mail_account_tried_again", by_id=ada.pk).exists()


def test_trying_again_leaves_a_quiet_period_as_long_as_it_is(ada: Person) -> None:
    account = an_account(ada, held_reason="unreachable", held_at=NOW)
    entry = an_entry(ada)
    Calendar.objects.update(account_id=account.pk)
    before = Calendar.objects.get(entry_id=entry.pk).due_at

    browser(ada).post(f"{ACCOUNTS}{account.pk}/try-again/")

    assert Calendar.objects.get(entry_id=entry.pk).due_at == before


def test_trying_again_while_nothing_waits_asks_for_a_test_message(ada: Person) -> None:
    account = an_account(a_person("Ben"), held_reason="unreachable", held_at=NOW)

    answer = browser(ada).post(f"{ACCOUNTS}{account.pk}/try-again/")

    test = MailTest.objects.get()
    assert (test.account_id, test.asked_by_id, test.to_address) == (account.pk, ada.pk, ada.email)
    assert answer.headers["Location"] == f"/settings/mail-tests/{test.pk}/"


def test_members_can_neither_look_nor_try(ada: Person) -> None:
    account = an_account(ada, held_reason="unreachable", held_at=NOW)
    client = browser(a_person("Ben"))

    assert client.get(ACCOUNTS).status_code == 403
    assert client.post(f"{ACCOUNTS}{account.pk}/try-again/").status_code == 403
    assert browser(ada).get(f"{ACCOUNTS}{account.pk}/try-again/").status_code == 405
    assert browser(ada).post(f"{ACCOUNTS}{2**70}/try-again/").status_code == 404
    account.refresh_from_db()
    assert account.held_reason == "unreachable"


def test_a_removed_account_is_gone(ada: Person) -> None:
    account = an_account(ada)
    person_changes.remove_mail_account(ada, by=ada, now=NOW)

    assert "No mail account yet" in text_of(browser(ada).get(ACCOUNTS))
    assert browser(ada).post(f"{ACCOUNTS}{account.pk}/try-again/").status_code == 404


def test_the_page_says_nothing_of_credentials(ada: Person) -> None:
    an_account(ada, held_reply="<script>alert(1)</script>", held_reason="unreachable")

    page = browser(ada).get(ACCOUNTS).content.decode()

    assert "login-of-it" not in page
    assert "pass-of-it" not in page
    assert "<script>alert" not in page


def test_accounts_are_listed_in_as_many_queries_as_one(ada: Person) -> None:
    client = browser(ada)
    an_account(ada)
    client.get(ACCOUNTS)
    asked = []
    for name in ("Ben", "Cleo"):
        with CaptureQueriesContext(connection) as seen:
            client.get(ACCOUNTS)
        asked.append(len(seen))
        waiting(an_account(a_person(name)), ada)

    assert asked[0] == asked[1]
