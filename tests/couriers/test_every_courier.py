"""What every courier does, whichever way it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest
from tests.couriers.certificates import Authority
from tests.couriers.letters import always, carried, courier_to, mail, mails
from tests.couriers.mail_server import PASSWORD, USERNAME, MailServer

from daybook.couriers.courier import (
    Accepted,
    AccountTrouble,
    Courier,
    Mail,
    Outcome,
    Refused,
    TryLater,
    ends_batch,
)
from daybook.couriers.memory import MemoryCourier


class Office(Protocol):
    """A courier at work, and a look at what arrived and how often it set out."""

    courier: Courier

    def arrived(self) -> list[tuple[str, str, bytes]]: ...

    def departures(self) -> int: ...


Opening = Callable[..., Office]

IN_MEMORY: dict[str, Outcome] = {
    "is welcome": Accepted("250 2.0.0 Ok"),
    "has an unknown recipient": Refused("recipient_refused", "550 5.1.1 no such user"),
    "comes too early": TryLater("deferred", "451 4.7.1 greylisted"),
    "has a sender not allowed": AccountTrouble("sender_refused", "550 5.7.60 not allowed"),
    "looks like spam": Refused("message_refused", "554 5.7.1 looks like spam"),
    "meets a closing server": TryLater("server_closing", "421 4.3.2 shutting down"),
    "is cut off before its text": TryLater("connection_lost"),
    "loses its answer": TryLater("connection_lost", uncertain=True),
}


class MemoryOffice:
    def __init__(self, *meetings: str) -> None:
        self.memory = MemoryCourier(IN_MEMORY[meeting] for meeting in meetings)
        self.courier: Courier = self.memory

    def arrived(self) -> list[tuple[str, str, bytes]]:
        return [(m.envelope_from, m.envelope_to, m.data) for m in self.memory.delivered]

    def departures(self) -> int:
        return len(self.memory.batches)


class SmtpOffice:
    def __init__(self, server: MailServer, courier: Courier) -> None:
        self.server, self.courier = server, courier

    def arrived(self) -> list[tuple[str, str, bytes]]:
        assert not self.server.spoke_out_of_turn
        return self.server.received

    def departures(self) -> int:
        return self.server.connections


@pytest.fixture(
    params=["memory", "plain", "pipelining", "starttls and PLAIN", "tls and LOGIN, pipelining"]
)
def office(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Opening]:
    """Open an office whose mails meet, in order, what is named."""
    tls = authority.server_context("good")
    ways: dict[str, tuple[dict[str, Any], str]] = {
        "plain": ({}, "none"),
        "pipelining": ({"pipelining": True}, "none"),
        "starttls and PLAIN": ({"starttls": tls, "auth": "LOGIN PLAIN"}, "starttls"),
        "tls and LOGIN, pipelining": (
            {"implicit_tls": tls, "auth": "LOGIN", "pipelining": True},
            "tls",
        ),
    }
    with ExitStack() as open_servers:

        def opened(*meetings: str) -> Office:
            if request.param == "memory":
                return MemoryOffice(*meetings)
            options, security = ways[request.param]
            server = open_servers.enter_context(MailServer(meetings, **options))
            who = (USERNAME, PASSWORD) if "auth" in options else ("", "")
            ca_file = str(authority.ca_file)
            return SmtpOffice(server, courier_to(server.port, security, *who, ca_file=ca_file))

        yield opened


def story(outcomes: list[tuple[int, Outcome]]) -> list[tuple[int, str]]:
    """Shorten outcomes to what the caller acts on."""
    return [(key, in_short(outcome)) for key, outcome in outcomes]


def in_short(outcome: Outcome) -> str:
    match outcome:
        case Accepted():
            return "accepted"
        case TryLater(reason=reason, uncertain=True):
            return f"{reason}, may have arrived"
        case TryLater(reason=reason) | Refused(reason=reason) | AccountTrouble(reason=reason):
            return reason


def sent(*keys: int) -> list[tuple[str, str, bytes]]:
    return [as_arrived(mail(key)) for key in keys]


def as_arrived(letter: Mail) -> tuple[str, str, bytes]:
    return (letter.envelope_from, letter.envelope_to, letter.data)


def test_a_batch_goes_out_in_order_over_one_connection(office: Opening) -> None:
    here = office()

    outcomes = carried(here.courier, *mails(5))

    assert story(outcomes) == [(key, "accepted") for key in range(1, 6)]
    assert here.arrived() == sent(1, 2, 3, 4, 5)
    assert here.departures() == 1


def test_nothing_to_carry_means_no_journey(office: Opening) -> None:
    here = office()

    assert carried(here.courier) == []
    assert here.departures() == 0


def test_a_courier_carries_again_after_a_batch(office: Opening) -> None:
    here = office("has a sender not allowed")

    carried(here.courier, mail(1))
    carried(here.courier, mail(2))

    assert here.arrived() == sent(2)


@pytest.mark.parametrize(
    ("meeting", "outcome"),
    [
        ("has an unknown recipient", "recipient_refused"),
        ("comes too early", "deferred"),
        ("looks like spam", "message_refused"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_trouble_of_one_mail_does_not_stop_the_others(
    office: Opening, meeting: str, outcome: str, place: int
) -> None:
    meetings = ["is welcome"] * 3
    meetings[place] = meeting
    here = office(*meetings)

    outcomes = carried(here.courier, *mails(3))

    expected = ["accepted"] * 3
    expected[place] = outcome
    assert story(outcomes) == list(enumerate(expected, start=1))
    assert here.arrived() == sent(*(key for key in (1, 2, 3) if key != place + 1))
    assert here.departures() == 1


@pytest.mark.parametrize(
    ("meeting", "outcome"),
    [
        ("has a sender not allowed", "sender_refused"),
        ("meets a closing server", "server_closing"),
        ("is cut off before its text", "connection_lost"),
    ],
)
def test_trouble_of_the_account_or_the_line_ends_the_batch(
    office: Opening, meeting: str, outcome: str
) -> None:
    here = office("is welcome", meeting)

    outcomes = carried(here.courier, *mails(4))

    assert story(outcomes) == [(1, "accepted"), (2, outcome)]
    assert ends_batch(outcomes[-1][1])
    assert here.arrived() == sent(1)
    assert here.departures() == 1


def test_a_lost_answer_is_said_to_be_uncertain(office: Opening) -> None:
    here = office("is welcome", "loses its answer")

    outcomes = carried(here.courier, *mails(3))

    assert story(outcomes) == [(1, "accepted"), (2, "connection_lost, may have arrived")]
    assert here.arrived() == sent(1, 2)


def test_an_outcome_comes_before_the_next_text_leaves(office: Opening) -> None:
    here = office()

    for count, (key, _) in enumerate(here.courier.carry(mails(3), always), start=1):
        assert key == count
        assert here.arrived() == sent(*range(1, count + 1))


def test_a_batch_that_is_no_longer_ours_is_left_alone(office: Opening) -> None:
    here = office()

    assert list(here.courier.carry(mails(3), lambda: False)) == []
    assert here.arrived() == []


@pytest.mark.parametrize("yeses", range(1, 6))
def test_whatever_left_before_the_batch_was_lost_has_an_outcome(
    office: Opening, yeses: int
) -> None:
    here = office()
    answers = iter([True] * yeses)

    outcomes = list(here.courier.carry(mails(3), lambda: next(answers, False)))

    assert len(outcomes) < 3 or yeses >= 4
    assert here.arrived() == sent(*(key for key, _ in outcomes))


def test_ownership_is_asked_again_right_before_a_text_leaves(office: Opening) -> None:
    here = office()
    answers = iter([True, False])

    assert list(here.courier.carry(mails(1), lambda: next(answers))) == []
    assert here.arrived() == []


def test_a_caller_may_stop_in_the_middle(office: Opening) -> None:
    here = office()

    journey = here.courier.carry(mails(3), always)
    first = next(journey)
    del journey

    assert story([first]) == [(1, "accepted")]
    assert here.arrived() == sent(1)


SMUGGLED = [
    b"\r\n.\r\nMAIL FROM:<eve@evil.test>\r\nRCPT TO:<cleo@client.test>\r\nDATA\r\n\r\nHi\r\n.\r\n",
    b".\r\n",
    b"..\r\n...\r\n",
    b".a line that begins with a dot\r\n\r\n.\r\n.\r\n",
    b"QUIT\r\n",
    b"a" * 998 + b"\r\n." + b"b" * 997 + b"\r\n",
    b"x\r\n" * 50_000 + b".\r\n",
]


@pytest.mark.parametrize("data", SMUGGLED, ids=range(len(SMUGGLED)))
def test_a_message_arrives_as_the_one_message_it_is(office: Opening, data: bytes) -> None:
    here = office()

    outcomes = carried(here.courier, mail(1, data), mail(2))

    assert story(outcomes) == [(1, "accepted"), (2, "accepted")]
    assert here.arrived() == [as_arrived(mail(1, data)), *sent(2)]
