"""Sealed passwords: what opens them, what does not, and changing the key meanwhile."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connections
from pytest_django.fixtures import Settings
from tests.people.build import NOW, account, someone

from daybook.people import accounts, rotation, sealing
from daybook.people.models import MailAccount


@pytest.fixture(autouse=True)
def keys(settings: Settings, tmp_path: Path) -> Path:
    """Keep the keys of each test in a folder of its own, and return their file."""
    settings.DAYBOOK = replace(settings.DAYBOOK, data=tmp_path)
    return tmp_path / "keys" / "seal.keys"


def sealed(text: str = "correct horse") -> bytes:
    return sealing.seal(text, owner="person 1", field="password")


def opened(value: bytes, owner: str = "person 1", field: str = "password") -> str:
    return sealing.unseal(value, owner=owner, field=field)


@pytest.mark.parametrize("text", ["correct horse", "ü€😀", "x" * 1000])
def test_what_is_sealed_opens_for_the_same_owner_and_field(text: str) -> None:
    assert opened(sealed(text)) == text


def test_sealing_twice_never_gives_the_same_bytes() -> None:
    assert sealed() != sealed()


@pytest.mark.parametrize(
    ("owner", "field"),
    [("person 2", "password"), ("person 1", "token"), ("service", "password"), ("person 1\0", "")],
)
def test_a_value_moved_to_another_row_or_field_stays_shut(owner: str, field: str) -> None:
    value = sealed()

    with pytest.raises(sealing.SealBroken):
        opened(value, owner, field)


def test_a_value_changed_in_any_byte_stays_shut() -> None:
    value = sealed()

    for place in range(len(value)):
        altered = bytearray(value)
        altered[place] ^= 1
        with pytest.raises(sealing.SealBroken):
            opened(bytes(altered))


@pytest.mark.parametrize("value", [b"", b"x", b"correct horse", b"\x01" * 20, b"\x02" * 80])
def test_what_was_never_sealed_is_never_taken_for_a_password(value: bytes) -> None:
    sealed()

    with pytest.raises(sealing.SealBroken):
        opened(value)


def test_the_keys_are_readable_by_their_owner_only(keys: Path) -> None:
    sealed()

    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", ["gone", "empty", "nonsense", "short", "binary"])
def test_without_its_key_a_value_stays_shut(keys: Path, damage: str) -> None:
    value = sealed()
    match damage:
        case "gone":
            keys.unlink()
        case "empty":
            keys.write_text("")
        case "nonsense":
            keys.write_text("not a list of keys\n")
        case "short":
            keys.write_text("01020304 AAAA\n")
        case _:
            keys.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(sealing.SealBroken):
        opened(value)


def test_looking_for_a_lost_key_does_not_make_a_new_one(keys: Path) -> None:
    value = sealed()
    keys.unlink()
    with pytest.raises(sealing.SealBroken):
        opened(value)

    assert not keys.exists()


def test_a_new_key_seals_and_the_old_ones_still_open(keys: Path) -> None:
    before = sealed("old")
    added = sealing.add_key()
    after = sealed("new")

    assert (opened(before), opened(after)) == ("old", "new")
    assert after[1:5].hex() == added
    assert (sealing.is_current(before), sealing.is_current(after)) == (False, True)
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    program = (
        "import django; django.setup()\n"
        "from daybook.people import sealing\n"
        "print(sealing.seal('x', owner='person 1', field='password').hex())\n"
    )
    environment = {"DAYBOOK_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "daybook.settings"}
    processes = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE)
        for _ in range(4)
    ]

    values = [bytes.fromhex(process.communicate(timeout=60)[0].decode()) for process in processes]

    assert [opened(value) for value in values] == ["x"] * 4


@pytest.mark.django_db
def test_rotation_seals_every_password_anew_and_once() -> None:
    people = [someone(f"person{n}") for n in range(3)]
    for person in people:
        accounts.set_account(person, account(password=person.username), by=None, now=NOW)
    sealing.add_key()

    assert rotation.rotate() == rotation.Rotation(resealed=3, broken=())
    assert rotation.rotate() == rotation.Rotation(resealed=0, broken=())
    for row in MailAccount.objects.select_related("person"):
        assert sealing.is_current(row.password_sealed)
        assert row.person is not None
        assert accounts.open_password(row) == row.person.username
        # A worker that signs in meanwhile has the right credentials.
        assert row.revision == 1


@pytest.mark.django_db
def test_rotation_names_the_accounts_it_cannot_open_and_does_the_others() -> None:
    broken = accounts.set_account(someone("ada"), account(), by=None, now=NOW)
    accounts.set_account(someone("ben"), account(), by=None, now=NOW)
    MailAccount.objects.filter(pk=broken.pk).update(password_sealed=b"\x01" + b"damaged" * 20)
    sealing.add_key()

    assert rotation.rotate() == rotation.Rotation(resealed=1, broken=(broken.pk,))


@pytest.mark.django_db(transaction=True)
def test_every_password_opens_at_any_moment_of_a_rotation() -> None:
    for n in range(50):
        accounts.set_account(someone(f"p{n}"), account(password=f"horse {n}"), by=None, now=NOW)
    opened_right, stop = [], threading.Event()

    def send() -> None:
        while not stop.is_set():
            for row in MailAccount.objects.select_related("person"):
                assert row.person is not None
                opened_right.append(
                    accounts.open_password(row) == f"horse {row.person.username[1:]}"
                )
        connections.close_all()

    worker = threading.Thread(target=send)
    worker.start()
    for _ in range(3):
        sealing.add_key()
        rotation.rotate()
    stop.set()
    worker.join(timeout=30)

    assert len(opened_right) >= 50
    assert all(opened_right)
    assert all(sealing.is_current(row.password_sealed) for row in MailAccount.objects.all())
