"""`daybook backup`, `restore` and `quarantine` as an operator meets them."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.test_commands import PASSWORD, Installation, an_installation, wait_until
from tests.upgrades.upgrading import Database

ON_POSTGRES = "DAYBOOK_DATABASE_URL" in os.environ


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with Ada, its administrator."""
    with an_installation(tmp_path_factory.mktemp("kept")) as installation:
        added = installation.run(
            *("user", "add", "ada", "--email", "ada@firm.example", "--forename", "Ada"),
            *("--admin", "--password-stdin"),
            typed=f"{PASSWORD}\n",
        )
        assert added.returncode == 0, added.stderr
        yield installation


@pytest.fixture(scope="module")
def backup(firm: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    path = tmp_path_factory.mktemp("backups") / "friday"
    made = firm.run("backup", str(path))
    assert made.returncode == 0, made.stderr
    assert f"{path.stat().st_size:,} bytes" in made.stdout
    return path


@contextlib.contextmanager
def a_fresh_one(folder: Path) -> Iterator[Installation]:
    with an_installation(folder / "data") as installation:
        yield installation


def test_only_its_owner_can_read_a_backup_and_no_key_is_in_it(
    firm: Installation, backup: Path
) -> None:
    keys = (firm.data / "keys").rglob("*")
    secrets = [word for key in keys for word in key.read_bytes().split()]

    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert len(secrets) > 0
    assert not [secret for secret in secrets if secret in backup.read_bytes()]


def test_a_backup_is_never_written_over(firm: Installation, backup: Path) -> None:
    before = backup.read_bytes()

    refused = firm.run("backup", str(backup))

    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "exists" in refused.stderr
    assert backup.read_bytes() == before


def test_what_cannot_be_written_leaves_nothing_behind(firm: Installation, tmp_path: Path) -> None:
    refused = firm.run("backup", str(tmp_path / "nowhere" / "friday"))

    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_diary_is_not_replaced_unasked(firm: Installation, backup: Path) -> None:
    refused = firm.run("restore", str(backup))

    assert refused.returncode == 1
    assert "There is a diary here already" in refused.stderr
    assert firm.run("quarantine").returncode == 1


def test_an_empty_installation_becomes_the_one_of_the_backup_in_quarantine(
    backup: Path, tmp_path: Path
) -> None:
    with a_fresh_one(tmp_path) as fresh:
        restored = fresh.run("restore", str(backup))
        shown = fresh.run("quarantine")
        released = fresh.run("quarantine", "--release")
        known = fresh.run("token", "create", "ada")

    assert restored.returncode == 0, restored.stderr
    assert "0 pending, nothing was ever sent" in restored.stdout
    assert "In quarantine" in shown.stdout
    assert released.returncode == 0, released.stderr
    assert known.returncode == 0, known.stderr


def test_by_force_a_diary_is_replaced_and_the_former_one_kept(
    firm: Installation, backup: Path, tmp_path: Path
) -> None:
    with a_fresh_one(tmp_path) as other:
        other.run("user", "add", "eve", "--forename", "Eve")

        restored = other.run("restore", str(backup), "--force")

        assert restored.returncode == 0, restored.stderr
        assert other.run("token", "create", "eve").returncode == 1
        assert other.run("token", "create", "ada").returncode == 0
        kept = list(other.data.glob("daybook.sqlite3.before-*"))
        assert len(kept) == (0 if ON_POSTGRES else 1)


def test_a_damaged_backup_changes_nothing(firm: Installation, backup: Path, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    damaged = tmp_path / "damaged"
    damaged.write_bytes(whole[: len(whole) // 2])

    refused = firm.run("restore", str(damaged), "--force")

    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
    assert firm.run("token", "create", "ada").returncode == 0
    assert firm.run("quarantine").returncode == 1


def test_something_else_is_no_backup(firm: Installation, tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_text("Dear Ada")

    for words in ((str(letter),), (str(tmp_path / "nothing"),)):
        refused = firm.run("restore", *words, "--force")
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr


def test_beside_a_worker_nothing_is_restored(
    firm: Installation, backup: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with log.open("w") as words:
        worker = firm.start("worker", stderr=words)
        try:
            wait_until(lambda: "worker started" in log.read_text())
            wait_until((firm.data / "sent-journal" / "current.jsonl").exists)

            refused = firm.run("restore", str(backup), "--force")
        finally:
            worker.terminate()
            worker.wait(45)

    assert refused.returncode == 1
    assert "stop Daybook first" in refused.stderr


def test_a_backup_of_a_newer_version_is_refused(
    firm: Installation, backup: Path, tmp_path: Path
) -> None:
    with a_fresh_one(tmp_path) as other:
        other.run("user", "add", "eve", "--forename", "Eve")
        Database.of(other).change(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('ledger', '9999_of_a_later_year', CURRENT_TIMESTAMP)"
        )
        newer = tmp_path / "newer"
        assert other.run("backup", str(newer)).returncode == 0

        refused = firm.run("restore", str(newer), "--force")

    assert refused.returncode == 1
    assert "newer version" in refused.stderr
    assert firm.run("token", "create", "ada").returncode == 0
    assert firm.run("quarantine").returncode == 1
