"""Entries are made, moved, made longer and handed over by mouse and by finger."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Route, expect
from tests.journeys.diary import Colleague, Diary
from tests.journeys.visitor import Visitor

DAY = timedelta(days=1)
HAND_OVER = ("Ben Okafor", "Grace Lin")


def test_an_entry_is_dragged_to_another_day_and_time_and_undone(
    any_diary: Diary, colleague: Colleague
) -> None:
    monday = any_diary.monday(0)
    colleague.write("Gutter repair", monday)
    any_diary.open(monday)

    any_diary.drag(any_diary.middle("Gutter repair"), any_diary.slot(monday + 2 * DAY, "13:40"))

    # Taken a little below its upper edge, and on a quarter of an hour.
    wednesday = monday + 2 * DAY
    any_diary.expect_at("Gutter repair", f"{wednesday}T13:30", f"{wednesday}T14:30")
    expect(any_diary.said).to_contain_text(f"Moved to Wed {wednesday.day} ")
    any_diary.said.get_by_role("button", name="Undo").click()
    any_diary.expect_at("Gutter repair", f"{monday}T10:00", f"{monday}T11:00")
    expect(any_diary.said).to_contain_text("“Gutter repair” is as it was before.")


def test_the_lower_edge_makes_it_longer_and_z_takes_that_back(
    any_diary: Diary, colleague: Colleague
) -> None:
    monday = any_diary.monday(1)
    colleague.write("Long review", monday)
    any_diary.open(monday)

    any_diary.drag(any_diary.lower_edge("Long review"), any_diary.slot(monday, "12:15"))

    any_diary.expect_at("Long review", f"{monday}T10:00", f"{monday}T12:15")
    expect(any_diary.said).to_contain_text("10:00 to 12:15")
    any_diary.page.keyboard.press("z")
    any_diary.expect_at("Long review", f"{monday}T10:00", f"{monday}T11:00")


def test_an_empty_slot_is_dragged_into_a_new_entry(any_diary: Diary) -> None:
    monday, page = any_diary.monday(2), any_diary.page
    any_diary.open(monday)

    start, end = any_diary.slot(monday + DAY, "11:02"), any_diary.slot(monday + DAY, "12:28")
    any_diary.drag(start, end)

    window = page.locator("dialog[open]")
    expect(window.get_by_label("Title")).to_be_focused()
    expect(window.get_by_label("Date")).to_have_value((monday + DAY).isoformat())
    expect(window.get_by_label("From")).to_have_value("11:00")
    expect(window.get_by_label("To", exact=True)).to_have_value("12:30")
    page.keyboard.type("Drawn")
    window.get_by_label("Type").select_option(label="Internal note")
    window.get_by_role("button", name="Save").click()
    any_diary.expect_at("Drawn", f"{monday + DAY}T11:00", f"{monday + DAY}T12:30")


def test_escape_puts_it_back(diary: Diary, colleague: Colleague) -> None:
    monday = diary.monday(3)
    colleague.write("Stays here", monday)
    diary.open(monday)
    before = diary.chip("Stays here").bounding_box()

    diary.drag(diary.middle("Stays here"), diary.slot(monday + DAY, "15:00"), let_go=False)
    expect(diary.chip("Stays here")).to_have_class(re.compile("held"))
    diary.page.keyboard.press("Escape")

    assert diary.chip("Stays here").bounding_box() == before
    diary.page.mouse.up()
    diary.expect_at("Stays here", f"{monday}T10:00", f"{monday}T11:00")


def test_a_click_still_opens_the_entry(diary: Diary, colleague: Colleague) -> None:
    monday = diary.monday(3)
    colleague.write("Opens", monday + 3 * DAY)
    diary.open(monday)

    diary.page.mouse.click(*diary.middle("Opens"))

    expect(diary.page.locator("dialog[open]").get_by_label("Title")).to_have_value("Opens")


def test_hours_scroll_while_the_hand_is_at_their_edge(diary: Diary, colleague: Colleague) -> None:
    monday = diary.monday(4)
    colleague.write("Late shift", monday, "15:00-16:00")
    diary.open(monday)
    hours = diary.page.locator(".timed").bounding_box()
    assert hours
    scrolled = "document.querySelector('.timed').scrollTop"
    before = diary.page.evaluate(scrolled)
    x, _ = diary.middle("Late shift")

    bottom = min(hours["y"] + hours["height"], 720) - 6
    diary.drag(diary.middle("Late shift"), (x, bottom), let_go=False)
    diary.page.wait_for_timeout(500)

    assert diary.page.evaluate(scrolled) > before + 40
    diary.page.mouse.up()
    expect(diary.chip("Late shift")).to_have_attribute("data-start", re.compile("T(18|19|2.):"))


def test_dragging_across_people_hands_it_over(any_diary: Diary, colleague: Colleague) -> None:
    monday = any_diary.monday(5)
    colleague.write("Hand over", monday, people=(HAND_OVER[0],))
    any_diary.open(monday, "team")

    any_diary.drag(any_diary.middle("Hand over"), any_diary.slot(monday, "10:10", HAND_OVER[1]))

    expect(any_diary.said).to_contain_text("Moved from Ben to Grace.")
    expect(any_diary.link("Hand over")).to_have_attribute("aria-label", re.compile("Grace Lin"))
    any_diary.page.keyboard.press("z")
    expect(any_diary.link("Hand over")).to_have_attribute("aria-label", re.compile("Ben Okafor"))


def test_in_the_week_of_a_team_it_goes_to_another_day_and_person(
    diary: Diary, colleague: Colleague
) -> None:
    monday = diary.monday(6)
    colleague.write("Both at once", monday, people=(HAND_OVER[0],))
    diary.open(monday, "team", span="week")

    diary.drag(diary.middle("Both at once"), diary.cell(monday + 2 * DAY, HAND_OVER[1]))

    expect(diary.said).to_contain_text(re.compile(r"Moved from Ben to Grace, Wed \d+ \w+, 10:00"))
    diary.expect_at("Both at once", f"{monday + 2 * DAY}T10:00", f"{monday + 2 * DAY}T11:00")


def test_in_the_month_it_keeps_its_time(any_diary: Diary, colleague: Colleague) -> None:
    first = any_diary.monday(8).replace(day=8)
    colleague.write("Keeps its time", first, "09:30-10:15")
    any_diary.open(first, "month")

    any_diary.drag(any_diary.middle("Keeps its time"), any_diary.cell(first + 9 * DAY))

    there = first + 9 * DAY
    any_diary.expect_at("Keeps its time", f"{there}T09:30", f"{there}T10:15")


def test_into_the_lane_of_whole_days_and_out_again(diary: Diary, colleague: Colleague) -> None:
    monday = diary.monday(13)
    colleague.write("Turns whole", monday)
    diary.open(monday)
    lane = diary.page.locator(f"section.column[data-day='{monday + DAY}'] .whole").bounding_box()
    assert lane

    diary.drag(diary.middle("Turns whole"), (lane["x"] + lane["width"] / 2, lane["y"] + 4))
    diary.expect_at("Turns whole", f"{monday + DAY}", f"{monday + 2 * DAY}")
    expect(diary.said).to_contain_text("all day")

    diary.drag(diary.middle("Turns whole"), diary.slot(monday + 3 * DAY, "11:05"))
    diary.expect_at("Turns whole", f"{monday + 3 * DAY}T11:00", f"{monday + 3 * DAY}T12:00")


def test_a_bar_over_several_days_moves_as_one(diary: Diary, colleague: Colleague) -> None:
    monday = diary.monday(14)
    colleague.write("Three days", monday, last=monday + 2 * DAY)
    diary.open(monday)
    box = diary.chip("Three days").bounding_box()
    assert box

    # Taken on its second day.
    start = box["x"] + box["width"] / 2, box["y"] + 10
    x, _ = diary.slot(monday + 3 * DAY, "10:00")
    diary.drag(start, (x, start[1]))

    diary.expect_at("Three days", f"{monday + 2 * DAY}", f"{monday + 5 * DAY}")


def test_what_somebody_changed_meanwhile_is_put_back_with_a_sentence(
    diary: Diary, colleague: Colleague
) -> None:
    monday = diary.monday(15)
    number = colleague.write("Contended", monday)
    diary.open(monday)
    older = f"document.querySelector('li.chip[data-entry=\"{number}\"]').dataset.revision = '99'"
    diary.page.evaluate(older)

    diary.drag(diary.middle("Contended"), diary.slot(monday + DAY, "15:00"))

    expect(diary.said).to_contain_text("Not moved: Amina changed this entry at")
    expect(diary.said.get_by_role("link", name="Show the new version")).to_be_visible()
    diary.expect_at("Contended", f"{monday}T10:00", f"{monday}T11:00")
    expect(diary.page.locator(f"section.column[data-day='{monday}'] li.chip")).to_have_count(1)


def test_without_an_answer_it_is_back_where_it_was(diary: Diary, colleague: Colleague) -> None:
    monday, page = diary.monday(16), diary.page
    colleague.write("No answer", monday)
    diary.open(monday)
    before = diary.chip("No answer").bounding_box()
    # Left without any answer, as when the server has gone.
    page.route("**/move/", lambda route: route.fulfill(status=502, body="Bad gateway"))
    diary.visitor.expects("502")

    diary.drag(diary.middle("No answer"), diary.slot(monday + DAY, "15:00"))

    expect(diary.said).to_contain_text(
        "Not moved: the server did not answer. The entry is back where it was."
    )
    assert diary.chip("No answer").bounding_box() == before


def test_the_drop_is_drawn_before_the_server_has_answered(
    diary: Diary, colleague: Colleague
) -> None:
    monday, page = diary.monday(17), diary.page
    colleague.write("At once", monday)
    diary.open(monday)
    waiting: list[Route] = []

    def hold_back(route: Route) -> None:
        waiting.append(route)

    page.route("**/move/", hold_back)

    diary.drag(diary.middle("At once"), diary.slot(monday + DAY, "15:10"))

    there = page.locator(f"section.column[data-day='{monday + DAY}'] li.chip")
    expect(there.locator("time")).to_have_text("15:00–16:00")
    expect(there).to_have_attribute("aria-busy", "true")
    waiting[0].continue_()
    diary.expect_at("At once", f"{monday + DAY}T15:00", f"{monday + DAY}T16:00")


@pytest.fixture
def tablet(chromium: Browser, demo: str) -> Diary:
    """Return the diary on a tablet."""
    visitor = Visitor(chromium, demo, has_touch=True, viewport={"width": 1024, "height": 768})
    visitor.look_around()
    return Diary(visitor)


class Finger:
    """A finger on the screen, as the browser's own input."""

    def __init__(self, diary: Diary) -> None:
        self._session = diary.page.context.new_cdp_session(diary.page)

    def down(self, x: float, y: float) -> None:
        self._touch("touchStart", {"x": x, "y": y})

    def move(self, x: float, y: float) -> None:
        self._touch("touchMove", {"x": x, "y": y})

    def up(self) -> None:
        self._touch("touchEnd")

    def _touch(self, kind: str, *points: dict[str, float]) -> None:
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_finger_that_holds_moves_an_entry(tablet: Diary, colleague: Colleague) -> None:
    monday = tablet.monday(18)
    colleague.write("By finger", monday)
    tablet.open(monday)
    x, y = tablet.middle("By finger")
    to_x, to_y = tablet.slot(monday + DAY, "12:10")

    finger = Finger(tablet)
    finger.down(x, y)
    expect(tablet.chip("By finger")).to_have_class(re.compile("held"))
    for step in range(1, 9):
        finger.move(x + (to_x - x) * step / 8, y + (to_y - y) * step / 8)
    finger.up()

    tablet.expect_at("By finger", f"{monday + DAY}T12:00", f"{monday + DAY}T13:00")
    tablet.visitor.leave()


def test_a_finger_that_swipes_scrolls(tablet: Diary, colleague: Colleague) -> None:
    monday = tablet.monday(19)
    colleague.write("Swiped over", monday, "12:00-13:00")
    tablet.open(monday)
    scrolled = "document.querySelector('.timed').scrollTop"
    before = tablet.page.evaluate(scrolled)
    x, y = tablet.middle("Swiped over")

    finger = Finger(tablet)
    finger.down(x, y)
    for step in range(1, 11):
        finger.move(x, y - 15 * step)
    finger.up()
    tablet.page.wait_for_timeout(600)

    assert tablet.page.evaluate(scrolled) > before + 60
    tablet.expect_at("Swiped over", f"{monday}T12:00", f"{monday}T13:00")
    expect(tablet.said).to_be_empty()
    tablet.visitor.leave()
