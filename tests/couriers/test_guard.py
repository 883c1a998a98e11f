"""A mail account leads to mail servers and nowhere else."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.couriers.letters import HASTY, carried, mails

from daybook.couriers.courier import AccountTrouble, Outcome, TryLater
from daybook.couriers.guard import (
    CheckedAddress,
    Guard,
    ObjectionError,
    Resolver,
    is_public,
    system_resolver,
)
from daybook.couriers.smtp import SmtpAccount, SmtpCourier

PUBLIC = "9.9.9.9"

REFUSED_HOSTS = [
    line
    for line in (Path(__file__).parent / "refused_hosts.txt").read_text().splitlines()
    if not line.startswith("#")
]
NUMERIC_ADDRESSES = [host for host in REFUSED_HOSTS if re.fullmatch("[0-9.]+|.*:.*", host)]
IN_DISGUISE = ["１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1", "ⓛocalhost", "mаil.test"]
NOT_A_HOST = [
    "",
    " ",
    "smtp.example.com ",
    "smtp.example.com\n",
    "smtp.example.com.",
    "smtp..example.com",
    "-smtp.example.com",
    "smtp.example.com:587",
    "smtp://smtp.example.com",
    "http://127.0.0.1/",
    "u@169.254.169.254",
    "a.test#@127.0.0.1",
    "file:///etc/passwd",
    "a\x00b.test",
    "a,b.test",
    "a/../b.test",
    "x" * 64 + ".test",
    "x." * 130 + "test",
]


class DnsOf:
    """A name server that counts its questions and answers each in turn."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked = 0
        self._answers = iter(answers)

    def __call__(self, *_: object) -> list[tuple[str, int]]:
        self.asked += 1
        return [(address, 0) for address in next(self._answers)]


def no_questions(host: str, port: int) -> list[tuple[str, int]]:
    raise AssertionError(f"{host} was looked up")


def objection(guard: Guard, host: str, port: int = 587) -> str | None:
    try:
        guard.resolve(host, port)
    except ObjectionError as error:
        return error.objection.code
    return None


@pytest.mark.parametrize("host", [*REFUSED_HOSTS, *IN_DISGUISE, *NOT_A_HOST])
def test_a_host_that_is_no_public_server_is_refused_by_its_form(host: str) -> None:
    guard = Guard(resolver=no_questions)

    found = guard.check_form(host, 587)

    assert found is not None
    assert found.code in ("host_invalid", "host_not_allowed")
    assert objection(guard, host) == found.code


@pytest.mark.parametrize(
    "host", ["smtp.example.com", "MX1.firm-mail.co.uk", "9.9.9.9", "2620:fe::9"]
)
def test_a_public_server_is_let_through(host: str) -> None:
    assert Guard().check_form(host, 587) is None
    assert objection(Guard(resolver=DnsOf([PUBLIC])), host) is None


@pytest.mark.parametrize("port", [22, 80, 443, 2375, 2525, 6379, 11211, 65535])
def test_only_mail_ports_are_reached(port: int) -> None:
    found = Guard().check_form("smtp.example.com", port)

    assert found is not None
    assert found.code == "port_not_allowed"
    assert "25, 465, 587" in found.sentence


@pytest.mark.parametrize("port", [0, -1, 65536, 10**9])
def test_a_port_is_a_port(port: int) -> None:
    for allowed in ([], ["smtp.example.com"]):
        found = Guard(allowed).check_form("smtp.example.com", port)
        assert found is not None
        assert found.code == "port_invalid"


@pytest.mark.parametrize("address", NUMERIC_ADDRESSES)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    for answer in ([address], [PUBLIC, address], [address, PUBLIC]):
        guard = Guard(resolver=DnsOf(answer))
        assert objection(guard, "smtp.example.com") == "host_not_allowed"


def test_a_scoped_address_is_refused() -> None:
    guard = Guard(resolver=lambda *_: [("2600::1", 3)])

    assert objection(guard, "smtp.example.com") == "host_not_allowed"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no such name"), "host_unknown"),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), "unreachable"),
        (socket.gaierror(socket.EAI_FAIL, "failed"), "unreachable"),
        (UnicodeError("label too long"), "unreachable"),
    ],
)
def test_a_name_that_leads_nowhere(answer: Exception, code: str) -> None:
    def resolver(*_: object) -> list[tuple[str, int]]:
        raise answer

    assert objection(Guard(resolver=resolver), "smtp.example.com") == code


def test_a_name_without_addresses_is_unknown() -> None:
    assert objection(Guard(resolver=DnsOf([])), "smtp.example.com") == "host_unknown"


def test_every_address_is_kept_once_and_in_order() -> None:
    guard = Guard(resolver=DnsOf(["2620:fe::9", PUBLIC, "2620:fe::9"]))

    assert guard.resolve("smtp.example.com", 465) == [
        CheckedAddress("2620:fe::9", 465),
        CheckedAddress(PUBLIC, 465),
    ]


@pytest.mark.parametrize("listed", ["mail.inside.test", "MAIL.inside.test", "localhost", "mailhub"])
def test_a_listed_name_is_reached_wherever_it_is(listed: str) -> None:
    guard = Guard([listed], resolver=DnsOf(["10.0.0.5"], ["127.0.0.1"]))

    assert guard.resolve(listed.lower(), 2525) == [CheckedAddress("10.0.0.5", 2525)]
    assert guard.resolve(listed.upper(), 25) == [CheckedAddress("127.0.0.1", 25)]


def test_a_listed_name_is_that_name_exactly() -> None:
    guard = Guard(["inside.test"], resolver=DnsOf(["10.0.0.5"]))

    assert objection(guard, "mail.inside.test") == "host_not_allowed"


@pytest.mark.parametrize(
    ("listed", "host"),
    [
        ("10.0.0.0/8", "10.1.2.3"),
        ("127.0.0.1", "127.0.0.1"),
        ("fd00::/8", "fd00::25"),
        ("::1", "::1"),
    ],
)
def test_a_listed_network_is_reached_on_any_port(listed: str, host: str) -> None:
    assert Guard([listed], resolver=no_questions).resolve(host, 2525) == [
        CheckedAddress(host, 2525)
    ]
    assert objection(Guard(["192.168.7.0/24"]), host, 2525) == "host_not_allowed"


def test_a_name_may_lead_into_a_listed_network_on_a_mail_port() -> None:
    guard = Guard(["10.0.0.0/8"], resolver=DnsOf(["10.1.2.3", PUBLIC], ["10.1.2.3", "10.0.0.1"]))

    assert objection(guard, "smtp.example.com") is None
    assert objection(guard, "smtp.example.com", 2525) == "port_not_allowed"


def test_a_listed_network_is_not_a_way_to_its_neighbours() -> None:
    guard = Guard(["10.0.0.0/8"], resolver=DnsOf(["10.1.2.3", "127.0.0.1"]))

    assert objection(guard, "smtp.example.com") == "host_not_allowed"


@pytest.mark.parametrize("host", ["0x7f.0.0.1", "2130706433", "127.1", "::ffff:127.0.0.1"])
def test_a_listed_address_has_one_spelling(host: str) -> None:
    guard = Guard(["127.0.0.0/8"], resolver=no_questions)

    assert objection(guard, host) == "host_not_allowed"


@pytest.mark.parametrize("entry", ["", "http://a.test", "10.0.0.1/8", "127.1", "a b", "*.test"])
def test_a_list_of_nonsense_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="neither a host name nor an address"):
        Guard([entry])


def test_every_special_network_is_left_out_of_the_public_ones() -> None:
    """Whatever Python itself calls private, reserved or multicast is not public to us."""
    for number in range(0, 2**32, 2**32 // 4_093):
        address = ipaddress.IPv4Address(number)
        if not address.is_global or address.is_multicast or address.is_reserved:
            assert not is_public(address)


@contextlib.contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def was_reached(listener: socket.socket) -> bool:
    with contextlib.suppress(BlockingIOError):
        listener.accept()[0].close()
        return True
    return False


def sent_through(host: str, port: int, resolver: Resolver = system_resolver) -> Outcome:
    guard = Guard(ports=[port], resolver=resolver)
    courier = SmtpCourier(SmtpAccount(host, port, "none"), guard, timeouts=HASTY)
    ((key, outcome),) = carried(courier, *mails(3))
    assert key == 1
    return outcome


@pytest.mark.parametrize("host", [*REFUSED_HOSTS, *IN_DISGUISE])
def test_no_connection_is_made_to_ourselves(host: str) -> None:
    with listening() as listener:
        outcome = sent_through(host, listener.getsockname()[1])

        assert outcome == AccountTrouble("host_not_allowed")
        assert not was_reached(listener)


def test_a_name_is_looked_up_once_and_its_answer_is_used() -> None:
    """A name server that says something else the second time is not asked a second time."""
    dns = DnsOf(["127.0.0.1"], ["10.0.0.1"])
    with listening() as listener:
        port = listener.getsockname()[1]
        guard = Guard(["smtp.example.com"], resolver=dns)
        guard.connect("smtp.example.com", port, timeout=1).close()

        assert was_reached(listener)
    assert dns.asked == 1


def test_a_public_answer_beside_ourselves_reaches_neither() -> None:
    with listening() as listener:
        port = listener.getsockname()[1]
        outcome = sent_through("smtp.example.com", port, DnsOf([PUBLIC, "127.0.0.1"]))

        assert outcome == AccountTrouble("host_not_allowed")
        assert not was_reached(listener)


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with listening() as listener:
        port = listener.getsockname()[1]
        guard = Guard(["mail.test"], resolver=DnsOf(["127.0.0.2", "127.0.0.1"]))
        sock = guard.connect("mail.test", port, timeout=1)

        assert sock.getpeername() == ("127.0.0.1", port)
        sock.close()


def test_only_some_of_very_many_addresses_are_tried() -> None:
    nobody = [f"127.0.1.{number}" for number in range(1, 60)]
    with listening() as listener:
        port = listener.getsockname()[1]
        guard = Guard(["mail.test"], resolver=DnsOf([*nobody, "127.0.0.1"]))

        with pytest.raises(OSError, match="refused"):
            guard.connect("mail.test", port, timeout=1)
        assert not was_reached(listener)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (socket.EAI_NONAME, AccountTrouble("host_unknown")),
        (socket.EAI_AGAIN, TryLater("unreachable")),
    ],
)
def test_a_courier_says_when_a_name_leads_nowhere(answer: int, outcome: Outcome) -> None:
    def resolver(*_: object) -> list[tuple[str, int]]:
        raise socket.gaierror(answer, "no")

    assert sent_through("smtp.example.com", 587, resolver) == outcome


def test_the_system_is_asked_for_every_address() -> None:
    assert ("127.0.0.1", 0) in system_resolver("localhost", 25)
