"""Edit Your Details and the sync log in a real browser: by mouse, by keyboard, without script."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.journeys.test_every_page import MODES
from tests.journeys.visitor import Visitor

OWN = "/settings/your-details/"
NEW = "/settings/users/new/"
TAKEN = "ben@harrow-lane.example"


def box(visitor: Visitor) -> Locator:
    """Return the box of the details that may be disabled."""
    return visitor.page.get_by_label("Enable diary synchronisation to your external calendar")


def said(visitor: Visitor) -> Locator:
    """Return what the page says of the three conditions."""
    return visitor.page.locator("#conditions")


def test_the_box_follows_the_conditions_while_one_types(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.go(NEW)
    expect(box(newcomer)).to_be_disabled()
    expect(said(newcomer)).to_contain_text("3 of 3 conditions missing")

    page.get_by_label("Email Syncing").check()
    page.get_by_label("Email address").fill("dora@")
    expect(said(newcomer)).to_contain_text("2 of 3 conditions missing")
    page.get_by_label("Email address").fill(TAKEN)
    expect(said(newcomer)).to_contain_text("1 of 3 conditions missing")
    expect(said(newcomer)).to_contain_text("(Ben Okafor does)")
    expect(box(newcomer)).to_be_disabled()
    page.get_by_label("Email address").fill("dora@harrow-lane.example")
    expect(said(newcomer)).to_contain_text("All three conditions are met.")
    box(newcomer).check()

    page.get_by_label("User name", exact=True).fill("dora")
    page.get_by_label("Forename").fill("Dora")
    page.get_by_label("Password", exact=True).fill("plenty of rope and time")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("The details of Dora are saved.")


def test_the_keyboard_alone_does_it_and_the_focus_stays(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.go(OWN)
    email = page.get_by_label("Email address")
    email.focus()

    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    expect(said(newcomer)).to_contain_text(
        "Saving will switch diary synchronisation off, because there is no email address."
    )
    expect(said(newcomer)).to_contain_text("cancellations (counted at")
    expect(box(newcomer)).to_be_disabled()
    expect(email).to_be_focused()

    page.keyboard.type("amina@harrow-lane.example")
    expect(said(newcomer)).to_contain_text("All three conditions are met.")
    expect(email).to_be_focused()
    page.get_by_label("Email Syncing").focus()
    page.keyboard.press("Space")
    expect(said(newcomer)).to_contain_text("because Email Syncing is not selected.")


def test_hints_follow_what_is_chosen(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.go(OWN)

    page.get_by_label("Calendar", exact=True).select_option("google")
    expect(page.get_by_text("Google takes no invitations from yourself")).to_be_visible()
    page.get_by_label("Time zone", exact=True).fill("Asia/Tokyo")
    page.get_by_label("Time zone", exact=True).press("Tab")
    expect(page.locator("#id_timezone_helptext")).to_contain_text("there.")
    page.get_by_label("Server").fill("smtp.gmail.com")
    page.get_by_label("Server").press("Tab")
    expect(page.get_by_text("Google takes an app password")).to_be_visible()


def test_a_test_message_answers_beside_its_button(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.go(OWN)

    newcomer.send_test_message()

    steps = page.locator("#mail-test")
    expect(steps).to_contain_text("sent at", timeout=30_000)
    expect(steps).to_contain_text("Test message to amina@harrow-lane.example")
    steps.get_by_text("Details").click()
    expect(steps.locator("pre")).to_contain_text("2")
    expect(page).to_have_url(newcomer.address + OWN)


def test_all_of_it_works_without_script(chromium: Browser, demo: str) -> None:
    visitor = Visitor(chromium, demo, java_script_enabled=False)
    visitor.look_around()
    page = visitor.page
    visitor.go(OWN)

    page.get_by_label("Email address").fill(TAKEN)
    visitor.button("Check again").click()
    expect(box(visitor)).to_be_disabled()
    expect(said(visitor)).to_contain_text("because someone else with diary synchronisation")
    page.get_by_label("Email address").fill("amina@harrow-lane.example")
    visitor.button("Check again").click()
    expect(box(visitor)).to_be_enabled()

    test = visitor.opened_test_message()
    for _ in range(30):
        if not test.get_by_role("link", name="Look again").count():
            break
        test.wait_for_timeout(500)
        test.get_by_role("link", name="Look again").click()
    expect(test.locator("#mail-test")).to_contain_text("sent at")
    visitor.leave()


def test_the_log_narrows_down_and_sends_again(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.awaits(page.get_by_role("button", name="Resend"), path="/sync-log/?state=sent")
    newest = page.locator("tbody tr").filter(has=page.locator("button:enabled")).first
    title = newest.get_by_role("link").first.inner_text()

    page.get_by_label("Entry").fill(title)
    newcomer.button("Show").click()
    expect(page).to_have_url(re.compile("title="))
    expect(page.locator("tbody th").first).to_have_text(title)
    page.locator("button:enabled", has_text="Resend").first.click()

    expect(page.get_by_role("status").first).to_contain_text("It is on its way again.")
    assert "title=" in page.url


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_whatever_the_pages_say(chromium: Browser, demo: str, mode: str) -> None:
    settings: dict[str, Any] = MODES[mode]
    visitor = Visitor(chromium, demo, bypass_csp=True, **settings)
    visitor.look_around()
    found = {}
    visitor.go(OWN)
    visitor.page.get_by_label("Email address").fill("")
    expect(said(visitor)).to_contain_text("Saving will switch")
    found["a warning"] = visitor.barriers()
    visitor.page.get_by_label("Email address").fill("amina@harrow-lane.example")
    visitor.send_test_message()
    expect(visitor.page.locator("#mail-test")).to_contain_text("sent at", timeout=30_000)
    visitor.page.locator("#mail-test summary").click()
    found["a test message"] = visitor.barriers()
    visitor.page.get_by_label("Time zone", exact=True).fill("atlantis")
    visitor.page.get_by_role("button", name="Save", exact=True).click()
    visitor.page.locator("#mistakes").wait_for()
    found["mistakes"] = visitor.barriers()
    visitor.go("/sync-log/?person=1&first=2020-01-01")
    for summary in visitor.page.locator("summary").all()[:2]:
        summary.click()
    found["the log"] = visitor.barriers()
    if visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found["the log"].append("scrolls sideways")

    assert {what: wrong for what, wrong in found.items() if wrong} == {}
    visitor.leave()
