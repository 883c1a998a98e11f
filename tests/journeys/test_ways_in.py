"""The ways in, as browsers go them: open to everybody, light, dark or on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from tests.journeys.test_every_page import MODES
from tests.journeys.visitor import Visitor

PASSWORD = "a password for grace alone"
SIGNED_OUT = [
    "/accounts/login/",
    "/accounts/password/forgotten/",
    "/accounts/password/forgotten/sent/",
]
SIGNED_IN = [
    "/settings/your-details/sign-in/",
    "/settings/your-details/tokens/",
    "/settings/users/2/access/",
    "/settings/users/2/activity/",
    "/settings/users/2/hand-over/",
    "/accounts/passkeys/new/",
    "/accounts/codes/on/",
]


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    chromium: Browser, demo: str, mode: str
) -> None:
    visitor = Visitor(
        chromium, demo.replace("127.0.0.1", "localhost"), bypass_csp=True, **MODES[mode]
    )
    found = {path: _looked_at(visitor, path) for path in SIGNED_OUT}
    visitor.look_around()
    found |= {path: _looked_at(visitor, path) for path in SIGNED_IN}
    visitor.go("/settings/your-details/tokens/")
    visitor.button("Make a token").click()
    visitor.page.locator("#mistakes").wait_for()
    found["a token without a name"] = visitor.barriers()
    visitor.page.get_by_label("What is it for?").fill("Import")
    visitor.button("Make a token").click()
    visitor.page.locator("code.secret").wait_for()
    found["a new token"] = visitor.barriers()
    visitor.go("/settings/users/4/access/")
    visitor.button("Make a link").click()
    link = visitor.page.locator("code.secret").inner_text()
    found["a new link"] = visitor.barriers()
    visitor.page.goto(link)
    visitor.button("Save password").click()
    visitor.page.locator("#mistakes").wait_for()
    found["a link without a password"] = visitor.barriers()

    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    visitor.leave()


def test_an_invited_person_chooses_a_password_and_signs_in(newcomer: Visitor) -> None:
    newcomer.go("/settings/users/3/access/")
    newcomer.button("Make a link").click()
    link = newcomer.page.locator("code.secret").inner_text()
    newcomer.button("Sign out").click()
    expect(newcomer.link("Forgotten your password?")).to_be_visible()

    newcomer.page.goto(link)
    username = newcomer.page.locator("main strong").inner_text()
    for field in newcomer.page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    newcomer.button("Save password").click()
    expect(newcomer.page.get_by_text("Your password is set.")).to_be_visible()
    newcomer.page.get_by_label("User name").fill(username)
    newcomer.page.get_by_label("Password").fill(PASSWORD)
    newcomer.page.get_by_role("button", name="Sign in", exact=True).click()

    expect(newcomer.link("New entry")).to_be_visible()


def test_a_forgotten_password_is_mended_by_a_mail(newcomer: Visitor) -> None:
    newcomer.button("Sign out").click()
    newcomer.link("Forgotten your password?").click()
    newcomer.page.get_by_label("User name or email address").fill("jonas@harrow-lane.example")
    newcomer.button("Mail me a link").click()
    expect(newcomer.page.get_by_text("on its way")).to_be_visible()

    newcomer.awaits(newcomer.link("A new password for the diary"), path="/demo/mailbox/5/")


def _looked_at(visitor: Visitor, path: str) -> list[str]:
    visitor.go(path)
    found = visitor.barriers()
    if visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    return found
