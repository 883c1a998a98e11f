"""How long an answer takes does not tell whether somebody exists."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median

import torture.installation  # noqa: F401 - makes the database
from tests.hostility.firm import Ask, Firm, InProcess
from torture.figures import Figure

from daybook.people import links
from daybook.people.models import LinkMail, LinkPurpose, Person, SignInTry

PAIRS = 1_000
SIGNING_IN = "signing in as somebody and as nobody"
A_TOKEN = "a token that begins rightly and one that does not"
A_LINK = "a one-time link that begins rightly and one that does not"
LONGEST_DIFFERENCE = 0.002


def measured(short: bool) -> Iterator[Figure]:
    # Each refusal would be a line.
    logging.disable(logging.ERROR)
    firm = Firm().with_passwords()
    line = InProcess(firm)
    token = firm.tokens["ben"]
    half_right, wrong = token[:-8] + "x" * 8, "daybook_" + "y" * (len(token) - 8)
    ben = Person.objects.get(username="ben")
    _, link = links.make(ben, LinkPurpose.INVITATION, by=None, now=datetime.now(UTC))
    pairs = 3 if short else PAIRS
    for what, ask, known, unknown in (
        (SIGNING_IN, signing_in, "ben", "bem"),
        ("a forgotten password of somebody and of nobody", forgetting, "ben", "bem"),
        (A_TOKEN, with_a_token, half_right, wrong),
        (A_LINK, opening, link[:-8] + "x" * 8, "y" * len(link)),
    ):
        difference = difference_between(line, ask, known, unknown, pairs)
        yield Figure(
            f"{what}: the medians differ by less than {LONGEST_DIFFERENCE * 1000:g} ms",
            f"{difference * 1000:.2f} ms over 2 x {pairs:,} answers",
            # Three answers say nothing of time: the short form shows that there are answers.
            short or difference < LONGEST_DIFFERENCE,
        )


def signing_in(name: str) -> Ask:
    body = f"login={name}&password=not+the+right+one".encode()
    return Ask("POST", "/accounts/login/", body, who="nobody")


def forgetting(name: str) -> Ask:
    return Ask("POST", "/accounts/password/forgotten/", f"who={name}".encode(), who="nobody")


def with_a_token(token: str) -> Ask:
    headers = {"Authorization": f"Bearer {token}"}
    return Ask("GET", "/api/v1/people", headers=headers, who="nobody")


def opening(secret: str) -> Ask:
    return Ask("GET", f"/accounts/link/{secret}/", who="nobody")


def difference_between(
    line: InProcess, ask: Callable[[str], Ask], known: str, unknown: str, pairs: int
) -> float:
    """Return by how many seconds the medians differ; both are asked in turns."""
    taken: dict[str, list[float]] = {known: [], unknown: []}
    for number in range(pairs):
        for name in (known, unknown) if number % 2 else (unknown, known):
            # Or the limits on trying would answer instead.
            SignInTry.objects.all().delete()
            LinkMail.objects.all().delete()
            begun = time.perf_counter()
            answer = line.ask(ask(name))
            taken[name].append(time.perf_counter() - begun)
            if answer.status not in (200, 302, 401, 410):
                raise RuntimeError(f"it answered {answer.status}")
    return abs(median(taken[known]) - median(taken[unknown]))
