"""Everything works from the keyboard, and one can see where one is."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.journeys.visitor import Visitor

MOST_STOPS = 200


def test_the_first_stop_skips_to_the_content(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.go("/")

    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    assert (skip.bounding_box() or {"height": 0})["height"] >= 24

    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_tab_walks_through_the_whole_form_and_out_again(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.go("/entries/new/")
    seen: list[str] = []

    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            "() => { const at = document.activeElement;"
            " const style = getComputedStyle(at);"
            " return [at.id || at.textContent.trim().slice(0, 30) || at.tagName,"
            "  at === document.body || style.outlineStyle !== 'none'] }"
        )
        assert stop[1], f"the focus cannot be seen on {stop[0]}"
        if stop[0] in ("Skip to content", "BODY") and seen:
            break
        seen.append(stop[0])
    else:
        raise AssertionError("the keyboard is trapped in the form")

    stops = [name for name in seen if name.startswith("id_") or name == "save"]
    assert stops.index("id_title") < stops.index("id_start_date") < stops.index("id_people_0")
    assert stops[-1] == "save"


def test_after_a_mistake_the_focus_is_on_the_list_of_them(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.go("/entries/new/")
    page.get_by_label("Title").press("Enter")

    expect(page.locator("#mistakes")).to_be_focused()
    page.get_by_role("link", name="Title: Enter a title.").press("Enter")
    expect(page.get_by_label("Title")).to_be_focused()
