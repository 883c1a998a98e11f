"""What is refused before any connection is made."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.couriers.letters import LETTER

from daybook.couriers.courier import Mail
from daybook.couriers.pipelining import dotted
from daybook.couriers.smtp import SmtpAccount


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ben",
        "ben@client.test\r\nRCPT TO:<eve@evil.test>",
        "ben@client.test\n",
        "ben@client.test>",
        "<ben@client.test> SIZE=1",
        "ben @client.test",
        "ben@client.test\x00",
        "bén@client.test",
        "ben@client.test\u2028",
        "b" * 250 + "@x.test",
    ],
)
def test_an_address_that_could_say_more_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="envelope address"):
        Mail(1, "ada@firm.test", address, LETTER)
    with pytest.raises(ValueError, match="envelope address"):
        Mail(1, address, "ben@client.test", LETTER)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no line end",
        b"bare\nline feed\r\n",
        b"bare\rreturn\r\n",
        b"\n.\nsmuggled\r\n",
        b"\r.\rsmuggled\r\n",
        b"swapped\n\r\r\n",
        b"a" * 999 + b"\r\n",
        b"nul\x00\r\n",
        "naïve\r\n".encode(),
    ],
)
def test_a_message_that_is_not_whole_lines_of_ascii_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="message"):
        Mail(1, "ada@firm.test", "ben@client.test", data)


def test_the_longest_line_fits() -> None:
    longest = b"a" * 998 + b"\r\n"

    assert Mail(1, "ada@firm.test", "ben@client.test", longest).data == longest


@pytest.mark.parametrize(
    ("data", "on_the_wire"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"a\r\n.b\r\n..\r\n", b"a\r\n..b\r\n...\r\n.\r\n"),
        (b"\r\n\r\n.\r\n", b"\r\n\r\n..\r\n.\r\n"),
    ],
)
def test_a_line_that_begins_with_a_dot_gets_another(data: bytes, on_the_wire: bytes) -> None:
    mail = Mail(1, "ada@firm.test", "ben@client.test", data)
    assert dotted(mail) == on_the_wire
    assert dotted(replace(mail, head=b"x\r\n", body=data)) == b"x\r\n" + on_the_wire


@pytest.mark.parametrize("word", ["a\r\nb", "a\0b", "\n", "x" * 10_000])
def test_a_credential_is_one_short_line(word: str) -> None:
    with pytest.raises(ValueError, match="user name or password"):
        SmtpAccount("mail.test", 587, "starttls", word, "secret")
    with pytest.raises(ValueError, match="user name or password"):
        SmtpAccount("mail.test", 587, "starttls", "ada", word)


def test_a_password_is_never_for_an_unprotected_line() -> None:
    with pytest.raises(ValueError, match="unprotected"):
        SmtpAccount("mail.test", 25, "none", "ada", "secret")


def test_a_line_is_protected_in_a_known_way() -> None:
    with pytest.raises(ValueError, match="protect"):
        SmtpAccount("mail.test", 25, "ssl")


@pytest.mark.parametrize("name", ["", "a b", "a\r\nMAIL FROM:<x@y>", "é.test"])
def test_we_call_ourselves_by_one_word(name: str) -> None:
    with pytest.raises(ValueError, match="host name"):
        SmtpAccount("mail.test", 25, "none", local_host=name)


def test_an_account_does_not_show_its_password() -> None:
    assert "sesame" not in repr(SmtpAccount("mail.test", 587, "starttls", "ada", "sesame"))
