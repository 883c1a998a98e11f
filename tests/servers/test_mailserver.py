"""The mail provider of the tests behaves as a firm's provider does."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator

import psycopg
import pytest
from tests.servers.mailserver import MailServer

MAIL = b"From: ada@firm.test\r\nTo: %b\r\nSubject: %b\r\n\r\nAt ten, then.\r\n"


@contextlib.contextmanager
def signed_in(server: MailServer, address: str = "ada@firm.test") -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(server.host, server.submission_port, timeout=20) as line:
        line.starttls(context=server.tls_context())
        line.login(address, server.passwords[address])
        yield line


def send(line: smtplib.SMTP, recipient: str, subject: str = "Review") -> None:
    line.sendmail("ada@firm.test", [recipient], MAIL % (recipient.encode(), subject.encode()))


def test_signed_in_mail_arrives_in_order_and_for_nobody_else(mail_server: MailServer) -> None:
    mail_server.add_user("first@firm.test", "one")
    mail_server.add_user("cleo@firm.test", "two")
    with signed_in(mail_server) as line:
        for number in range(3):
            send(line, "first@firm.test", f"Number {number}")
            messages = mail_server.arrivals("first@firm.test", number + 1)

    subjects = [line for mail in messages for line in mail.splitlines() if b"Subject" in line]
    assert subjects == [b"Subject: Number 0", b"Subject: Number 1", b"Subject: Number 2"]
    assert mail_server.settled_mailbox("cleo@firm.test") == []


def test_tls_from_the_start_works_too(mail_server: MailServer) -> None:
    mail_server.add_user("tls@firm.test", "pw")
    with smtplib.SMTP_SSL(
        mail_server.host, mail_server.tls_port, context=mail_server.tls_context(), timeout=20
    ) as line:
        line.login("ada@firm.test", mail_server.passwords["ada@firm.test"])
        send(line, "tls@firm.test")

    assert len(mail_server.arrivals("tls@firm.test", 1)) == 1


def test_its_certificate_convinces_only_those_who_know_its_authority(
    mail_server: MailServer,
) -> None:
    line = smtplib.SMTP(mail_server.host, mail_server.submission_port, timeout=20)

    with contextlib.closing(line), pytest.raises(ssl.SSLCertVerificationError):
        line.starttls(context=ssl.create_default_context())


def test_nobody_signs_in_without_tls(mail_server: MailServer) -> None:
    with smtplib.SMTP(mail_server.host, mail_server.submission_port, timeout=20) as line:
        line.ehlo()

        assert not line.has_extn("auth")
        assert line.has_extn("smtputf8")
        assert line.has_extn("pipelining")


def test_a_wrong_password_is_535(mail_server: MailServer) -> None:
    with smtplib.SMTP(mail_server.host, mail_server.submission_port, timeout=20) as line:
        line.starttls(context=mail_server.tls_context())
        with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
            line.login("ada@firm.test", "guess")

    assert refusal.value.smtp_code == 535


def test_a_user_sends_only_from_the_own_address(mail_server: MailServer) -> None:
    ben = signed_in(mail_server, "ben@firm.test")

    with ben as line, pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(line, "ben@firm.test")

    assert refusal.value.recipients["ben@firm.test"][0] == 553


def test_who_is_not_signed_in_sends_nothing(mail_server: MailServer) -> None:
    with smtplib.SMTP(mail_server.host, mail_server.submission_port, timeout=20) as line:
        line.starttls(context=mail_server.tls_context())
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            send(line, "ben@firm.test")

    code, reason = refusal.value.recipients["ben@firm.test"]
    assert (code, b"not logged in" in reason) == (553, True)


def test_an_unknown_recipient_is_550(mail_server: MailServer) -> None:
    with signed_in(mail_server) as line, pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(line, "nobody@firm.test")

    assert refusal.value.recipients["nobody@firm.test"][0] == 550


@pytest.mark.parametrize("reply", ["550 5.2.1 Left the firm", "450 4.2.1 Busy, later"])
def test_a_recipient_is_refused_as_told_until_accepted_again(
    mail_server: MailServer, reply: str
) -> None:
    address = f"refused{reply[:3]}@firm.test"
    mail_server.add_user(address, "pw")
    mail_server.refuse_recipient(address, reply)
    with signed_in(mail_server) as line, pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(line, address)
    mail_server.accept_recipient(address)
    with signed_in(mail_server) as line:
        send(line, address)

    code, reason = refusal.value.recipients[address]
    assert (code, reason.decode().partition(" ")[0]) == (int(reply[:3]), reply.split()[1])
    assert reply.split(maxsplit=2)[2] in reason.decode()
    assert len(mail_server.arrivals(address, 1)) == 1


def test_a_user_of_a_new_domain_gets_mail(mail_server: MailServer) -> None:
    mail_server.add_user("ada@branch.test", "pw")
    with signed_in(mail_server) as line:
        send(line, "ada@branch.test")

    assert len(mail_server.arrivals("ada@branch.test", 1)) == 1


def test_mail_to_another_provider_comes_back_to_its_sender(mail_server: MailServer) -> None:
    before = len(mail_server.mailbox("ada@firm.test"))
    with signed_in(mail_server) as line:
        send(line, "client@elsewhere.test")

    returned = mail_server.arrivals("ada@firm.test", before + 1)[-1]

    assert b"multipart/report" in returned
    assert b"client@elsewhere.test" in returned


def test_an_outage_refuses_connections_and_ends() -> None:
    with MailServer([("ada@firm.test", "pw")]) as server:
        server.stop()
        with pytest.raises(ConnectionRefusedError):
            smtplib.SMTP(server.host, server.submission_port, timeout=20)
        assert server.mailbox("ada@firm.test") == []
        server.start()
        with signed_in(server) as line:
            send(line, "ada@firm.test")

        assert len(server.arrivals("ada@firm.test", 1)) == 1
    assert not server.folder.exists()


def test_the_database_server_is_a_real_one_and_empty(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        [(tables,)] = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        )
        version = connection.info.server_version

    assert tables == 0
    assert version >= 150000
