"""An administrator of an empty diary is led to a first invitation that arrived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.build import a_person, a_type, an_administrator, an_entry, browser, text_of

from daybook.entries import person_changes
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, LogLine
from daybook.people import mail_test
from daybook.people.accounts import AccountInput
from daybook.people.details import PersonChanges
from daybook.people.models import MailAccount, Person

pytestmark = pytest.mark.django_db
HEADING = "Four steps to your first invitation"
NOW = datetime.now(UTC)
ACCOUNT = AccountInput("smtp.firm.example", 587, "starttls", "root", "a password of root")


@pytest.fixture
def root() -> Person:
    """Return the administrator a new installation begins with: no switch is on."""
    return a_person("Root", role="administrator", syncs=False)


def ticked(person: Person) -> list[bool]:
    """Return which of the four steps are ticked on the diary's page."""
    first = browser(person).get("/").context["first"]
    return [step.done for step in first.steps]


def accepted(entry: DiaryEntry, *, at: datetime = NOW) -> LogLine:
    """Let the mail server have taken the invitation of the first calendar of `entry`."""
    calendar = Calendar.objects.filter(entry_id=entry.pk).earliest("pk")
    return LogLine.objects.create(
        entry_id=entry.pk,
        person_id=entry.assignments.get().person_id,
        address=calendar.address,
        uid=entry.uid,
        calendar_id=calendar.pk,
        parcel_id=1,
        method="REQUEST",
        sequence=0,
        state="sent",
        server_reply="250 2.0.0 queued as <b>77</b>",
        at=at,
    )


def all_four(root: Person, *, at: datetime = NOW) -> LogLine:
    person_changes.set_mail_account(root, ACCOUNT, by=root, now=NOW)
    MailAccount.objects.update(last_sent_at=at)
    return accepted(an_entry(a_person("Ben"), kind=a_type(), creator=root), at=at)


def test_nothing_is_ticked_in_an_empty_diary(root: Person) -> None:
    words = text_of(browser(root).get("/"))

    assert HEADING in words
    assert "0 of 4 done" in words
    assert ticked(root) == [False, False, False, False]


def test_every_step_leads_to_the_page_where_it_is_done(root: Person) -> None:
    client = browser(root)

    for step in client.get("/").context["first"].steps:
        assert client.get(step.page).status_code == 200, step.does


def test_only_the_next_step_is_explained(root: Person) -> None:
    a_type()
    words = text_of(browser(root).get("/"))

    assert "Enter your SMTP server" in words
    assert "the invitation leaves by itself" not in words
    assert "Step 2 of 4, done: Choose what leaves the diary" in words
    assert "Step 1 of 4, not done: Connect a mail account" in words


def test_an_account_counts_once_a_test_message_went_through(root: Person) -> None:
    person_changes.set_mail_account(root, ACCOUNT, by=root, now=NOW)
    assert ticked(root)[0] is False

    test = mail_test.ask(root, ACCOUNT, asked_by=root, now=NOW)
    mail_test.finish(test, [], passed=False, now=NOW)
    assert ticked(root)[0] is False

    mail_test.finish(test, [], passed=True, now=NOW)
    assert ticked(root)[0] is True


def test_a_test_of_another_account_does_not_count(root: Person) -> None:
    person_changes.set_mail_account(root, ACCOUNT, by=root, now=NOW)
    other = AccountInput("mail.other.example", 587, "starttls", "root", "another")
    mail_test.finish(mail_test.ask(root, other, asked_by=root, now=NOW), [], passed=True, now=NOW)

    assert ticked(root)[0] is False


def test_an_account_that_has_sent_counts_until_it_is_held(root: Person) -> None:
    person_changes.set_mail_account(root, ACCOUNT, by=root, now=NOW)
    MailAccount.objects.update(last_sent_at=NOW)
    assert ticked(root)[0] is True

    MailAccount.objects.update(held_reason="sign_in_refused")
    assert ticked(root)[0] is False


def test_only_a_type_that_synchronises_counts(root: Person) -> None:
    a_type("Call", synchronise=False)
    assert ticked(root)[1] is False

    a_type("Site visit")
    assert ticked(root)[1] is True


def test_only_somebody_active_who_synchronises_counts(root: Person) -> None:
    ben = a_person("Ben")
    assert ticked(root)[2] is True

    person_changes.save_person(ben.pk, PersonChanges(active=False), by=root, now=NOW)
    assert ticked(root)[2] is False


def test_an_invitation_counts_when_the_server_has_taken_it(root: Person) -> None:
    entry = an_entry(a_person("Ben"), kind=a_type(), creator=root)
    assert ticked(root)[3] is False

    line = accepted(entry)
    LogLine.objects.filter(pk=line.pk).update(state="waiting")
    assert ticked(root)[3] is False

    LogLine.objects.filter(pk=line.pk).update(state="sent")
    assert ticked(root)[3] is True


def test_it_ends_with_the_invitation_that_arrived(root: Person) -> None:
    all_four(root)

    page = browser(root).get("/")

    words = text_of(page)
    assert "Your first invitation has arrived" in words
    assert "Boiler survey went to Ben on" in words
    assert "250 2.0.0 queued as <b>77</b>" in words
    assert "<b>77</b>" not in page.content.decode()
    assert HEADING not in words


def test_a_diary_long_in_use_shows_no_checklist(root: Person) -> None:
    all_four(root, at=NOW - timedelta(days=3))

    assert browser(root).get("/").context["first"] is None


def test_whoever_hides_it_finds_it_in_the_settings(root: Person) -> None:
    client = browser(root)
    answer = client.post("/notices/dismiss/", {"key": "first steps"})
    assert answer.headers["Location"] == "/"

    assert HEADING not in text_of(client.get("/"))
    assert "First steps 0 of 4 done" in text_of(client.get("/settings/"))
    assert HEADING in text_of(client.get("/settings/first-steps/"))
    # Somebody else has not hidden it.
    assert HEADING in text_of(browser(an_administrator()).get("/"))


def test_in_the_settings_the_ticks_stay_when_all_is_done(root: Person) -> None:
    all_four(root, at=NOW - timedelta(days=3))

    words = text_of(browser(root).get("/settings/first-steps/"))

    assert "4 of 4 done" in words
    assert "Step 4 of 4, done" in words


def test_members_are_not_asked_to_set_anything_up(root: Person) -> None:
    client = browser(a_person("Ben"))

    assert HEADING not in text_of(client.get("/"))
    assert client.get("/settings/first-steps/").status_code == 403


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/", "The diary is empty, and an entry needs a type."),
        ("/settings/diary-entry-types/", "No types yet. An entry needs a type."),
        ("/settings/mail-accounts/", "No mail account yet, so nothing can be sent."),
        ("/sync-log/", "Nothing has been sent yet."),
        ("/settings/audit/?what=token_issued", "No line of the trail is like this."),
    ],
)
def test_an_empty_list_says_what_to_do(root: Person, path: str, says: str) -> None:
    assert says in text_of(browser(root).get(path))


def test_it_costs_a_diary_in_use_no_more_than_two_questions(root: Person) -> None:
    all_four(root, at=NOW - timedelta(days=3))
    asked = {}
    for name, person in (("administrator", root), ("member", a_person("Cleo"))):
        client = browser(person)
        client.get("/")
        with CaptureQueriesContext(connection) as seen:
            client.get("/")
        # Notices look at one account more for an administrator, in the same question.
        asked[name] = len(seen)

    assert asked["administrator"] - asked["member"] == 2
