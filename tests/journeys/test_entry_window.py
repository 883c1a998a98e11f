"""The entry window over the diary, by mouse and by keyboard; every address is a page as well."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.journeys.test_every_page import MODES
from tests.journeys.visitor import Visitor


def window(visitor: Visitor) -> Locator:
    return visitor.page.locator("dialog[open]")


def opened(visitor: Visitor, name: str = "New entry") -> Locator:
    """Open the diary and, with the mouse, a link of it; return the window."""
    visitor.go("/?view=agenda")
    visitor.page.locator("main").get_by_role("link", name=name).first.click()
    expect(window(visitor).get_by_label("Title")).to_be_focused()
    return window(visitor)


def write(visitor: Visitor, title: str, kind: str = "Internal note") -> None:
    """Fill in a new entry of a type that stays in the diary, and save it."""
    entry = opened(visitor)
    entry.get_by_label("Title").fill(title)
    entry.get_by_label("Type").select_option(label=kind)
    entry.get_by_role("button", name="Save").click()
    expect(window(visitor)).to_have_count(0)


def test_an_entry_is_made_in_the_window_and_undone_on_the_diary(newcomer: Visitor) -> None:
    page = newcomer.page
    write(newcomer, "Water the plants")

    notice = page.locator("#notices")
    expect(notice).to_contain_text("“Water the plants” is saved.")
    expect(page.get_by_role("link", name="New entry")).to_be_focused()
    expect(newcomer.link("Water the plants")).to_be_visible()

    notice.get_by_role("button", name="Undo").click()
    expect(notice).to_contain_text("“Water the plants” is taken back.")
    expect(newcomer.link("Water the plants")).to_have_count(0)


def test_a_change_is_made_by_keyboard_alone_and_undone(newcomer: Visitor) -> None:
    page = newcomer.page
    write(newcomer, "Order toner")

    link = newcomer.link("Order toner")
    link.focus()
    page.keyboard.press("Enter")
    expect(window(newcomer).get_by_label("Title")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Order paper")
    page.keyboard.press("Control+Enter")

    expect(window(newcomer)).to_have_count(0)
    expect(newcomer.link("Order paper")).to_be_focused()
    undo = page.locator("#notices").get_by_role("button", name="Undo")
    undo.focus()
    page.keyboard.press("Enter")
    expect(newcomer.link("Order toner")).to_be_visible()


def test_escape_closes_and_the_focus_returns_to_the_entry(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.go("/?view=agenda")
    link = page.locator(".chip a").nth(1)
    link.focus()
    page.keyboard.press("Enter")
    expect(window(newcomer).get_by_label("Title")).to_be_focused()

    page.keyboard.press("Escape")

    expect(window(newcomer)).to_have_count(0)
    expect(link).to_be_focused()


def test_escape_asks_before_it_drops_what_was_typed(newcomer: Visitor) -> None:
    page = newcomer.page
    entry = opened(newcomer)
    page.keyboard.type("Half a thought")

    page.keyboard.press("Escape")
    expect(entry.get_by_role("button", name="Keep editing")).to_be_focused()
    page.keyboard.press("Enter")
    expect(entry.get_by_label("Title")).to_have_value("Half a thought")
    expect(entry.get_by_label("Title")).to_be_focused()

    page.keyboard.press("Escape")
    entry.get_by_role("button", name="Drop changes").click()
    expect(window(newcomer)).to_have_count(0)
    expect(page.get_by_role("link", name="New entry")).to_be_focused()


def test_mistakes_are_said_in_the_window_and_kept_apart_from_the_diary(newcomer: Visitor) -> None:
    page = newcomer.page
    entry = opened(newcomer)
    entry.get_by_label("From").fill("half nine")

    entry.get_by_role("button", name="Save").click()

    expect(entry.locator("#mistakes")).to_be_focused()
    expect(entry.locator("#mistakes")).to_contain_text("Title: Enter a title.")
    expect(entry.get_by_label("From")).to_have_value("half nine")
    # Refused is not saved: closing still asks.
    page.keyboard.press("Escape")
    expect(entry.get_by_role("button", name="Keep editing")).to_be_visible()


def test_people_are_found_by_typing_and_what_saving_does_is_said(newcomer: Visitor) -> None:
    entry = opened(newcomer)
    entry.get_by_label("Title").fill("Viewing")
    entry.get_by_label("Type").select_option(label="Site visit")

    entry.get_by_label("Find people").fill("okaf")

    ben, grace = entry.get_by_label("Ben Okafor"), entry.get_by_label("Grace Lin")
    expect(grace).to_be_hidden()
    # Who is ticked stays in sight.
    expect(entry.get_by_label("Amina Diallo")).to_be_visible()
    ben.check()
    expect(entry.get_by_role("button", name="Save and send to 1 person")).to_be_visible()
    entry.get_by_label("Find people").fill("")
    expect(grace).to_be_visible()


def test_a_clash_is_said_while_the_window_is_open(newcomer: Visitor) -> None:
    page = newcomer.page
    write(newcomer, "Only one of me")
    entry = opened(newcomer)
    entry.get_by_label("Title").fill("Two at once")
    entry.get_by_label("Type").select_option(label="Internal note")

    expect(entry.locator("#clashes")).to_contain_text("Amina Diallo has Only one of me (")
    entry.get_by_role("button", name="Save").click()
    expect(page.locator("#notices")).to_contain_text("Amina Diallo has Only one of me (")


def test_deleting_is_asked_in_the_window_and_undone_on_the_diary(newcomer: Visitor) -> None:
    page = newcomer.page
    write(newcomer, "Short of time")
    entry = opened(newcomer, "Short of time")

    entry.get_by_role("link", name="Delete").click()
    expect(entry.get_by_role("heading", name="Delete “Short of time”?")).to_be_focused()
    entry.get_by_role("button", name="Delete").click()

    expect(newcomer.link("Short of time")).to_have_count(0)
    page.locator("#notices").get_by_role("button", name="Undo").click()
    expect(newcomer.link("Short of time")).to_be_visible()


def test_the_reasons_of_a_calendar_open_in_the_window(newcomer: Visitor) -> None:
    newcomer.go("/?view=agenda")
    newcomer.page.locator(".chip a").first.click()
    window(newcomer).get_by_role("link", name="Why?").first.click()

    expect(window(newcomer).get_by_role("heading", level=1)).to_contain_text("calendar?")
    expect(window(newcomer).locator(".gates li")).to_have_count(8)


def test_without_script_every_address_is_a_page(chromium: Browser, demo: str) -> None:
    visitor = Visitor(chromium, demo, java_script_enabled=False)
    visitor.look_around()
    page = visitor.page

    visitor.link("New entry").click()
    expect(page).to_have_url(re.compile("/entries/new/"))
    expect(page.get_by_label("Find people")).to_be_hidden()
    page.get_by_label("Title").fill("By hand")
    page.get_by_label("Type").select_option(label="Internal note")
    visitor.button("Save").click()
    expect(page.locator("#notices")).to_contain_text("“By hand” is saved.")
    visitor.link("Why?").first.click()
    expect(page.locator(".gates li")).to_have_count(8)
    page.go_back()
    page.get_by_label("Title").fill("By foot")
    visitor.button("Save").click()
    expect(page.locator("#notices")).to_contain_text("“By foot” is saved.")
    page.locator("#notices").get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Title")).to_have_value("By hand")
    visitor.leave()


def test_of_two_versions_one_is_chosen_in_the_window(chromium: Browser, demo: str) -> None:
    mine, theirs = Visitor(chromium, demo, bypass_csp=True), Visitor(chromium, demo)
    mine.look_around()
    write(mine, "Paint the door")
    entry = opened(mine, "Paint the door")
    entry.get_by_label("Title").fill("Paint the gate")
    theirs.look_around()
    changed = opened(theirs, "Paint the door")
    changed.get_by_label("Title").fill("Paint the fence")
    changed.get_by_role("button", name="Save").click()
    expect(theirs.link("Paint the fence")).to_be_visible()

    entry.get_by_role("button", name="Save").click()

    expect(entry.locator("#mistakes")).to_be_focused()
    expect(entry.locator("#mistakes")).to_contain_text("changed this entry at")
    row = entry.get_by_role("row", name="Title")
    expect(row).to_contain_text("Paint the gate")
    expect(row).to_contain_text("Paint the fence")
    assert mine.barriers() == []
    entry.get_by_role("button", name="Keep mine").click()
    expect(mine.link("Paint the gate")).to_be_focused()
    mine.leave()
    theirs.leave()


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_in_the_open_window(chromium: Browser, demo: str, mode: str) -> None:
    context: dict[str, Any] = MODES[mode]
    visitor = Visitor(chromium, demo, bypass_csp=True, **context)
    visitor.look_around()
    page = visitor.page
    found = {}

    opened(visitor)
    found["a new entry"] = visitor.barriers()
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    expect(visitor.button("Keep editing")).to_be_focused()
    found["the question"] = visitor.barriers()
    visitor.go("/?view=agenda")
    page.locator(".chip a").nth(2).click()
    expect(window(visitor).locator("h1")).to_be_visible()
    found["an entry"] = visitor.barriers()
    if page.evaluate(
        "(dialog => dialog.scrollWidth > dialog.clientWidth)(document.querySelector('dialog'))"
    ):
        found["an entry"].append("scrolls sideways")
    window(visitor).get_by_role("link", name="Why?").first.click()
    expect(window(visitor).locator(".gates")).to_be_visible()
    found["its reasons"] = visitor.barriers()
    visitor.go("/entries/8/why/1/")
    found["its reasons as a page"] = visitor.barriers()

    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    visitor.leave()
