"""Settings: what is taken, what is refused in one line, and what stays secret."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from daybook import configuration
from daybook.commands.showing import described, without_secrets
from daybook.configuration import Configuration, ConfigurationError
from daybook.couriers.guard import Guard


def read(**variables: str) -> Configuration:
    return configuration.read({f"DAYBOOK_{name}": value for name, value in variables.items()})


def test_everything_has_a_default() -> None:
    configured = configuration.read({})

    assert (configured.quiet_seconds, configured.mail_per_minute, configured.mail_per_day) == (
        *(15.0, 20),
        400,
    )
    assert (configured.database_url, configured.public_url, configured.mail_ca_file) == (
        *("", ""),
        None,
    )
    assert not configured.secure


def test_an_empty_variable_is_the_default() -> None:
    assert read(QUIET_SECONDS=" ", DATA="") == configuration.read({})


def test_what_is_set_is_taken(tmp_path: Path) -> None:
    certificates = tmp_path / "ca.pem"
    certificates.touch()

    configured = read(
        DATA=str(tmp_path),
        QUIET_SECONDS="0",
        MAIL_HOSTS_ALLOWED="Mail.firm.example, 10.0.0.0/8,::1",
        MAIL_CA_FILE=str(certificates),
        PUBLIC_URL="https://diary.firm.example/",
    )

    assert (configured.data, configured.quiet_seconds) == (tmp_path, 0)
    assert configured.mail_hosts_allowed == ("mail.firm.example", "10.0.0.0/8", "::1")
    assert configured.mail_ca_file == certificates
    assert (configured.public_url, configured.public_host, configured.secure) == (
        *("https://diary.firm.example", "diary.firm.example"),
        True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATA", __file__),
        ("QUIET_SECONDS", "soon"),
        ("QUIET_SECONDS", "-1"),
        ("QUIET_SECONDS", "nan"),
        ("QUIET_SECONDS", "3601"),
        ("MAIL_PER_MINUTE", "-1"),
        ("MAIL_PER_MINUTE", "1.5"),
        ("MAIL_PER_DAY", "٣"),
        ("MAIL_PER_DAY", "9" * 5000),
        ("ANSWERS_PER_COMMIT", "0"),
        ("ANSWERS_PER_COMMIT", "51"),
        ("ANSWERS_PER_COMMIT", "٣"),
        ("MAIL_HOSTS_ALLOWED", "a b"),
        ("MAIL_HOSTS_ALLOWED", "10.0.0.0/33"),
        ("MAIL_HOSTS_ALLOWED", "10.0.0.5/8"),
        ("MAIL_CA_FILE", "/nowhere/at/all.pem"),
        ("DATABASE_URL", "mysql://localhost/daybook"),
        ("DATABASE_URL", "postgresql://localhost"),
        ("DATABASE_URL", "postgresql://localhost:many/daybook"),
        ("PUBLIC_URL", "diary.firm.example"),
        ("PUBLIC_URL", "http://diary.firm.example"),
        ("PUBLIC_URL", "https://diary.firm.example/sub"),
        ("PUBLIC_URL", "https://diary.firm.example:many"),
        ("PUBLIC_URL", "ftp://diary.firm.example"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read(**{name: value})

    line = str(refusal.value)
    assert line.startswith(f"DAYBOOK_{name}: ")
    assert "\n" not in line
    assert len(line) < 400


@pytest.mark.parametrize(
    "url", ["postgres:/me:canary@host/name", "postgresql://me:canary@host", "canary"]
)
def test_a_wrong_database_address_is_not_repeated_with_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read(DATABASE_URL=url)

    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize("entry", ["mail.firm.example", "10.0.0.0/8", "127.0.0.1", "::1", "mail"])
def test_every_host_that_may_be_listed_is_one_the_guard_understands(entry: str) -> None:
    listed = read(MAIL_HOSTS_ALLOWED=entry).mail_hosts_allowed

    host = "10.1.2.3" if "/" in entry else entry
    assert Guard(listed).check_form(host, 2525) is None


def test_plain_http_is_for_this_machine_only() -> None:
    assert not read(PUBLIC_URL="http://127.0.0.1:8000").secure


def test_a_database_address_becomes_djangos_description() -> None:
    configured = read(DATABASE_URL="postgresql://me:p%40ss@db.firm.example:5433/day%20book")

    described_database = configuration.database(configured)

    assert {
        key: described_database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    } == {
        "NAME": "day book",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.firm.example",
        "PORT": "5433",
    }


def test_without_a_database_address_everything_is_in_the_data_folder(tmp_path: Path) -> None:
    described_database = configuration.database(read(DATA=str(tmp_path)))

    assert described_database["NAME"] == tmp_path / "daybook.sqlite3"


def test_a_connection_to_sqlite_keeps_few_statements(tmp_path: Path) -> None:
    options = configuration.database(read(DATA=str(tmp_path)))["OPTIONS"]

    assert isinstance(options, dict)
    assert options["cached_statements"] == 32


def test_the_session_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    secret = configuration.django_secret(tmp_path)

    assert configuration.django_secret(tmp_path) == secret
    assert len(secret) >= 64
    file = tmp_path / "keys" / "session.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_file_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "some.key"
    file.write_text("first")

    configuration.create_once(file, "second")

    assert file.read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["some.key"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("", ""),
        ("postgresql://db/daybook", "postgresql://db/daybook"),
        ("postgresql://me@db/daybook", "postgresql://me@db/daybook"),
        ("postgresql://me:canary@db:5432/daybook", "postgresql://me:***@db:5432/daybook"),
        ("postgresql://me:can@ary@db/daybook", "postgresql://me:***@db/daybook"),
        ("postgresql://:canary@db/daybook", "postgresql://:***@db/daybook"),
        ("postgresql://db/daybook?password=canary", "postgresql://db/daybook?***"),
    ],
)
def test_a_database_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


def test_every_setting_is_shown_as_it_could_be_typed(tmp_path: Path) -> None:
    typed = {
        "DATA": str(tmp_path),
        "DATABASE_URL": "postgresql://db/daybook",
        "QUIET_SECONDS": "2.5",
        "MAIL_PER_MINUTE": "0",
        "MAIL_PER_DAY": "7",
        "ANSWERS_PER_COMMIT": "50",
        "MAIL_HOSTS_ALLOWED": "mail.firm.example,10.0.0.0/8",
        "MAIL_CA_FILE": "",
        "PUBLIC_URL": "https://diary.firm.example",
        "METRICS_TOKEN": "",
    }

    assert described(read(**typed)) == [f"DAYBOOK_{name}={value}" for name, value in typed.items()]


def test_what_follows_the_question_mark_is_for_the_library_of_postgresql(tmp_path: Path) -> None:
    url = "postgresql://ada:p%40ss@db.firm.example/diary?sslmode=verify-full"
    described = configuration.database(
        configuration.read({"DAYBOOK_DATA": str(tmp_path), "DAYBOOK_DATABASE_URL": url})
    )

    options = described["OPTIONS"]
    assert isinstance(options, dict)
    assert options["sslmode"] == "verify-full"
    # A host that is cut off keeps neither locks nor us waiting.
    assert "idle_in_transaction_session_timeout" in options["options"]
    assert described["PASSWORD"] == "p@ss"


def test_the_token_of_metrics_is_long_and_never_shown() -> None:
    token = "canary-token-of-the-scraper"

    assert "DAYBOOK_METRICS_TOKEN=***" in described(read(METRICS_TOKEN=token))
    assert token not in repr(read(METRICS_TOKEN=token))
    for bad in (token[:19], token + "\n" + token, token + "é"):
        with pytest.raises(ConfigurationError) as refused:
            read(METRICS_TOKEN=bad)
        assert "canary" not in str(refused.value)
