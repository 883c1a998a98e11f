"""What the courier makes of servers that are broken, hostile, or cut off, octet by octet."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

import pytest
from tests.couriers.certificates import Authority
from tests.couriers.exchange import Exchange, ScriptedServer, read_exchange
from tests.couriers.letters import HASTY, LETTER, PATIENT, carried, courier_to, mails

from daybook.couriers.courier import Accepted, AccountTrouble, Outcome, Refused, TryLater

EXCHANGES = [
    read_exchange(path) for path in sorted((Path(__file__).parent / "exchanges").glob("*.txt"))
]
USERNAME, PASSWORD = "ada@firm.test", "open sesame"
PASSWORD_IN_BASE64, PLAIN_TOKEN = "b3BlbiBzZXNhbWU=", "AGFkYUBmaXJtLnRlc3QAb3BlbiBzZXNhbWU="


def carry_through(
    server: ScriptedServer, exchange: Exchange, authority: Authority
) -> list[tuple[int, Outcome]]:
    head = exchange.head
    courier = courier_to(
        server.port,
        head.get("security", "none"),
        *((USERNAME, PASSWORD) if "signs in" in head else ()),
        ca_file=str(authority.ca_file),
        timeouts=HASTY if head.get("patience") == "short" else PATIENT,
    )
    text = (b"x" * 898 + b"\r\n") * (int(head["size"]) // 900) if "size" in head else LETTER
    return carried(courier, *mails(int(head.get("mails", "1")), text))


def in_words(key: int, outcome: Outcome) -> str:
    match outcome:
        case Accepted():
            return f"{key} Accepted"
        case TryLater(reason=reason, uncertain=True):
            return f"{key} TryLater {reason} may have arrived"
        case TryLater(reason=reason) | Refused(reason=reason) | AccountTrouble(reason=reason):
            return f"{key} {type(outcome).__name__} {reason}"


@pytest.mark.parametrize("exchange", EXCHANGES, ids=[exchange.name for exchange in EXCHANGES])
def test_a_server_that(exchange: Exchange, authority: Authority) -> None:
    begun = time.monotonic()
    with ScriptedServer(exchange.turns, authority.server_context) as server:
        outcomes = carry_through(server, exchange, authority)

    assert tuple(in_words(*each) for each in outcomes) == exchange.expected
    assert server.complaints == []
    assert server.connections == 1
    assert server.said < 10_000_000
    said_by_client = server.heard.upper().split(b"\r\n")
    for word in exchange.never:
        assert not [line for line in said_by_client if line.startswith(word.upper().encode())]
    if "reply" in exchange.head:
        assert outcomes[-1][1].reply == exchange.head["reply"]
    for secret in (PASSWORD, PASSWORD_IN_BASE64, PLAIN_TOKEN):
        assert secret.encode() not in server.heard_in_clear
    assert time.monotonic() - begun < 8


WHOLE = """\
S: 220 mail.test ready
C: EHLO *
S: 250-mail.test
S: 250 STARTTLS
C: STARTTLS
S: 220 go ahead
TLS good
C: EHLO *
S: 250-mail.test
S: 250 AUTH PLAIN
C: AUTH PLAIN *
S: 235 welcome
C: MAIL FROM:<ada@firm.test>
S: 250 ok
C: RCPT TO:<ben1@client.test>
S: 250 ok
C: DATA
S: 354 go ahead
TEXT
S: 250 taken
C: MAIL FROM:<ada@firm.test>
S: 250 ok
C: RCPT TO:<ben2@client.test>
S: 250 ok
C: DATA
S: 354 go ahead
TEXT
S: 250 taken
""".splitlines()

WHOLE_CHAINED = """\
S: 220 mail.test ready
C: EHLO *
S: 250-mail.test
S: 250 PIPELINING
C: MAIL FROM:<ada@firm.test>
C: RCPT TO:<ben1@client.test>
C: DATA
S: 250 ok
S: 250 ok
S: 354 go ahead
TEXT
C: MAIL FROM:<ada@firm.test>
C: RCPT TO:<ben2@client.test>
C: DATA
S: 250 taken
S: 250 ok
S: 250 ok
S: 354 go ahead
TEXT
S: 250 taken
""".splitlines()


def told_when_cut(turns: list[str]) -> tuple[str, ...]:
    """Return the outcomes of two mails whose server goes away after `turns`."""
    taken, asked_for = turns.count("S: 250 taken"), turns.count("S: 354 go ahead")
    told = [f"{key} Accepted" for key in range(1, taken + 1)]
    if taken < 2:
        # The whole text may have left at once, read or not.
        in_doubt = " may have arrived" if asked_for > taken else ""
        told.append(f"{taken + 1} TryLater connection_lost{in_doubt}")
    return tuple(told)


@pytest.mark.parametrize("cut", range(len(WHOLE) + 1))
def test_a_line_cut_anywhere_says_what_is_sure(cut: int, authority: Authority) -> None:
    exchange = Exchange("", {"security": "starttls", "signs in": "yes", "mails": "2"}, (), (), ())
    with ScriptedServer(WHOLE[:cut], authority.server_context) as server:
        outcomes = carry_through(server, exchange, authority)

    assert tuple(in_words(*each) for each in outcomes) == told_when_cut(WHOLE[:cut])


@pytest.mark.parametrize("cut", range(len(WHOLE_CHAINED) + 1))
def test_a_chained_line_cut_anywhere_says_what_is_sure(cut: int, authority: Authority) -> None:
    exchange = Exchange("", {"mails": "2"}, (), (), ())
    with ScriptedServer(WHOLE_CHAINED[:cut], authority.server_context) as server:
        outcomes = carry_through(server, exchange, authority)

    assert tuple(in_words(*each) for each in outcomes) == told_when_cut(WHOLE_CHAINED[:cut])


ANSWERED = {
    "220 mail.test ready": ("TryLater server_busy", "TryLater server_refused"),
    "220 go ahead": ("TryLater server_busy", "AccountTrouble server_unverified"),
    "235 welcome": ("TryLater server_busy", "AccountTrouble sign_in_refused"),
    "250 mail": ("TryLater deferred", "AccountTrouble sender_refused"),
    "250 rcpt": ("TryLater deferred", "Refused recipient_refused"),
    "354 go ahead": ("TryLater deferred", "Refused message_refused"),
    "250 taken": ("TryLater deferred", "Refused message_refused"),
}


@pytest.mark.parametrize("step", ANSWERED)
@pytest.mark.parametrize("code", ["450", "550"])
def test_a_refusal_at_any_step_is_understood(step: str, code: str, authority: Authority) -> None:
    one_mail = WHOLE[: WHOLE.index("S: 250 taken") + 1]
    one_mail[one_mail.index("C: RCPT TO:<ben1@client.test>") - 1] = "S: 250 mail"
    one_mail[one_mail.index("C: DATA") - 1] = "S: 250 rcpt"
    place = one_mail.index(f"S: {step}")
    turns = [*one_mail[:place], f"S: {code} no", "C: QUIT"]
    exchange = Exchange("", {"security": "starttls", "signs in": "yes"}, (), (), ())
    with ScriptedServer(turns, authority.server_context) as server:
        outcomes = carry_through(server, exchange, authority)

    assert [in_words(*each) for each in outcomes] == [f"1 {ANSWERED[step][code == '550']}"]


def test_a_server_that_cannot_pipeline_is_believed_only_once(authority: Authority) -> None:
    (liar,) = (each for each in EXCHANGES if each.name == "pipelined_and_swallows_an_answer")
    greeting = liar.turns[: liar.turns.index("S: 250 PIPELINING") + 1]
    one_mail = WHOLE[WHOLE.index("C: MAIL FROM:<ada@firm.test>") : WHOLE.index("S: 250 taken") + 1]
    with ScriptedServer(liar.turns, authority.server_context) as server:
        carry_through(server, liar, authority)
        server.turns = [*greeting, one_mail[0], "ALONE", *one_mail[1:]]
        outcomes = carry_through(server, liar, authority)

    assert server.complaints == []
    assert [in_words(*each) for each in outcomes] == ["1 Accepted"]


def test_a_server_where_nobody_listens_is_tried_once_for_a_batch() -> None:
    with contextlib.closing(socket_that_nobody_answers()) as nobody:
        outcomes = carried(courier_to(nobody.getsockname()[1]), *mails(50))

    assert outcomes == [(1, TryLater("unreachable"))]


def socket_that_nobody_answers() -> socket.socket:
    """Return a socket that holds a port without listening on it."""
    nobody = socket.socket()
    nobody.bind(("127.0.0.1", 0))
    return nobody
