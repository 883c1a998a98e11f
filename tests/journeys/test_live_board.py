"""The board follows what others do and what becomes of each entry, without a reload."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect
from tests.journeys.diary import MEETING, Colleague, Diary
from tests.journeys.visitor import MAIL_ARRIVES

DAY = timedelta(days=1)
# Ten seconds between two looks, and what a busy machine adds.
NEXT_LOOK = 30_000
ARRIVES = MAIL_ARRIVES * 1000


def test_what_somebody_else_makes_appears_and_is_said(diary: Diary, colleague: Colleague) -> None:
    monday = diary.monday(60)
    diary.open(monday)

    colleague.write("From elsewhere", monday)

    expect(diary.chip("From elsewhere")).to_be_visible(timeout=NEXT_LOOK)
    expect(diary.said).to_contain_text("Changed by somebody else: From elsewhere.")


def test_nothing_is_drawn_under_a_hand(diary: Diary, colleague: Colleague) -> None:
    monday, page = diary.monday(61), diary.page
    colleague.write("In the hand", monday)
    diary.open(monday)
    diary.link("In the hand").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")

    colleague.write("Meanwhile", monday + DAY)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(1500)

    expect(diary.chip("Meanwhile")).to_have_count(0)
    expect(diary.chip("In the hand")).to_have_class(re.compile("held"))
    page.keyboard.press("Escape")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(diary.chip("Meanwhile")).to_be_visible(timeout=NEXT_LOOK)
    expect(diary.link("In the hand")).to_be_focused()


def test_what_has_been_sent_says_so_and_undo_sends_a_second_update(
    diary: Diary, colleague: Colleague
) -> None:
    monday = diary.monday(62)
    colleague.write("Sent and undone", monday, kind=MEETING, people=("Ben Okafor",))
    diary.open(monday, "day")
    state = diary.chip("Sent and undone").locator(".state")
    expect(state).to_have_class(re.compile("sent"), timeout=ARRIVES)

    diary.drag(diary.middle("Sent and undone"), diary.slot(monday, "12:40"))
    expect(diary.said).to_contain_text("1 calendar will be updated in")
    expect(state).to_have_class(re.compile("waiting"))

    expect(state).to_have_class(re.compile("sent"), timeout=ARRIVES)
    expect(diary.said).to_contain_text("1 calendar has been updated.")
    diary.said.get_by_role("button", name="Undo (sends a second update)").click()
    diary.expect_at("Sent and undone", f"{monday}T10:00", f"{monday}T11:00")
    expect(diary.said).to_contain_text("“Sent and undone” is as it was before. 1 calendar will be")
    expect(state).to_have_class(re.compile("sent"), timeout=ARRIVES)
