"""How a server proves who it is."""

from __future__ import annotations

import ssl

from tests.couriers.certificates import Authority
from tests.couriers.letters import carried, courier_to, mails
from tests.couriers.mail_server import MailServer

from daybook.couriers.courier import AccountTrouble
from daybook.couriers.signing_in import tls_context


def serial_numbers(context: ssl.SSLContext) -> set[int]:
    return {int(str(found["serialNumber"]), 16) for found in context.get_ca_certs()}


def test_certificates_are_always_verified_and_old_versions_refused(authority: Authority) -> None:
    for context in (tls_context(None), tls_context(str(authority.ca_file))):
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_certificates_are_loaded_once(authority: Authority) -> None:
    assert tls_context(str(authority.ca_file)) is tls_context(str(authority.ca_file))
    assert tls_context(None) is not tls_context(str(authority.ca_file))


def test_our_own_authority_is_trusted_besides_the_systems(authority: Authority) -> None:
    ours = serial_numbers(tls_context(str(authority.ca_file)))
    systems = serial_numbers(tls_context(None))

    assert ours - systems == {authority.certificate.serial_number}
    assert systems <= ours


def test_an_authority_is_not_trusted_unless_we_say_so(authority: Authority) -> None:
    with MailServer(starttls=authority.server_context("good")) as server:
        ((_, outcome),) = carried(courier_to(server.port, "starttls"), *mails(2))

    assert isinstance(outcome, AccountTrouble)
    assert outcome.reason == "server_unverified"
    assert "certificate" in outcome.reply
    assert server.received == []
