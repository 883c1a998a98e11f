"""The demo's mail server keeps every message, whole, and on this machine."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from daybook.demo.post_office import Mailboxes, PostOffice

MAIL = b"Subject: Hello\r\n\r\nA line\r\n.. and a dot\r\n"


@pytest.fixture
def mailboxes(tmp_path: Path) -> Mailboxes:
    return Mailboxes(tmp_path / "mailboxes")


@pytest.fixture
def port(mailboxes: Mailboxes) -> Iterator[int]:
    office = PostOffice(mailboxes)
    yield office.open()
    office.close()


def send(port: int, *recipients: str) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as line:
        line.sendmail("ada@firm.example", recipients, MAIL)


def test_each_recipient_finds_the_message_as_it_was_sent(mailboxes: Mailboxes, port: int) -> None:
    send(port, "Ben@firm.example", "ada@firm.example")

    for key in ("ben@firm.example", "ada@firm.example"):
        (letter,) = mailboxes.letters(key)
        assert letter.data == MAIL
        assert letter.message()["Subject"] == "Hello"


def test_messages_are_in_the_order_they_came(mailboxes: Mailboxes, port: int) -> None:
    for _ in range(11):
        send(port, "ben@firm.example")

    numbers = [letter.number for letter in mailboxes.letters("ben@firm.example")]

    assert numbers == sorted(numbers)
    assert mailboxes.count("ben@firm.example") == 11


def test_nobodys_mailbox_is_empty(mailboxes: Mailboxes) -> None:
    assert mailboxes.letters("cleo@firm.example") == []
    assert mailboxes.count("cleo@firm.example") == 0


@pytest.mark.parametrize("address", ["../../x@firm.example", "..", "a/b@firm.example"])
def test_no_address_names_a_folder_elsewhere(tmp_path: Path, address: str) -> None:
    Mailboxes(tmp_path / "mailboxes").keep(address, 1, MAIL)

    (kept,) = tmp_path.rglob("*.eml")
    assert kept.parent.parent == tmp_path / "mailboxes"
