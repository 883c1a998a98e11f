"""Mail accounts: what may be typed, what is kept, and who can send."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings
from tests.people.build import NOW, account, administrator, someone

from daybook.people import accounts, sealing
from daybook.people.accounts import AccountInput
from daybook.people.faults import InvalidInput, NotAllowed
from daybook.people.models import AuditLine, MailAccount, Person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def allowed(settings: Settings) -> None:
    """Allow one relay inside the firm, besides public servers."""
    settings.DAYBOOK = replace(settings.DAYBOOK, mail_hosts_allowed=("localhost", "10.0.0.0/8"))


def set_account(owner: Person, typed: AccountInput, by: Person | None = None) -> MailAccount:
    return accounts.set_account(owner, typed, by=by, now=NOW)


def faults_of(owner: Person, **fields: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refusal:
        set_account(owner, account(**fields))
    return [(fault.field, fault.code) for fault in refusal.value.faults]


def test_the_password_is_stored_sealed_and_can_be_opened_again() -> None:
    row = set_account(someone("ada"), account(password="correct horse"))

    row.refresh_from_db()
    assert b"correct" not in bytes(row.password_sealed)
    assert accounts.open_password(row) == "correct horse"


def test_mail_is_from_the_persons_address_unless_another_is_typed() -> None:
    ada = someone("ada")

    assert set_account(ada, account()).from_address == "ada@firm.example"
    own = set_account(ada, account(from_address="diary@firm.example"))
    assert own.from_address == "diary@firm.example"


def test_without_any_address_there_is_nothing_to_send_from() -> None:
    assert faults_of(someone("ada", email="")) == [("from_address", "email_invalid")]


@pytest.mark.parametrize("bad", ["a\rb", "a\nb", "a\x00b", "a" * 10_000, "\ud800", "lost \ufffd"])
@pytest.mark.parametrize("field", ["username", "password", "host", "from_address"])
def test_what_could_break_a_line_of_the_protocol_is_refused(field: str, bad: str) -> None:
    assert [named for named, _ in faults_of(someone("ada"), **{field: bad})] == [field]
    assert not MailAccount.objects.exists()


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0", "0x7f.0.0.1", "2130706433", "::1", "[::1]", "::"),
        *("169.254.169.254", "192.168.0.1", "::ffff:127.0.0.1", "１２７.０.０.１", "", "."),
        "metadata.google.internal",
    ],
)
def test_a_host_that_only_this_machine_can_reach_is_refused(host: str) -> None:
    assert [field for field, _ in faults_of(someone("ada"), host=host)] == ["host"]


@pytest.mark.parametrize("port", [22, 6379, 0, -1, 65536, 2**63])
def test_a_port_that_is_not_for_mail_is_refused(port: int) -> None:
    assert [field for field, _ in faults_of(someone("ada"), port=port)] == ["port"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "10.1.2.3"])
def test_an_allow_listed_host_is_used_on_any_port(host: str) -> None:
    assert set_account(someone("ada"), account(host=host, port=2525)).host == host.lower()


def test_an_open_connection_is_for_allow_listed_hosts_without_a_user_name() -> None:
    ada = someone("ada")
    open_relay = {"security": "none", "username": "", "password": ""}

    assert set_account(ada, account(host="localhost", port=25, **open_relay)).security == "none"
    refused = [("security", "security_not_allowed")]
    assert faults_of(ada, host="smtp.firm.example", port=25, **open_relay) == refused
    assert faults_of(ada, host="localhost", port=25, security="none") == refused


def test_security_is_one_of_three() -> None:
    assert faults_of(someone("ada"), security="ssl3") == [("security", "not_a_choice")]


def test_a_user_name_and_a_password_go_together() -> None:
    ada = someone("ada")

    assert faults_of(ada, password="") == [("password", "password_missing")]
    assert faults_of(ada, username="") == [("username", "missing")]


def test_a_password_left_out_is_kept() -> None:
    ada = someone("ada")
    set_account(ada, account(password="correct horse"))

    row = set_account(ada, account(password=None, port=465, security="tls"))

    assert (row.port, accounts.open_password(row)) == (465, "correct horse")


@pytest.mark.parametrize("elsewhere", [{"host": "smtp.evil.example"}, {"username": "ben"}])
def test_a_kept_password_never_goes_to_another_server_or_user(
    elsewhere: dict[str, object],
) -> None:
    ada = someone("ada")
    set_account(ada, account())

    assert faults_of(ada, password=None, **elsewhere) == [("password", "password_missing")]


def test_there_is_no_password_to_keep_at_first() -> None:
    assert faults_of(someone("ada"), password=None) == [("password", "password_missing")]


def test_setting_an_account_again_ends_its_hold_and_raises_its_revision() -> None:
    ada = someone("ada")
    row = set_account(ada, account())
    later = NOW + timedelta(hours=1)
    MailAccount.objects.update(
        held_reason="sign_in_refused",
        held_reply="535 no",
        held_at=NOW,
        failures=3,
        next_try_at=later,
        lease=7,
        leased_until=later,
    )

    set_account(ada, account(password="another horse"))

    row.refresh_from_db()
    assert (row.held_reason, row.held_reply, row.held_at) == ("", "", None)
    assert (row.failures, row.next_try_at, row.revision) == (0, None, 2)
    # Who holds the lease still does: one connection per account.
    assert (row.lease, row.leased_until) == (7, later)


def test_a_removed_account_forgets_its_password_and_serves_again_under_its_id() -> None:
    ada = someone("ada", email_syncing=True)
    before = set_account(ada, account())

    accounts.remove_account(ada, by=ada, now=NOW)

    assert accounts.of(ada) is None
    assert not accounts.can_send(ada)
    row = MailAccount.objects.get()
    assert (bytes(row.password_sealed), row.username, row.held_reason) == (
        *(b"", ""),
        "account_removed",
    )
    assert set_account(ada, account()).pk == before.pk
    assert accounts.can_send(ada)


def test_removing_where_there_is_nothing_changes_nothing() -> None:
    accounts.remove_account(someone("ada"), by=None, now=NOW)

    assert not MailAccount.objects.exists()


def test_who_has_an_account_and_email_syncing_can_send() -> None:
    ada, ben = someone("ada", email_syncing=True), someone("ben", email_syncing=True)
    someone("cleo", email_syncing=True)
    set_account(ada, account())
    set_account(ben, account(host="localhost", security="none", username="", password=""))

    assert list(accounts.senders().order_by("username")) == [ada, ben]


@pytest.mark.parametrize("columns", [{"email_syncing": False}, {"email_key": "", "email": ""}])
def test_without_email_syncing_or_an_address_nobody_can_send(columns: dict[str, object]) -> None:
    ada = someone("ada", email_syncing=True)
    set_account(ada, account())
    Person.objects.update(**columns)

    assert not accounts.can_send(ada)


def test_a_hold_and_leaving_the_firm_do_not_take_away_that_one_can_send() -> None:
    ada = someone("ada", email_syncing=True, is_active=False)
    set_account(ada, account())
    MailAccount.objects.update(held_reason="daily_limit", held_at=NOW)

    assert accounts.can_send(ada)


def test_an_account_is_its_owners_and_the_administrators_business() -> None:
    ada = someone("ada")

    set_account(ada, account(), by=ada)
    set_account(ada, account(), by=administrator())
    with pytest.raises(NotAllowed):
        set_account(ada, account(), by=someone("cleo"))
    with pytest.raises(NotAllowed):
        accounts.remove_account(ada, by=Person.objects.get(username="cleo"), now=NOW)


def test_a_password_copied_into_another_persons_row_cannot_be_opened() -> None:
    set_account(someone("ada"), account())
    of_ben = set_account(someone("ben"), account())
    stolen = MailAccount.objects.get(person__username="ada").password_sealed
    MailAccount.objects.filter(pk=of_ben.pk).update(password_sealed=stolen)
    of_ben.refresh_from_db()

    with pytest.raises(sealing.SealBroken):
        accounts.open_password(of_ben)


def test_nothing_that_is_printed_or_traced_holds_the_password() -> None:
    ada = someone("ada")
    typed = account(password="secret-canary")
    row = set_account(ada, typed)

    traces = [str(line.detail) + line.about for line in AuditLine.objects.all()]
    assert "secret-canary" not in f"{typed!r} {typed} {row!r} {row} {traces}"
