"""Administrators can trace who changed what, when and from where; nobody can change the trail."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from tests.web.build import (
    PASSWORD,
    a_person,
    a_type,
    an_administrator,
    an_entry,
    browser,
    text_of,
)

import daybook
from daybook import commands
from daybook.entries import handing_over, person_changes, types
from daybook.entries.types import TypeChanges
from daybook.ledger.models import Calendar, LogLine, Parcel, UidCounter
from daybook.people import accounts, audit, mail_test, rotation, service, tokens
from daybook.people.accounts import AccountInput
from daybook.people.details import PersonChanges
from daybook.people.faults import NotAllowed
from daybook.people.models import AppendOnlyError, AuditLine, Person
from daybook.sync import deliveries
from daybook.web.whence import client_address

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
PAGE = "/settings/audit/"
ACCOUNT = AccountInput("smtp.firm.example", 587, "starttls", "ada", "hunter2 hunter2")


@pytest.fixture
def ada() -> Person:
    return an_administrator()


def api(text: str) -> Client:
    """Return a program that holds the token `text`."""
    return Client(SERVER_NAME="127.0.0.1", HTTP_AUTHORIZATION=f"Bearer {text}")


def newest(what: str) -> AuditLine:
    line = AuditLine.objects.filter(what=what).order_by("-pk").first()
    assert line is not None, what
    return line


# What is written can only be added to ---------------------------------------------------------


@pytest.mark.parametrize(
    "tamper",
    [
        lambda line: line.save(),
        lambda line: line.save(force_update=True),
        lambda line: line.delete(),
        lambda _: AuditLine.objects.update(about="nothing"),
        lambda _: AuditLine.objects.all().delete(),
        lambda _: AuditLine.objects.filter(what="person_added").delete(),
        lambda line: AuditLine.objects.bulk_update([line], ["about"]),
        lambda line: AuditLine.objects.update_or_create(pk=line.pk, defaults={"about": "x"}),
        lambda line: AuditLine._base_manager.filter(pk=line.pk).update(about="x"),
        lambda line: AuditLine.objects.bulk_create(
            [line], update_conflicts=True, update_fields=["about"], unique_fields=["pk"]
        ),
    ],
)
def test_a_line_is_never_changed_or_taken_away(
    ada: Person, tamper: Callable[[AuditLine], object]
) -> None:
    line = newest("person_added")
    before = list(AuditLine.objects.values())
    line.about = "somebody else"

    with pytest.raises(AppendOnlyError):
        tamper(line)

    assert list(AuditLine.objects.values()) == before


def test_a_copy_of_a_line_does_not_replace_it(ada: Person) -> None:
    line = newest("person_added")
    forged = AuditLine(pk=line.pk, by_name="Nobody", what="person_added", about="forged")

    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        forged.save()


# From where ----------------------------------------------------------------------------------


def test_a_page_is_recorded_with_the_address_of_the_browser(ada: Person) -> None:
    browser(ada).post(
        "/settings/diary-entry-types/new/",
        {"name": "Call", "colour": "teal", "disclosure": "full"},
        REMOTE_ADDR="192.0.2.7",
    )

    line = newest("type_created")
    assert (line.door, line.from_where, line.by_name) == ("web", "192.0.2.7", ada.name)


def test_the_api_is_recorded_as_such(ada: Person) -> None:
    _, text = tokens.issue(ada, "script", by=ada)

    answer = api(text).post(
        "/api/v1/entry-types",
        {"name": "Call"},
        content_type="application/json",
        REMOTE_ADDR="2001:db8::5",
    )

    assert answer.status_code == 201
    line = newest("type_created")
    assert (line.door, line.from_where, line.by_id) == ("api", "2001:db8::5", ada.pk)


def test_a_service_is_recorded_by_its_name(ada: Person) -> None:
    entry = an_entry(ada, kind=a_type())
    _, text = tokens.issue(None, "Nightly export", by=ada)

    api(text).get(f"/api/v1/entries/{entry.pk}/calendar.ics")

    line = newest("entry_downloaded")
    assert (line.by_id, line.by_name, line.door) == (None, "Nightly export", "api")


@pytest.mark.django_db(transaction=True)
def test_a_command_is_recorded_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["token", "create", "--service", "Till"]) == 0

    line = newest("token_issued")
    assert (line.door, line.from_where, line.by_name) == ("command", "", "Daybook")


def test_nothing_of_one_request_is_left_for_the_next(ada: Person) -> None:
    browser(ada).get(PAGE, REMOTE_ADDR="192.0.2.7")

    a_type("Later")

    assert (newest("type_created").door, newest("type_created").from_where) == ("", "")


def test_what_a_client_claims_of_its_address_is_not_believed() -> None:
    claims = {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}

    assert client_address(claims) == "192.0.2.7"


def test_behind_a_proxy_the_client_is_the_last_hop(settings: Settings) -> None:
    settings.DAYBOOK = replace(settings.DAYBOOK, public_url="https://diary.firm.example")
    forwarded = "203.0.113.9, 198.51.100.1"

    from_proxy = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(from_proxy) == "198.51.100.1"
    assert client_address({**from_proxy, "HTTP_X_FORWARDED_FOR": "<script>"}) == "127.0.0.1"
    # Whoever comes past the proxy is taken at the other end of the connection.
    assert client_address({**from_proxy, "REMOTE_ADDR": "8.8.8.8"}) == "8.8.8.8"
    assert client_address({}) == ""


# What is recorded ----------------------------------------------------------------------------


def test_every_word_of_the_trail_can_be_read() -> None:
    sources = Path(daybook.__file__).parent.rglob("*.py")
    used = {
        word
        for source in sources
        for word in re.findall(r'record\(\s*[\w.]+,\s*"(\w+)"', source.read_text())
    }

    assert len(used) > 15
    assert used <= audit.WORDS.keys()


def test_a_switch_is_recorded_with_what_it_is_now(ada: Person) -> None:
    ben = a_person("Ben")

    person_changes.save_person(ben.pk, PersonChanges(diary_sync=False), by=ada, now=NOW)

    line = newest("person_changed")
    assert line.detail["fields"] == ["diary_sync"]
    assert line.detail["switches"] == {"diary_sync": False}
    assert "Diary synchronisation: now off" in text_of(browser(ada).get(PAGE))


def test_of_a_mail_account_only_the_fields_are_recorded(ada: Person) -> None:
    person_changes.set_mail_account(ada, ACCOUNT, by=ada, now=NOW)
    person_changes.set_mail_account(
        ada, replace(ACCOUNT, port=465, security="tls"), by=ada, now=NOW
    )

    line = newest("mail_account_set")
    assert line.detail["fields"] == ["port", "security", "password"]
    assert "465" not in str(line.detail | {"at": "a time may have these digits"})


def test_a_download_is_recorded_by_page_and_by_api(ada: Person) -> None:
    entry = an_entry(ada, kind=a_type())
    _, text = tokens.issue(ada, "script", by=ada)

    browser(ada).get(f"/entries/{entry.pk}/calendar.ics")
    api(text).get(f"/api/v1/entries/{entry.pk}/calendar.ics")

    lines = AuditLine.objects.filter(what="entry_downloaded").order_by("pk")
    assert [line.door for line in lines] == ["web", "api"]
    assert all(line.about == entry.title for line in lines)


def test_an_attempt_to_become_an_administrator_is_refused_and_recorded(ada: Person) -> None:
    ben = a_person("Ben")

    with pytest.raises(NotAllowed):
        person_changes.save_person(
            ben.pk, PersonChanges(role="administrator"), by=ben, now=datetime.now(UTC)
        )

    ben.refresh_from_db()
    assert ben.role == "member"
    line = AuditLine.objects.latest("pk")
    assert (line.what, line.by_name, line.detail) == ("change_refused", "Ben", {"fields": ["role"]})


def test_a_download_that_is_refused_is_none(ada: Person) -> None:
    entry = an_entry(ada, kind=a_type(synchronise=False))

    assert browser(ada).get(f"/entries/{entry.pk}/calendar.ics").status_code == 404
    assert not AuditLine.objects.filter(what="entry_downloaded").exists()


def test_a_lapse_is_recorded_with_its_reason(ada: Person) -> None:
    ben = a_person("Ben")

    person_changes.save_person(ben.pk, PersonChanges(email=""), by=ada, now=NOW)

    assert newest("diary_sync_lapsed").detail["reason"] == "email_missing"
    assert "Reason: There is no email address." in text_of(browser(ada).get(PAGE))


# The page ------------------------------------------------------------------------------------


def test_the_newest_line_comes_first_and_says_all_of_it(ada: Person) -> None:
    a_type("Call")
    browser(ada).post(
        "/settings/diary-entry-types/new/",
        {"name": "Survey", "colour": "teal", "disclosure": "busy", "synchronise": "on"},
        REMOTE_ADDR="192.0.2.7",
    )

    words = text_of(browser(ada).get(PAGE))

    assert words.index("Survey") < words.index("Call")
    assert "Made a diary entry type Survey Synchronises: on Ada" in words
    assert "Pages, 192.0.2.7" in words


@pytest.mark.parametrize(
    ("question", "there", "gone"),
    [
        ("?what=type_created", "Call", "ben"),
        ("?what=person_added", "Ben (ben)", "Call"),
        ("?by={ada}", "Call", "Ben (ben)"),
        ("?by=0", "Ben (ben)", "Call"),
        ("?first={today}", "Call", "No line of the trail"),
        ("?last={yesterday}", "No line of the trail is like this", "Call"),
        ("?first={tomorrow}", "No line of the trail is like this", "Call"),
        ("?what=<b>&by=x&first=never&before=-1", "Call", "No line of the trail"),
    ],
)
def test_lines_can_be_narrowed(ada: Person, question: str, there: str, gone: str) -> None:
    a_person("Ben")
    types.create_type(TypeChanges(name="Call"), by=ada)
    today = datetime.now(UTC).date()
    one = timedelta(days=1)

    page = browser(ada).get(
        PAGE + question.format(ada=ada.pk, today=today, yesterday=today - one, tomorrow=today + one)
    )

    table = re.sub(r"(?s)<form.*?</form>", "", page.content.decode())
    assert there in table
    assert gone not in table


def test_older_lines_are_a_page_further_with_the_same_filter(ada: Person) -> None:
    for number in range(60):
        audit.record(ada, "type_created", f"Type {number:02}")
    client = browser(ada)

    first = client.get(PAGE + "?what=type_created")
    older = re.search(r'href="(\?what=type_created&amp;before=\d+)"', first.content.decode())
    assert older is not None
    second = client.get(PAGE + older[1].replace("&amp;", "&"))

    assert "Type 10" in text_of(first)
    assert "Type 09" not in text_of(first)
    assert "Type 09" in text_of(second)
    assert "Type 10" not in text_of(second)


def test_only_administrators_read_it(ada: Person) -> None:
    assert browser(a_person("Ben")).get(PAGE).status_code == 403
    assert browser().get(PAGE).status_code == 302


def test_it_asks_the_database_the_same_however_long_it_is(ada: Person) -> None:
    client = browser(ada)
    client.get(PAGE)
    asked = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as seen:
            client.get(PAGE)
        asked.append(len(seen))
        for number in range(45):
            audit.record(
                ada, "type_changed", f"Type {number}", was={"name": "A"}, now={"name": "B"}
            )

    assert asked[0] == asked[1]


def test_hostile_text_is_inert_in_the_trail(ada: Person) -> None:
    text = "<script>alert(1)</script>"
    audit.record(ada, text[:64], text, fields=[text], was={text: text}, now={text: text})
    AuditLine.objects.create(by_name=text, what="x", about=text, from_where=text)

    page = browser(ada).get(PAGE).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


# Secrets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["s3cret-marker-Zq9", "geheim ümläut '\"<b>Zq9", "Zq9" * 40])
def test_no_secret_is_ever_in_the_trail_the_pages_or_the_log(
    ada: Person, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    typed = replace(ACCOUNT, password=secret)
    ben = a_person("Ben", password=secret)
    person_changes.save_person(ben.pk, PersonChanges(password=f"{secret}!2"), by=ada, now=NOW)
    person_changes.set_mail_account(ada, typed, by=ada, now=NOW)
    person_changes.set_service("Diary", "diary@firm.example", typed, by=ada, now=NOW)
    mail_test.ask(ada, typed, asked_by=ada, now=NOW)
    account = accounts.of(ada)
    assert account is not None
    deliveries.try_account_again(account.pk, by=ada, now=NOW)
    rotation.rotate()
    token, text = tokens.issue(ada, "script", by=ada)
    entry = an_entry(ada, ben, kind=a_type())
    api(text).get(f"/api/v1/entries/{entry.pk}/calendar.ics")
    api(text).put(
        f"/api/v1/people/{ada.pk}/mail-account",
        {"host": "smtp.firm.example", "port": 587, "username": "ada", "password": secret},
        content_type="application/json",
    )
    UidCounter.objects.filter(uid=entry.uid).update(organiser_id=ben.pk, organiser_address="b@x.y")
    handing_over.hand_over(ben, by=ada, now=NOW)
    tokens.revoke(token, by=ada, now=NOW)
    client = browser()
    client.post("/accounts/login/", {"login": "ada", "password": secret})
    client.post("/accounts/login/", {"login": "ben", "password": f"{secret}!2"})
    person_changes.remove_mail_account(ada, by=ada, now=NOW)
    person_changes.remove_service(by=ada, now=NOW)
    assert service.the().address == ""

    said = [str(row) for row in AuditLine.objects.values()]
    pages = [
        browser(ada).get(path).content.decode()
        for path in (PAGE, "/settings/", "/settings/mail-accounts/", "/settings/your-details/")
    ]
    recorded = {line.what for line in AuditLine.objects.all()}
    assert {"entries_handed_over", "token_revoked", "keys_rotated"} <= recorded
    for hidden in (secret, text, text.removeprefix("daybook_"), PASSWORD):
        assert not any(hidden in line for line in [*said, *pages, caplog.text])


def test_a_resent_message_is_recorded(ada: Person) -> None:
    entry = an_entry(ada, kind=a_type())
    calendar = Calendar.objects.get(entry_id=entry.pk)
    parcel = Parcel.objects.create(
        calendar=calendar,
        account_id=1,
        method="REQUEST",
        uid=entry.uid,
        sequence=0,
        dtstamp=NOW,
        message_id="<1@firm.example>",
        envelope_from="ada@firm.example",
        envelope_to="ada@firm.example",
        print="",
        state="sent",
        frozen_at=NOW,
    )
    Calendar.objects.update(parcel_id=parcel.pk)
    line = LogLine.objects.create(
        entry_id=entry.pk,
        address=calendar.address,
        uid=entry.uid,
        calendar_id=calendar.pk,
        parcel_id=parcel.pk,
        method="REQUEST",
        state="sent",
        at=NOW,
    )

    deliveries.resend(line.pk, by=ada, now=NOW)

    assert newest("message_resent").detail["entry"] == entry.pk
