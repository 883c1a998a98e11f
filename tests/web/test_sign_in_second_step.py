"""Codes of an authenticator app, recovery codes, and what is asked before they change."""

from __future__ import annotations

import base64
import hmac
import json
import re
import struct
import time
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from tests.web.build import PASSWORD, a_person, browser, mistakes, text_of

from daybook.people import rotation, sealing
from daybook.people.models import AuditLine, Person

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Page

pytestmark = pytest.mark.django_db
ON = "/accounts/codes/on/"
OFF = "/accounts/codes/off/"
SECOND = "/accounts/second-step/"
RECOVERY = "/accounts/recovery-codes/"


@pytest.fixture(autouse=True)
def no_code_used_yet() -> None:
    cache.clear()


@pytest.fixture
def ben() -> Person:
    return a_person("Ben", password=PASSWORD)


def code(secret: str, *, steps: int = 0) -> str:
    """Return the code of an authenticator app at this moment, or `steps` half minutes later.

    Worked out here by itself (RFC 6238, RFC 4226 section 5.3).
    """
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def sign_in(client: Client) -> Page:
    return client.post("/accounts/login/", {"login": "ben", "password": PASSWORD})


def confirm(client: Client, page: Page) -> Page:
    """Type the password where it is asked for before something that matters."""
    return client.post(page.headers["Location"], {"password": PASSWORD}, follow=True)


def switch_on(client: Client) -> str:
    """Switch codes on as somebody signed in, and return the secret of the app."""
    page = confirm(client, client.get(ON))
    secret: str = page.context["form"].secret
    client.post(ON, {"code": code(secret)})
    cache.clear()
    return secret


def with_codes(ben: Person) -> tuple[Client, str]:
    """Return a browser in which Ben has given his password only, and the secret of his app."""
    first = browser(ben)
    secret = switch_on(first)
    client = browser()
    sign_in(client)
    return client, secret


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_nothing_changes_before_the_password_is_confirmed(ben: Person) -> None:
    client = browser(ben)

    for path in (ON, "/accounts/passkeys/new/", f"{RECOVERY}new/"):
        answer = client.get(path)
        assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    page = client.post(client.get(ON).headers["Location"], {"password": "wrong horse"})
    assert mistakes(page).keys() == {"password"}


def test_a_code_ends_signing_in(ben: Person) -> None:
    client, secret = with_codes(ben)
    assert not is_in(client)

    client.post(SECOND, {"code": code(secret)})

    assert is_in(client)


@pytest.mark.parametrize("typed", ["", "000000", "abcdef", "123", "x" * 5000, "１２３４５６"])
def test_a_wrong_code_is_said_at_its_field(ben: Person, typed: str) -> None:
    client, _ = with_codes(ben)

    page = client.post(SECOND, {"code": typed})

    assert mistakes(page).keys() == {"code"}
    assert not is_in(client)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_counts_once_also_while_its_time_lasts(ben: Person, steps: int) -> None:
    client, secret = with_codes(ben)
    typed = code(secret, steps=steps)
    client.post(SECOND, {"code": typed})
    assert is_in(client)
    # As half a minute later, when the library has forgotten it.
    cache.delete(f"allauth.mfa.totp.used?user={ben.pk}&code={typed}")

    other = browser()
    sign_in(other)
    other.post(SECOND, {"code": typed})

    assert not is_in(other)


def test_codes_cannot_be_tried_out(ben: Person) -> None:
    client, secret = with_codes(ben)
    for number in range(10):
        client.post(SECOND, {"code": f"{number:06}"})

    page = client.post(SECOND, {"code": code(secret)})

    assert mistakes(page).keys() == {"code"}
    assert not is_in(client)


def test_recovery_codes_are_shown_once_and_count_once(ben: Person) -> None:
    first = browser(ben)
    switch_on(first)
    shown = re.findall(r"<code>(\d{8})</code>", first.get(RECOVERY).content.decode())
    assert len(set(shown)) == 10
    again = first.get(RECOVERY)
    assert "10 of 10 are left" in text_of(again)
    assert shown[0] not in again.content.decode()

    for expected in (True, False):
        client = browser()
        sign_in(client)
        client.post(SECOND, {"code": shown[0]})
        assert is_in(client) is expected
    assert "9 of 10 left" in text_of(first.get("/settings/your-details/sign-in/"))


def test_new_recovery_codes_make_the_old_ones_worthless(ben: Person) -> None:
    first = browser(ben)
    switch_on(first)
    old = re.findall(r"<code>(\d{8})</code>", first.get(RECOVERY).content.decode())

    new = first.post(f"{RECOVERY}new/", follow=True)

    shown = re.findall(r"<code>(\d{8})</code>", new.content.decode())
    assert len(shown) == 10
    assert not set(shown) & set(old)


def test_what_codes_are_computed_from_is_sealed(ben: Person) -> None:
    secret = switch_on(browser(ben))

    rows = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in rows
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}


def test_switched_off_the_password_is_enough_again(ben: Person) -> None:
    first = browser(ben)
    switch_on(first)

    first.post(OFF)

    client = browser()
    sign_in(client)
    assert is_in(client)
    assert not Authenticator.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_every_change_is_in_the_audit_trail(ben: Person) -> None:
    first = browser(ben)
    switch_on(first)
    first.post(f"{RECOVERY}new/")
    first.post(OFF)

    lines = AuditLine.objects.filter(by_id=ben.pk).order_by("pk").values_list("what", flat=True)
    assert list(lines) == ["codes_switched_on", "recovery_codes_made", "codes_switched_off"]


NO_PASSKEYS = [
    *("", "no json", "{}", "[]", "null", "7", '{"id": "x"}', '{"id": "x", "response": {}}'),
    '{"id": "x", "rawId": "y", "type": "public-key", "response": {}}',
    json.dumps(
        {
            "id": "eA",
            "rawId": "eA",
            "type": "public-key",
            "response": {
                "clientDataJSON": "e30",
                "attestationObject": "oA",
                "authenticatorData": "AA",
                "signature": "AA",
                "userHandle": "MQ",
            },
        }
    ),
    '{"id": "eA", "rawId": "eA", "response": {"userHandle": "!!", "clientDataJSON": 7}}',
    '{"response": {"userHandle": null}, "id": "' + "x" * 30_000 + '"}',
    "[" * 100_000,
]


@pytest.mark.parametrize("typed", NO_PASSKEYS)
def test_what_is_no_passkey_is_refused(ben: Person, typed: str) -> None:
    client = browser(ben)
    confirm(client, client.get(ON))
    client.get("/accounts/passkeys/new/")

    page = client.post("/accounts/passkeys/new/", {"name": "Phone", "credential": typed})
    assert page.status_code == 200
    assert mistakes(page)
    stranger = browser()
    stranger.get("/accounts/passkeys/sign-in/", headers={"Accept": "application/json"})
    answer = stranger.post("/accounts/passkeys/sign-in/", {"credential": typed})
    assert answer.headers["Location"] == "/accounts/login/"
    assert not Authenticator.objects.exists()


def test_somebody_elses_passkey_is_not_found(ben: Person) -> None:
    ada = a_person("Ada", password=PASSWORD)
    theirs = Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Key"})
    client = browser(ben)
    confirm(client, client.get(ON))

    for path in (f"/accounts/passkeys/{theirs.pk}/", f"/accounts/passkeys/{theirs.pk}/remove/"):
        assert client.get(path).status_code == 404
        assert client.post(path, {"name": "Mine"}).status_code == 404


def test_a_new_key_seals_second_factors_anew_and_they_go_on(ben: Person) -> None:
    client, secret = with_codes(ben)
    sealing.add_key()

    assert rotation.rotate().resealed == 2
    assert rotation.rotate().resealed == 0

    client.post(SECOND, {"code": code(secret)})
    assert is_in(client)


def test_a_lost_key_is_said_and_lets_nobody_in(ben: Person) -> None:
    client, secret = with_codes(ben)
    first = browser(ben)
    kept = sealing.key_file().read_text()
    try:
        sealing.key_file().unlink()

        page = client.post(SECOND, {"code": code(secret)})

        assert "An administrator can remove your second step." in mistakes(page)["code"][0]
        assert not is_in(client)
        overview = first.get("/settings/your-details/sign-in/")
        assert "0 of 10 left" in text_of(overview)
    finally:
        sealing.key_file().write_text(kept)
