"""Signing in with a passkey, and with codes, as a browser does it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.journeys.visitor import Visitor

PASSWORD = "a password for ben alone"
SECURITY = "/settings/your-details/sign-in/"


@pytest.fixture
def ben(chromium: Browser, demo: str) -> Iterator[Visitor]:
    """Return somebody with a phone that has passkeys, at a name: they do not work at a number."""
    visitor = Visitor(chromium, demo.replace("127.0.0.1", "localhost"), bypass_csp=False)
    plug_in_a_phone(visitor)
    visitor.look_around()
    yield visitor
    visitor.leave()


def plug_in_a_phone(visitor: Visitor) -> None:
    """Give the browser an authenticator that agrees to everything."""
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable", {"enableUI": False})
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def choose_a_password(visitor: Visitor) -> None:
    """Give whoever looks around a password, which confirms who is there."""
    visitor.go("/accounts/password/set/")
    for field in visitor.page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    visitor.button("Save password").click()
    expect(visitor.button("Save password")).to_have_count(0)


def test_a_passkey_signs_in_without_a_name_or_a_password(ben: Visitor) -> None:
    choose_a_password(ben)
    ben.go(SECURITY)
    ben.link("Add a passkey").click()
    ben.page.get_by_label("Password").fill(PASSWORD)
    ben.button("Continue").click()
    ben.page.get_by_label("Name of the passkey").fill("Phone")
    ben.page.get_by_label("Sign in with this passkey alone").check()
    ben.button("Add passkey").click()
    expect(ben.page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(ben.page.locator(".codes code")).to_have_count(10)
    ben.link("I have kept them").click()
    expect(ben.page.get_by_text("Signs you in alone.")).to_be_visible()

    ben.page.get_by_role("button", name="Sign out", exact=True).click()
    ben.button("Sign in with a passkey").click()

    expect(ben.link("New entry")).to_be_visible()
    ben.go(SECURITY)
    expect(ben.page.get_by_text("last used")).to_be_visible()
    ben.link("Remove Phone").click()
    ben.page.get_by_label("Password").fill(PASSWORD)
    ben.button("Continue").click()
    ben.button("Remove").click()
    expect(ben.page.get_by_text("Phone", exact=True)).to_have_count(0)
