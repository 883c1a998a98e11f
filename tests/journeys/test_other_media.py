"""What comes and goes on the diary can be seen in forced colours, on 320 pixels and on paper."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, ViewportSize, expect
from tests.journeys.diary import Colleague, Diary
from tests.journeys.test_by_keys import press
from tests.journeys.visitor import Visitor

DAY = timedelta(days=1)
NARROW: ViewportSize = {"width": 320, "height": 700}
PHONE: ViewportSize = {"width": 390, "height": 844}
# The edges of something, told from what is behind it without any colour of ours.
LINES = """part => {
  const style = getComputedStyle(part);
  return ["Top", "Right", "Bottom", "Left"].filter(
    (side) => style[`border${side}Style`] !== "none" && parseFloat(style[`border${side}Width`]) > 0,
  ).length;
}"""
OUTLINE = """part => {
  const style = getComputedStyle(part);
  return style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
}"""
BELOW = "part => part.getBoundingClientRect().bottom"
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"


def crowded(colleague: Colleague, diary: Diary, weeks: int) -> None:
    """Put six entries at one time of a Tuesday, of which a week shows three."""
    for number in range(6):
        colleague.write(f"At once {number}", diary.monday(weeks) + DAY, "10:00-12:00")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_forced_colours_lines_tell_what_is_held_said_and_chosen(
    chromium: Browser, demo: str, colleague: Colleague, scheme: str
) -> None:
    visitor = Visitor(chromium, demo, forced_colors="active", color_scheme=scheme)
    visitor.look_around()
    page, diary = visitor.page, Diary(visitor)
    monday, title = diary.monday(70), f"Forced {scheme}"
    colleague.write(title, monday)
    diary.open(monday)
    current, other = page.locator(".top nav a[aria-current]"), visitor.link("Sync log")
    shows = "part => getComputedStyle(part).borderBottomColor"
    assert current.evaluate(shows) != other.evaluate(shows)

    assert diary.link(title).evaluate(LINES) == 4
    diary.link(title).focus()
    press(diary, "Space", "ArrowDown")
    assert diary.link(title).evaluate(OUTLINE) >= 3
    press(diary, "Enter")
    toast = diary.said.locator(".notice")
    expect(toast).to_contain_text("Moved to")
    assert toast.evaluate(LINES) == 4
    for button in toast.get_by_role("button").all():
        assert button.evaluate(LINES) == 4
    visitor.leave()


def test_on_320_pixels_nothing_that_comes_up_is_wider_than_the_screen(
    chromium: Browser, demo: str, colleague: Colleague
) -> None:
    visitor = Visitor(chromium, demo, viewport=NARROW, bypass_csp=True)
    visitor.look_around()
    page, diary = visitor.page, Diary(visitor)
    monday = diary.monday(71)
    colleague.write("Narrow", monday)
    crowded(colleague, diary, 71)
    found = {}

    def look(at: str) -> None:
        found[at] = visitor.barriers() + (["scrolls sideways"] if page.evaluate(SIDEWAYS) else [])

    diary.open(monday)
    look("the list")
    expect(page.locator(".beyond a").first).to_be_visible()
    diary.link("Narrow").focus()
    press(diary, "Space", "ArrowRight")
    look("held")
    press(diary, "Enter")
    expect(diary.said).to_contain_text("Moved to")
    look("the toast")
    page.locator("#quick-add").press_sequentially("Survey Thu 14-15:30 #site-visit @b")
    expect(page.locator("#quick-reading")).to_contain_text("more than one person")
    look("a choice of quick add")
    page.locator("#quick-add").press_sequentially("en")
    expect(page.locator("#quick-reading")).to_contain_text("Ben Okafor")
    look("quick add read back")
    visitor.go("/search/?q=survey")
    look("search results")
    page.locator("h1").click()
    press(diary, "?")
    look("the sheet")

    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    visitor.leave()


@pytest.mark.parametrize("scripts", [True, False])
def test_on_a_phone_entries_come_first_and_the_small_month_when_asked_for(
    chromium: Browser, demo: str, colleague: Colleague, *, scripts: bool
) -> None:
    visitor = Visitor(chromium, demo, viewport=PHONE, java_script_enabled=scripts)
    visitor.look_around()
    page, diary = visitor.page, Diary(visitor)
    monday = diary.monday(73)
    colleague.write(f"On the phone {scripts}", monday)
    diary.open(monday, "agenda")
    small_month = page.get_by_role("navigation", name="Month", exact=True)

    expect(small_month).to_be_hidden()
    assert diary.chip(f"On the phone {scripts}").evaluate(BELOW) < PHONE["height"]
    visitor.button("Choose a day").focus()
    page.keyboard.press("Enter")
    expect(small_month).to_be_visible()
    page.keyboard.press("Escape")
    expect(small_month).to_be_hidden()
    page.keyboard.press("Enter")
    small_month.get_by_role("link", name="15", exact=True).click()
    expect(page).to_have_url(re.compile("date=[0-9-]+-15"))
    page.set_viewport_size({"width": 1000, "height": 700})
    expect(small_month).to_be_visible()
    visitor.leave()


def test_on_paper_there_are_entries_and_no_controls_and_what_is_left_out_is_said(
    diary: Diary, colleague: Colleague
) -> None:
    page, monday = diary.page, diary.monday(72)
    crowded(colleague, diary, 72)
    page.set_viewport_size({"width": 794, "height": 1123})
    page.emulate_media(media="print")

    for view in ("week", "month"):
        diary.open(monday + DAY, view)
        expect(diary.chip("At once 0")).to_be_visible()
        expect(diary.chip("At once 0").locator("time")).to_have_text(
            "10:00–12:00", use_inner_text=True
        )
        expect(page.get_by_text("are printed in full by the agenda")).to_be_visible()
        expect(page.locator("button:visible, input:visible, select:visible")).to_have_count(0)
    diary.open(monday + DAY, "agenda")
    for number in range(6):
        expect(diary.chip(f"At once {number}")).to_be_visible()
    expect(page.get_by_text("are printed in full by the agenda")).to_have_count(0)
    page.emulate_media(media="screen")


# Links in running text are as tall as it is.
TARGETS = "a:not(.skip), button, input:not([type=hidden]), select, summary"
SMALL = """(targets) => [...document.querySelectorAll(targets)]
  .filter((part) => getComputedStyle(part).display !== "inline")
  .map((part) => [part.innerText || part.name, part.closest("label") || part])
  .map(([name, part]) => [name, part.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && box.height > 1 && box.height < 44)
  .map(([name, box]) => `${name}: ${box.height}`)"""


@pytest.mark.parametrize("path", ["/?view=agenda", "/?view=week", "/entries/new/", "/search/?q=a"])
def test_on_a_phone_a_finger_finds_every_target(chromium: Browser, demo: str, path: str) -> None:
    phone: ViewportSize = {"width": 390, "height": 844}
    visitor = Visitor(chromium, demo, viewport=phone, has_touch=True, is_mobile=True)
    visitor.look_around()

    visitor.go(path)

    assert visitor.page.evaluate(SMALL, TARGETS) == []
    visitor.leave()
