"""Which email addresses are taken, and which two are one mailbox."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.calendaring.address import InvalidAddress, check, normalise, wire

TAKEN = [
    "ada@firm.example",
    "ada@firm.test",
    "ada@mail.local",
    "ada@intranet.firm",
    "ada.lovelace+diary@mail.firm.example",
    "o'hara_b%x@firm.example",
    "x@a-b.co",
    "ada@bücher.example",
    "ada@xn--bcher-kva.example",
    "a" * 64 + "@firm.example",
    "1@2.example",
]
REFUSED = [
    "",
    " ",
    "ada",
    "@firm.example",
    "ada@",
    "a@b@firm.example",
    # more than one address, or more than an address
    "a@x.test\r\nRCPT TO:<e@x.test>",
    "a@x.test\n",
    "\na@x.test",
    "a@x.test\r",
    "a@x.test>",
    "<a@x.test> SIZE=1",
    "<a@x.test>",
    "Ada <ada@firm.example>",
    "a@x.test, d@e.test",
    "a@x.test;d@e.test",
    '"a b"@x.test',
    '"ada"@x.test',
    "a b@x.test",
    "a@x .test",
    "a\u00a0b@x.test",
    # what other checks let through
    "a@x.test\u2028X",
    "a@x.te\u2028st",
    "a@x.test\u2029",
    "a@x.test\x85",
    "a@x.test\x0b",
    "a@x.test\x0c",
    "a\tb@x.test",
    "a@x.test\0",
    "a\x1b@x.test",
    "a\u200b@x.test",
    "a@x\u00ad.test",
    "\u202ea@x.test",
    "a@x.test\ud800",
    "a" * 65 + "@x.test",
    "a@" + ".".join(["b" * 60] * 5) + ".test",
    "a@" + "b" * 64 + ".test",
    "a@[127.0.0.1]",
    "a@[IPv6:::1]",
    "a@127.0.0.1",
    "a@localhost",
    "-oQx@example.org",
    # domains that are none
    "a@x..test",
    "a@.x.test",
    "a@x.test.",
    "a@-x.test",
    "a@x-.test",
    "a@x_y.test",
    "a@x!.test",
    "a@xn--.test",
    "a@\uff11\uff12\uff17.0.0.1",
    # local parts mail servers do not take
    ".a@x.test",
    "a.@x.test",
    "a..b@x.test",
    "a(b)@x.test",
    "a\\b@x.test",
    "a:b@x.test",
    "zoë@x.test",
    "аda@x.test",
]


@pytest.mark.parametrize("address", TAKEN)
def test_an_ordinary_address_is_taken_as_typed(address: str) -> None:
    assert check(f"  {address} ") == address


@pytest.mark.parametrize("address", REFUSED)
@pytest.mark.parametrize("door", [check, normalise, wire])
def test_anything_else_is_refused_with_a_sentence(door: object, address: str) -> None:
    assert callable(door)
    with pytest.raises(InvalidAddress) as refused:
        door(address)
    assert refused.value.reason.endswith(".")
    assert len(refused.value.reason) < 150


def test_spellings_of_one_mailbox_have_one_key() -> None:
    spellings = ["Ada@Bücher.Example", "ada@bücher.example", " ADA@XN--BCHER-KVA.EXAMPLE"]
    decomposed = "ada@bu\u0308cher.example"
    assert {normalise(s) for s in [*spellings, decomposed]} == {"ada@xn--bcher-kva.example"}


def test_the_wire_carries_the_local_part_as_typed_and_the_domain_in_ascii() -> None:
    assert wire("Ada.B@Bücher.Example") == "Ada.B@xn--bcher-kva.example"


def test_an_accented_local_part_is_refused_in_plain_words() -> None:
    with pytest.raises(InvalidAddress, match="unaccented"):
        check("zoë@firm.example")


def test_a_long_text_is_refused_at_once() -> None:
    with pytest.raises(InvalidAddress):
        check("a@" + "\u0660" * 1_000_000 + ".test")


@given(st.text(max_size=80) | st.from_regex(r"[a-z.'+-]{1,9}@[a-zA-Z.\u00df-]{1,9}\.test"))
def test_what_is_taken_is_one_harmless_line_with_a_stable_key(typed: str) -> None:
    try:
        taken = check(typed)
    except InvalidAddress:
        return
    on_the_wire = wire(taken)
    assert on_the_wire.isascii()
    assert on_the_wire.isprintable()
    assert not set(on_the_wire) & set(' <>,;:"[]()\\')
    assert on_the_wire.count("@") == 1
    assert normalise(on_the_wire) == normalise(taken) == normalise(normalise(taken))
