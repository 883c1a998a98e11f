"""Everything a hand does with the diary, the keyboard does too, and says so."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.journeys.diary import MEETING, Colleague, Diary
from tests.journeys.visitor import MAIL_ARRIVES, Visitor

DAY = timedelta(days=1)
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def spoken(day: date) -> str:
    """Return a day as the status region says it."""
    return f"{day:%A} {day.day} {day:%B}"


def press(diary: Diary, *keys: str) -> None:
    """Press keys once the page has its scripts; an address is there before they are."""
    for key in keys:
        diary.page.wait_for_load_state()
        diary.page.keyboard.press(key)


def test_arrows_walk_from_entry_to_entry(any_diary: Diary, colleague: Colleague) -> None:
    monday = any_diary.monday(40)
    colleague.write("First", monday, "09:00-09:30")
    colleague.write("Second", monday, "11:00-12:00")
    colleague.write("Across", monday + 2 * DAY, "10:45-11:30")
    any_diary.open(monday)
    any_diary.link("First").focus()

    press(any_diary, "ArrowDown")
    expect(any_diary.link("Second")).to_be_focused()
    press(any_diary, "ArrowRight")
    expect(any_diary.link("Across")).to_be_focused()
    press(any_diary, "ArrowLeft")
    expect(any_diary.link("Second")).to_be_focused()
    press(any_diary, "ArrowUp")
    expect(any_diary.link("First")).to_be_focused()


def test_space_picks_up_arrows_move_and_enter_drops(any_diary: Diary, colleague: Colleague) -> None:
    monday = any_diary.monday(41)
    colleague.write("By keys", monday)
    any_diary.open(monday)
    any_diary.link("By keys").focus()
    said, tuesday = any_diary.said, monday + DAY

    press(any_diary, "Space")
    expect(said).to_contain_text(f"Picked up By keys. {spoken(monday)}, 10:00 to 11:00.")
    expect(said).to_contain_text("Enter drops, Escape cancels.")
    press(any_diary, "ArrowRight")
    expect(said).to_contain_text(f"{spoken(tuesday)}, 10:00 to 11:00.")
    press(any_diary, "ArrowDown")
    expect(said).to_contain_text(f"{spoken(tuesday)}, 10:15 to 11:15.")
    press(any_diary, "Shift+ArrowDown", "Shift+ArrowDown")
    expect(said).to_contain_text(f"{spoken(tuesday)}, 10:15 to 11:45.")
    press(any_diary, "Enter")

    any_diary.expect_at("By keys", f"{tuesday}T10:15", f"{tuesday}T11:45")
    expect(said).to_contain_text("Moved to Tue ")
    # The focus is on the same entry, which the server has drawn anew.
    expect(any_diary.link("By keys")).to_be_focused()
    press(any_diary, "z")
    any_diary.expect_at("By keys", f"{monday}T10:00", f"{monday}T11:00")


def test_escape_puts_back_what_was_picked_up(diary: Diary, colleague: Colleague) -> None:
    monday = diary.monday(42)
    colleague.write("Put back", monday)
    diary.open(monday)
    diary.link("Put back").focus()

    press(diary, "Space", "ArrowRight", "ArrowDown", "Escape")

    expect(diary.said).to_contain_text("Cancelled. Put back is where it was.")
    diary.expect_at("Put back", f"{monday}T10:00", f"{monday}T11:00")
    expect(diary.page.locator(f"section.column[data-day='{monday}'] li.chip")).to_have_count(1)
    expect(diary.link("Put back")).to_be_focused()


def test_in_the_month_arrows_go_by_days_and_weeks(diary: Diary, colleague: Colleague) -> None:
    first = diary.monday(44).replace(day=9)
    colleague.write("Through the month", first)
    diary.open(first, "month")
    diary.link("Through the month").focus()

    press(diary, "Space", "ArrowRight", "ArrowDown")
    expect(diary.said).to_contain_text(f"{spoken(first + 8 * DAY)}, 10:00 to 11:00.")
    press(diary, "Enter")

    there = first + 8 * DAY
    diary.expect_at("Through the month", f"{there}T10:00", f"{there}T11:00")


def test_in_the_team_arrows_hand_over_and_name_the_person(
    diary: Diary, colleague: Colleague
) -> None:
    monday = diary.monday(48)
    colleague.write("Pass on", monday, people=("Ben Okafor",))
    diary.open(monday, "team")
    diary.link("Pass on").focus()

    press(diary, "Space", "ArrowRight")
    expect(diary.said).to_contain_text(f"Elif Kaya, {spoken(monday)}, 10:00 to 11:00.")
    press(diary, "Enter")

    expect(diary.said).to_contain_text("Moved from Ben to Elif.")
    expect(diary.link("Pass on")).to_be_focused()


@pytest.mark.parametrize("view", ["week", "month", "agenda"])
def test_in_a_list_sideways_is_a_day_and_downwards_a_quarter_of_an_hour(
    chromium: Browser, demo: str, colleague: Colleague, view: str
) -> None:
    visitor = Visitor(chromium, demo, **PHONE)
    visitor.look_around()
    diary = Diary(visitor)
    day = diary.monday(55) + DAY * ["week", "month", "agenda"].index(view)
    title = f"In the list of a {view}"
    colleague.write(title, day)
    colleague.write(f"The next day of a {view}", day + DAY)
    diary.open(day, view)
    diary.link(title).focus()

    press(diary, "Space", "ArrowRight")
    expect(diary.said).to_contain_text(f"{spoken(day + DAY)}, 10:00 to 11:00.")
    # Where that day is shown the entry is among its others.
    shown = diary.page.locator(f"[data-day='{day + DAY}'] li.chip.held")
    expect(shown).to_have_count(1)
    press(diary, "ArrowDown", "Shift+ArrowDown")
    expect(diary.said).to_contain_text(f"{spoken(day + DAY)}, 10:15 to 11:30.")
    press(diary, "Enter")

    diary.expect_at(title, f"{day + DAY}T10:15", f"{day + DAY}T11:30")
    expect(diary.link(title)).to_be_focused()
    press(diary, "z")
    diary.expect_at(title, f"{day}T10:00", f"{day}T11:00")
    visitor.leave()


def test_in_the_agenda_an_entry_goes_to_a_day_that_is_not_shown(
    diary: Diary, colleague: Colleague
) -> None:
    monday = diary.monday(57)
    colleague.write("To nowhere yet", monday)
    colleague.write("Whole days", monday, last=monday + DAY)
    diary.open(monday, "agenda")
    diary.link("To nowhere yet").focus()
    press(diary, "Space", "ArrowRight", "ArrowRight", "ArrowRight", "Enter")
    diary.expect_at("To nowhere yet", f"{monday + 3 * DAY}T10:00", f"{monday + 3 * DAY}T11:00")

    diary.link("Whole days").focus()
    press(diary, "Space", "ArrowDown", "Shift+ArrowRight", "Enter")
    diary.expect_at("Whole days", f"{monday + DAY}", f"{monday + 4 * DAY}")


def test_delete_asks_and_can_be_undone(diary: Diary, colleague: Colleague) -> None:
    monday = diary.monday(49)
    colleague.write("Unwanted", monday)
    diary.open(monday)
    diary.link("Unwanted").focus()

    press(diary, "Delete")
    window = diary.page.locator("dialog[open]")
    window.get_by_role("button", name="Delete").click()
    expect(diary.chip("Unwanted")).to_have_count(0)
    expect(diary.said).to_contain_text("“Unwanted” is deleted.")

    press(diary, "z")
    diary.expect_at("Unwanted", f"{monday}T10:00", f"{monday}T11:00")


def test_single_letters_lead_everywhere(any_diary: Diary) -> None:
    monday, page = any_diary.monday(50), any_diary.page
    any_diary.open(monday, "month")
    for key, view in (("w", "week"), ("3", "month"), ("d", "day"), ("4", "team"), ("a", "agenda")):
        press(any_diary, key)
        expect(page).to_have_url(re.compile(f"view={view}"))

    any_diary.open(monday)
    press(any_diary, "j")
    expect(page.locator("#board")).to_have_attribute("data-first", f"{monday + 7 * DAY}")
    press(any_diary, "k")
    expect(page.locator("#board")).to_have_attribute("data-first", f"{monday}")
    press(any_diary, "g")
    expect(page.locator("#go_date")).to_be_focused()
    # In a field a letter is a letter, and with a modifier it is the browser's.
    press(any_diary, "t")
    expect(page.locator("#board")).to_have_attribute("data-first", f"{monday}")
    page.locator("h1").click()
    press(any_diary, "c")
    expect(page.locator("dialog[open]").get_by_label("Title")).to_be_focused()
    press(any_diary, "Escape")
    press(any_diary, "?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    press(any_diary, "Escape")
    expect(sheet).to_be_hidden()
    any_diary.visitor.go("/sync-log/")
    press(any_diary, "t")
    expect(page.locator("#board")).to_be_visible()


def test_q_is_quick_add_and_a_slash_the_search_on_every_page(any_diary: Diary) -> None:
    page, monday = any_diary.page, any_diary.monday(54)
    quick, search = page.locator("#quick-add"), page.locator("#search")
    any_diary.open(monday)
    page.locator("h1").click()
    press(any_diary, "q")
    expect(quick).to_be_focused()
    # There a slash and a q are what one types.
    press(any_diary, "q", "/")
    expect(quick).to_have_value("q/")
    quick.fill("")
    page.locator("h1").click()
    press(any_diary, "/")
    expect(search).to_be_focused()
    page.keyboard.type("survey")
    press(any_diary, "Enter")
    expect(page.locator("#results .chip a").first).to_be_visible()
    page.locator("h1").click()
    press(any_diary, "/")
    expect(search).to_be_focused()

    # Without a field of its own a page leads to the diary's.
    for path in ("/search/?q=survey", "/sync-log/", "/entries/new/"):
        any_diary.visitor.go(path)
        page.locator("h1").click()
        press(any_diary, "q")
        expect(page.locator("#board")).to_be_visible()
        expect(quick).to_be_focused()
    any_diary.visitor.go("/settings/")
    press(any_diary, "/")
    expect(search).to_be_focused()
    assert page.url.endswith("/settings/")


def test_every_key_of_the_sheet_does_what_it_says(diary: Diary) -> None:
    page = diary.page
    diary.visitor.go("/sync-log/")
    press(diary, "?")
    sheet = page.get_by_role("dialog", name="Keys")
    listed = sheet.locator("h3:text-is('Everywhere') + dl dt").all_inner_texts()
    keys = [key for each in listed for key in each.split(", ")]
    assert keys == ["?", "/", "c", "q", "t", "1", "d", "2", "w", "3", "m", "4", "5", "a"]
    press(diary, "Escape")

    for key in keys:
        diary.visitor.go("/sync-log/")
        press(diary, key)
        # Something opens, is focused or is gone to; nothing is left as it was.
        expect(
            page.locator("#keys[open], #search:focus, #board, h1:text-is('New entry')").first
        ).to_be_visible()


def test_whoever_turned_single_letters_off_types_in_peace(chromium: Browser, demo: str) -> None:
    visitor = Visitor(chromium, demo)
    visitor.look_around()
    page, diary = visitor.page, Diary(visitor)

    def turn(*, off: bool) -> None:
        visitor.go("/settings/your-details/")
        page.get_by_label("Turn off single-letter keys").set_checked(off)
        visitor.button("Save").click()
        expect(page.locator("#notices")).to_contain_text("saved")

    turn(off=True)
    try:
        diary.open(diary.monday(51))
        press(diary, "m", "c", "q", "/", "?")
        page.wait_for_timeout(300)
        assert page.evaluate("document.activeElement.tagName") == "BODY"
        expect(page.locator("#board")).to_have_attribute("data-view", "week")
        expect(page.locator("dialog[open]")).to_have_count(0)
        page.get_by_role("button", name="Keys").click()
        expect(page.get_by_role("dialog", name="Keys")).to_contain_text("turned off")
    finally:
        turn(off=False)
    visitor.leave()


@pytest.mark.parametrize("context", [{}, {"color_scheme": "dark"}], ids=["light", "dark"])
def test_axe_finds_nothing_in_the_sheet_nor_while_something_is_held_or_said(
    chromium: Browser, demo: str, colleague: Colleague, context: dict[str, str]
) -> None:
    visitor = Visitor(chromium, demo, bypass_csp=True, **context)
    visitor.look_around()
    diary = Diary(visitor)
    monday = diary.monday(52)
    title = f"Looked at {len(context)}"
    colleague.write(title, monday + len(context) * DAY)
    found = {}
    diary.open(monday)
    press(diary, "?")
    found["the sheet"] = visitor.barriers()
    press(diary, "Escape")
    diary.link(title).focus()
    press(diary, "Space", "ArrowDown")
    found["held"] = visitor.barriers()
    press(diary, "Enter")
    expect(diary.said).to_contain_text("Moved to")
    found["said"] = visitor.barriers()

    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    visitor.leave()


def test_from_signing_in_to_a_downloaded_entry_by_keyboard_alone(
    chromium: Browser, demo: str
) -> None:
    """Nothing here touches a mouse: an entry is made, sent, moved, undone and downloaded."""
    visitor = Visitor(chromium, demo, accept_downloads=True)
    page, diary = visitor.page, Diary(visitor)
    monday = diary.monday(53)
    visitor.go("/")
    tab_to(diary, "Look around as")
    press(diary, "Enter")
    expect(page.locator("#board")).to_be_visible()
    diary.open(monday)

    press(diary, "c")
    expect(page.locator("dialog[open]").get_by_label("Title")).to_be_focused()
    page.keyboard.type("Keyboard only")
    press(diary, "Tab")
    page.keyboard.type(MEETING)
    press(diary, "Control+Enter")
    chip = diary.chip("Keyboard only")
    expect(diary.said).to_contain_text("“Keyboard only” is saved.")
    expect(chip.locator(".state")).to_have_class(re.compile("sent"), timeout=MAIL_ARRIVES * 1000)

    for _ in range(60):
        press(diary, "Tab")
        if diary.link("Keyboard only").evaluate("link => link === document.activeElement"):
            break
    start = diary.when("Keyboard only")
    press(diary, "Space", "ArrowRight", "Enter")
    expect(diary.said).to_contain_text("1 calendar will be updated")
    press(diary, "z")
    expect(diary.said).to_contain_text("is as it was before")
    expect(chip).to_have_attribute("data-start", start[0])

    diary.link("Keyboard only").focus()
    press(diary, "Enter")
    expect(page.locator("dialog[open]").get_by_label("Title")).to_be_focused()
    with page.expect_download() as download:
        tab_to(diary, "Download")
        press(diary, "Enter")
    assert download.value.suggested_filename.endswith(f"-{monday}.ics")
    visitor.leave()


def tab_to(diary: Diary, name: str) -> None:
    """Press Tab until what has the focus is called `name`, at least in its beginning."""
    for _ in range(80):
        press(diary, "Tab")
        words = str(diary.page.evaluate("document.activeElement.textContent.trim()"))
        if words.startswith(name):
            return
    raise AssertionError(f"no Tab leads to {name}")
