"""A time the clocks show twice: the page asks while one types, and the toast offers the other."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from playwright.sync_api import Browser, expect
from tests.journeys.diary import NOTE, Colleague, Diary
from tests.journeys.visitor import Visitor

from daybook.calendaring.zones import shown_twice

LONDON = "Europe/London"
DAY = timedelta(days=1)


def night() -> date:
    """Return the first day, two months ahead or later, on which London has 01:30 twice."""
    day = date.today() + timedelta(days=60)  # noqa: DTZ011 - any such night does
    while not shown_twice(datetime(day.year, day.month, day.day, 1, 30), LONDON):
        day += DAY
    return day


def test_the_form_asks_while_it_is_typed_and_keeps_the_answer(chromium: Browser, demo: str) -> None:
    visitor = Visitor(chromium, demo, bypass_csp=True)
    visitor.look_around()
    diary, page, day = Diary(visitor), visitor.page, night()
    diary.open(day, "day")
    page.get_by_role("link", name="New entry").first.click()
    window = page.locator("dialog[open]")
    window.get_by_label("Title").fill("Night watch")
    window.get_by_label("Type").select_option(label=NOTE)
    expect(window.locator("#twice")).to_be_empty()

    window.get_by_label("Date", exact=True).fill(day.isoformat())
    window.get_by_label("From").fill("1:30")
    window.get_by_label("To", exact=True).fill("3")
    window.get_by_label("To", exact=True).press("Tab")
    group = window.get_by_role("group", name="The clocks show 01:30 twice")
    expect(group.get_by_label("The first, before the clocks go back")).to_be_checked()
    group.get_by_label("The first").focus()
    page.keyboard.press("ArrowDown")
    expect(group.get_by_label("The second, after the clocks go back")).to_be_checked()
    assert visitor.barriers() == []
    window.get_by_role("button", name="Save").click()

    diary.expect_at("Night watch", f"{day}T01:30", f"{day}T03:00")
    diary.link("Night watch").click()
    expect(window.get_by_label("The second, after the clocks go back")).to_be_checked()
    visitor.leave()


def test_a_drop_offers_the_other_of_the_two(any_diary: Diary, colleague: Colleague) -> None:
    day = night()
    # Each browser has its own.
    name = f"Night round {any_diary.monday(0)}"
    colleague.write(name, day - DAY, "03:00-04:00")
    any_diary.open(day - DAY)
    any_diary.link(name).focus()

    any_diary.page.keyboard.press("Space")
    any_diary.page.keyboard.press("ArrowRight")
    for _ in range(6):
        any_diary.page.keyboard.press("ArrowUp")
    any_diary.page.keyboard.press("Enter")
    said = any_diary.said
    expect(said).to_contain_text("The clocks show 01:30 twice; this is the first.")
    said.get_by_role("button", name="Make it the second").click()

    expect(said).to_contain_text("The clocks show 01:30 twice; this is the second.")
    expect(said.get_by_role("button", name="Make it the first")).to_be_visible()
    expect(any_diary.link(name)).to_be_focused()
    any_diary.expect_at(name, f"{day}T01:30", f"{day}T02:30")
    said.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("is as it was before")


def test_what_is_picked_up_says_which_of_the_two_it_is_at(
    any_diary: Diary, colleague: Colleague
) -> None:
    day, name = night(), f"Night call {any_diary.monday(0)}"
    colleague.write(name, day, "01:30-03:00")
    any_diary.open(day, "day")
    expect(any_diary.chip(name).locator("time")).to_have_text("01:30 (1st)–03:00")

    any_diary.link(name).focus()
    any_diary.page.keyboard.press("Space")

    expect(any_diary.said).to_contain_text("The clocks show 01:30 twice; this is the first.")
    any_diary.page.keyboard.press("Escape")
    expect(any_diary.said).to_contain_text(f"{name} is where it was.")


def test_without_script_the_saved_entry_asks(chromium: Browser, demo: str) -> None:
    visitor = Visitor(chromium, demo, java_script_enabled=False)
    visitor.look_around()
    page = visitor.page
    visitor.go(f"/entries/new/?date={night()}")
    page.get_by_label("Title").fill("Night shift")
    page.get_by_label("Type").select_option(label=NOTE)
    page.get_by_label("From").fill("1:30")
    page.get_by_label("To", exact=True).fill("3")
    visitor.button("Save").click()
    expect(page.get_by_text("The clocks show 01:30 twice; this is the first.")).to_be_visible()

    page.get_by_label("The second, after the clocks go back").check()
    visitor.button("Save").click()

    expect(page.locator("#notices")).to_contain_text("“Night shift” is saved.")
    expect(page.get_by_label("The second, after the clocks go back")).to_be_checked()
    visitor.leave()
