"""The search by keyboard: results follow what is typed, arrows walk, Enter opens."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect
from tests.journeys.visitor import Visitor


def test_a_search_goes_from_the_field_to_an_entry_by_keyboard(chromium: Browser, demo: str) -> None:
    visitor = Visitor(chromium, demo, bypass_csp=True)
    visitor.look_around()
    page = visitor.page
    field = page.get_by_role("searchbox", name="Search the diary")
    field.focus()
    page.keyboard.type("survey")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=survey$"))
    results = page.locator("#results .chip a")
    expect(results.first).to_be_visible()
    assert visitor.barriers() == []

    field = page.locator("#search")
    field.focus()
    page.keyboard.press("End")
    page.keyboard.type(" BOIL")
    expect(page.locator("#found")).to_have_text("2 entries")
    expect(page).to_have_url(re.compile(r"q=survey\+BOIL$"))
    expect(page.locator("#results mark").first).to_have_text("Boiler")
    assert visitor.barriers() == []

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(results.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Boiler survey")
    visitor.leave()


def test_without_script_the_field_leads_to_the_results(chromium: Browser, demo: str) -> None:
    visitor = Visitor(chromium, demo, java_script_enabled=False)
    visitor.look_around()
    field = visitor.page.get_by_role("searchbox", name="Search the diary")
    field.fill("okafor quay")
    field.press("Enter")

    expect(visitor.page.locator("#results .chip a")).to_have_count(1)
    visitor.leave()
