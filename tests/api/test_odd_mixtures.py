"""Mixtures nobody thought of: several odd values at once, and bytes changed on the way."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote

import pytest
from tests.api import build
from tests.api.operations import OPERATIONS, Firm, Operation
from tests.api.test_hostile_input import ATTACKS, WRONG, fields_of, with_body

pytestmark = pytest.mark.django_db

ODD: list[Any] = [
    *(value for values in WRONG.values() for value in values),
    *ATTACKS,
    *("2036-03-03", "2036-03-03T09:00+05:30", "1970-01-01", "2200-12-31T23:59"),
    *(
        "Pacific/Apia",
        "2011-12-30",
        "2036-10-26T01:30",
        "Europe/London",
        "\u0130",
        "a@xn--.example",
    ),
    *(None, 0, 1, 587, "tls", "none", "busy", [1, 1, 2], "ada@firm.example"),
]
QUERIES = ("from", "to", "person", "type", "q", "limit", "cursor", "effect", "state", "entry")


def odd_body(chance: random.Random, firm: Firm, row: Operation) -> bytes:
    """Return a valid body of the operation with up to four odd fields, a few bytes changed."""
    body, names = dict(firm.body(row)), list(fields_of(row))
    for name in chance.sample(names, min(len(names), chance.randint(1, 4))):
        body[name] = chance.choice(ODD)
    raw = bytearray(build.dump(body))
    for _ in range(chance.choice((0, 0, 0, 0, 1, 3))):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw)


@pytest.mark.parametrize("seed", range(4))
def test_no_mixture_of_odd_values_breaks_an_operation(seed: int) -> None:
    chance, firm = random.Random(seed), Firm()

    for _ in range(100):
        row = chance.choice(with_body)
        caller, raw = (
            chance.choice((firm.root, firm.ada, firm.importer)),
            odd_body(chance, firm, row),
        )
        response = caller.call(row.method, firm.path(row), raw)
        assert response.status_code < 500, (row.name, raw)


@pytest.mark.parametrize("seed", range(2))
def test_no_mixture_of_odd_questions_breaks_a_list(seed: int) -> None:
    chance, firm = random.Random(seed), Firm()
    reading = [row for row in OPERATIONS if row.method == "GET"]

    for _ in range(100):
        row = chance.choice(reading)
        asked = "&".join(
            f"{chance.choice(QUERIES)}={quote(str(chance.choice(ODD))[:300].encode(errors='replace'))}"
            for _ in range(chance.randint(0, 3))
        )
        response = firm.root.get(f"{firm.path(row)}?{asked}")
        assert response.status_code < 500, (row.name, asked)
