"""Keys to the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.people.build import NOW, administrator, someone

from daybook.people import tokens
from daybook.people.faults import InvalidInput, NotAllowed
from daybook.people.models import ApiToken, AuditLine, Person

pytestmark = pytest.mark.django_db


def test_a_personal_token_opens_as_its_owner() -> None:
    ada = someone("ada")

    issued, text = tokens.issue(ada, "laptop")

    found = tokens.who(text)
    assert (found, found and found.person) == (issued, ada)


def test_a_services_token_opens_as_nobody() -> None:
    issued, text = tokens.issue(None, "case system")

    assert (tokens.who(text), issued.person) == (issued, None)


def test_the_text_is_long_random_and_stored_nowhere() -> None:
    texts = {tokens.issue(None, "case system")[1] for _ in range(3)}

    assert len(texts) == 3
    assert all(text.startswith("daybook_") and len(text) == 8 + 43 for text in texts)
    stored = [*ApiToken.objects.values_list(), *AuditLine.objects.values_list()]
    assert not any(text in str(stored) or text[8:] in str(stored) for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        *("", "daybook_", "daybook_" + "ü" * 43, "daybook_\ud800", "daybook_\x00"),
        "daybook_" + "x" * 10_000_000,
    ],
)
def test_what_is_no_token_opens_nothing(text: str) -> None:
    tokens.issue(someone("ada"), "laptop")

    assert tokens.who(text) is None


def test_anything_but_the_very_text_opens_nothing() -> None:
    issued, text = tokens.issue(someone("ada"), "laptop")

    spoilt = [text[:-1], text + "x", text.swapcase(), text + "\n", text[8:]]
    assert [tokens.who(each) for each in spoilt] == [None] * 5
    assert tokens.who(issued.digest) is None
    assert tokens.who(f"daybook_{issued.digest}") is None


def test_a_revoked_token_opens_nothing() -> None:
    issued, text = tokens.issue(someone("ada"), "laptop")

    tokens.revoke(issued, by=None, now=NOW)

    assert tokens.who(text) is None
    assert ApiToken.objects.get().revoked_at == NOW


def test_the_tokens_of_a_deactivated_person_open_nothing() -> None:
    _, text = tokens.issue(someone("ada"), "laptop")
    Person.objects.update(is_active=False)

    assert tokens.who(text) is None


def test_use_is_noted_once_a_minute_at_most() -> None:
    _, text = tokens.issue(None, "case system")
    noted = []

    for seconds in (0, 1, 59, 60, 61, 121):
        tokens.who(text, now=NOW + timedelta(seconds=seconds))
        last = ApiToken.objects.get().last_used_at
        assert last is not None
        noted.append((last - NOW).seconds)

    assert noted == [0, 0, 0, 60, 60, 121]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101])
def test_a_token_has_a_name_of_one_line(name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        tokens.issue(None, name)

    assert [fault.field for fault in refusal.value.faults] == ["name"]


def test_a_personal_token_is_its_owners_own_business() -> None:
    ada = someone("ada")
    issued, _ = tokens.issue(ada, "laptop", by=ada)

    for by in (someone("cleo"), administrator()):
        with pytest.raises(NotAllowed):
            tokens.issue(ada, "laptop", by=by)
        with pytest.raises(NotAllowed):
            tokens.revoke(issued, by=by, now=NOW)


def test_a_services_token_is_the_administrators_business() -> None:
    tokens.issue(None, "case system", by=administrator())

    with pytest.raises(NotAllowed):
        tokens.issue(None, "case system", by=someone("cleo"))
