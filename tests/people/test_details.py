"""Each field of a person, and who may change it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.people.build import add, administrator, change, someone, synchronising

from daybook.people.details import PersonChanges
from daybook.people.faults import InvalidInput, NotAllowed
from daybook.people.models import AuditLine, Person

pytestmark = pytest.mark.django_db

PASSWORD = "plenty of rope and time"


def faults_of(person: Person, **fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refusal:
        change(person, **fields)
    return [(fault.field, fault.code) for fault in refusal.value.faults]


def test_a_new_person_is_an_active_member_with_switches_off_and_no_password() -> None:
    ada = add(username="ada", forename="Ada")

    ada.refresh_from_db()
    assert (ada.role, ada.is_active, ada.email_syncing, ada.diary_sync) == (
        *("member", True),
        *(False, False),
    )
    assert (ada.calendar_kind, ada.email, ada.has_usable_password()) == ("unknown", "", False)


def test_a_new_person_needs_a_user_name_and_a_forename() -> None:
    with pytest.raises(InvalidInput) as refusal:
        add(surname="Lovelace")

    assert [(f.field, f.code) for f in refusal.value.faults] == [
        ("username", "missing"),
        ("forename", "missing"),
    ]


def test_every_fault_is_named_at_once() -> None:
    faults = faults_of(
        someone("ada"),
        forename="",
        email="nobody",
        timezone="Europe/Nowhere",
        role="emperor",
        calendar_kind="paper",
    )

    assert faults == [
        ("forename", "missing"),
        ("email", "email_invalid"),
        ("timezone", "timezone_unknown"),
        ("role", "not_a_choice"),
        ("calendar_kind", "not_a_choice"),
    ]


@pytest.mark.parametrize("field", ["username", "forename", "surname"])
@pytest.mark.parametrize(
    "text",
    [
        "a\r\nb",
        "a\n",
        "a\x00b",
        "a\x1b[31mb",
        "a\u2028b",
        "a\u2029b",
        "a\x85b",
        "a\ud800b",
        "lost \ufffd",
        "a\ufffeb",
        "a\u202eb",
    ],
)
def test_names_are_one_line_of_text(field: str, text: str) -> None:
    assert faults_of(someone("ada"), **{field: text}) == [(field, "not_one_line")]


@pytest.mark.parametrize(
    ("field", "longest"), [("username", 150), ("forename", 100), ("surname", 100)]
)
def test_names_have_bounds(field: str, longest: int) -> None:
    ada = someone("ada")
    named: dict[str, Any] = {field: "ä" * longest}
    change(ada, **named)

    assert faults_of(ada, **{field: "ä" * (longest + 1)}) == [(field, "too_long")]
    assert faults_of(ada, **{field: "ä" * 10_000_000}) == [(field, "too_long")]


@pytest.mark.parametrize("name", ["Zoë", "Łukasz Żółć", "نرگس", "Сергей", "O'Neill-Smith"])
def test_names_of_any_script_are_kept_as_typed(name: str) -> None:
    assert change(someone("ada"), forename=f" {name} ").person.forename == name


@pytest.mark.parametrize("taken", ["ben", "BEN", "Ｂen"])
def test_a_user_name_is_one_persons_however_it_is_written(taken: str) -> None:
    someone("ben")

    assert faults_of(someone("ada"), username=taken) == [("username", "username_taken")]


def test_a_user_name_beyond_ascii_is_compared_without_case_too() -> None:
    someone("ärger", email="")

    assert faults_of(someone("ada"), username="ÄRGER") == [("username", "username_taken")]


def test_a_user_name_with_invisible_characters_is_refused() -> None:
    assert faults_of(someone("ada"), username="be\u200bn") == [("username", "not_printable")]


def test_one_may_change_the_case_of_ones_own_user_name() -> None:
    assert change(someone("ada"), username="Ada").person.username == "Ada"


@pytest.mark.parametrize(
    "email",
    [
        "a@x.test\r\nRCPT TO:<e@x.test>",
        "a@x.test\n",
        "a@x.test>",
        "<a@x.test> SIZE=1",
        "a@x.test, d@e.test",
        '"a b"@x.test',
        "a@x.test\u2028X",
        "a" * 65 + "@x.test",
        "a@[127.0.0.1]",
        "a@localhost",
        "-oQx@example.org",
        "a@x.test\x00",
        "\ud800@x.test",
        "a" * 100_000 + "@x.test",
    ],
)
def test_a_bad_address_is_refused_and_nothing_is_saved(email: str) -> None:
    ada = synchronising("ada")

    assert faults_of(ada, email=email) == [("email", "email_invalid")]
    ada.refresh_from_db()
    assert (ada.email, ada.diary_sync) == ("ada@firm.example", True)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("password123", "password_too_common"),
        ("lovelace-ada", "password_too_similar"),
        ("a" * 10_000, "password_invalid"),
        ("plenty of rope\x00", "password_invalid"),
        ("plenty of rope \ud800", "password_invalid"),
    ],
)
def test_a_weak_or_odd_password_is_refused(password: str, code: str) -> None:
    faults = faults_of(someone("ada", surname="Lovelace-Ada"), password=password)

    assert ("password", code) in faults


def test_a_password_is_judged_against_the_names_of_the_same_change() -> None:
    with pytest.raises(InvalidInput) as refusal:
        add(username="ada", forename="Ada", surname="Lovelacexyz", password="lovelacexyz")

    assert [fault.code for fault in refusal.value.faults] == ["password_too_similar"]


def test_a_password_is_stored_as_a_digest_only() -> None:
    ada = change(someone("ada"), password=PASSWORD).person

    assert ada.check_password(PASSWORD)
    assert ada.password.startswith("argon2")


def test_the_last_active_administrator_stays_one() -> None:
    administrator("ben", is_active=False)
    root = administrator()

    assert faults_of(root, role="member") == [("role", "last_administrator")]
    assert faults_of(root, active=False) == [("active", "last_administrator")]


def test_one_of_two_administrators_may_step_down() -> None:
    administrator("ben")

    assert change(administrator(), role="member").person.role == "member"


def test_a_member_changes_every_detail_of_his_own() -> None:
    ada = someone("ada")

    outcome = change(
        ada,
        by=ada,
        forename="Augusta",
        surname="King",
        email="augusta@firm.example",
        timezone="Europe/Paris",
        calendar_kind="apple",
        email_syncing=True,
        diary_sync=True,
        password=PASSWORD,
    )

    assert (outcome.name_changed, outcome.sync_is) == (True, True)


@pytest.mark.parametrize(
    "fields", [{"role": "administrator"}, {"active": False}, {"username": "root"}]
)
def test_a_member_cannot_change_what_is_the_firms(fields: dict[str, Any]) -> None:
    ada = someone("ada")

    with pytest.raises(NotAllowed):
        change(ada, by=ada, **fields)


def test_a_member_may_send_back_what_is_the_firms_unchanged() -> None:
    ada = someone("ada")

    change(ada, by=ada, username="ada", role="member", active=True, surname="King")

    assert Person.objects.get().surname == "King"


def test_a_member_cannot_change_or_add_anybody_else() -> None:
    cleo = someone("cleo")

    with pytest.raises(NotAllowed):
        change(someone("ada"), by=cleo, surname="King")
    with pytest.raises(NotAllowed):
        add(by=cleo, username="dan", forename="Dan")


def test_a_deactivated_administrator_changes_nothing() -> None:
    former = administrator(is_active=False)

    with pytest.raises(NotAllowed):
        change(someone("ada"), by=former, surname="King")


def test_a_change_leaves_a_line_with_who_and_what_but_no_values() -> None:
    root = administrator()
    change(someone("ada"), by=root, surname="King", password=PASSWORD)

    line = AuditLine.objects.get()
    assert (line.by_name, line.what, line.about) == ("Root", "person_changed", "Ada King (ada)")
    assert line.detail["fields"] == ["surname", "password"]


def test_saving_without_a_change_leaves_no_line() -> None:
    change(someone("ada"), forename="Ada")

    assert not AuditLine.objects.exists()


def test_fields_left_out_are_not_given() -> None:
    assert PersonChanges(email="", password=None).given() == {"email": "", "password": None}
