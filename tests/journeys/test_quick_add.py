"""Quick add: typed, read back, chosen and saved by keyboard; without script a page asks."""

from __future__ import annotations

from playwright.sync_api import Browser, Locator, expect
from tests.journeys.visitor import Visitor


def field(visitor: Visitor) -> Locator:
    return visitor.page.get_by_label("Quick add")


def test_a_line_is_read_back_while_typing_and_saved_by_enter(chromium: Browser, demo: str) -> None:
    visitor = Visitor(chromium, demo, bypass_csp=True)
    visitor.look_around()
    page, reading = visitor.page, visitor.page.locator("#quick-reading")

    field(visitor).press_sequentially("Water test 3 Dec 2030 14-15:30 #call @b")
    expect(reading).to_contain_text("@b can be more than one person.")
    assert visitor.barriers() == []
    with page.expect_response("**/entries/quick/"):
        page.keyboard.press("Enter")
    expect(field(visitor)).to_be_focused()

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(reading).to_contain_text("Tuesday 3 December 2030, 14:00 to 15:30, Call,")
    assert visitor.barriers() == []

    expect(field(visitor)).to_be_focused()
    page.keyboard.press("Enter")
    notice = page.locator("#notices")
    expect(notice).to_contain_text("“Water test” is in the diary: Tuesday 3 December 2030")
    notice.get_by_role("button", name="Undo").click()
    expect(page.locator("#notices")).to_contain_text("“Water test” is taken back.")
    visitor.leave()


def test_more_opens_the_window_with_everything_filled_in(newcomer: Visitor) -> None:
    field(newcomer).fill("Water test 3 Dec 2030 14-15:30 #call at The Ivy")
    newcomer.link("More fields for this entry").click()

    window = newcomer.page.locator("dialog[open]")
    expect(window.get_by_label("Title")).to_have_value("Water test")
    expect(window.get_by_label("From")).to_have_value("14:00")
    expect(window.get_by_label("Place")).to_have_value("The Ivy")


def test_without_script_a_page_reads_it_back_and_asks(chromium: Browser, demo: str) -> None:
    visitor = Visitor(chromium, demo, java_script_enabled=False)
    visitor.look_around()
    page = visitor.page

    field(visitor).fill("Order paper 4 Dec 2030 9.30 #call")
    field(visitor).press("Enter")
    expect(page.get_by_text("Wednesday 4 December 2030, 09:30 to 10:30")).to_be_visible()
    visitor.button("Save").click()

    expect(page.locator("#notices")).to_contain_text("“Order paper” is in the diary")
    visitor.leave()
