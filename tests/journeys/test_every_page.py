"""Every page is open to everybody: axe finds nothing, light, dark or on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.journeys.visitor import Visitor

PAGES = [
    "/",
    "/?view=month",
    "/?view=week",
    "/?view=day",
    "/?view=team",
    "/?person=12&date=2030-01-01",
    "/entries/new/",
    "/entries/8/",
    "/entries/6/",
    "/entries/9/delete/",
    "/sync-log/",
    "/sync-log/?state=problem",
    "/settings/",
    "/settings/diary-entry-types/",
    "/settings/diary-entry-types/new/",
    "/settings/diary-entry-types/1/",
    "/settings/users/",
    "/settings/users/new/",
    "/settings/users/2/",
    "/settings/your-details/",
    "/settings/service-organiser/",
    "/accounts/password/set/",
    "/accounts/logout/",
    "/demo/mailbox/",
    "/demo/mailbox/2/",
]
MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {
        "color_scheme": "light",
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
    },
}


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    chromium: Browser, demo: str, mode: str
) -> None:
    visitor = Visitor(chromium, demo, bypass_csp=True, **MODES[mode])
    visitor.go("/accounts/login/")
    found = {"/accounts/login/": visitor.barriers()}
    visitor.look_around()
    for path in PAGES:
        visitor.go(path)
        found[path] = visitor.barriers()
        if visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[path].append("scrolls sideways")
    # The last page was a mailbox: its newest message is a page of its own.
    visitor.page.locator("main li a").first.click()
    visitor.page.locator("iframe").wait_for()
    found["a message"] = visitor.barriers()
    found |= _forms_with_mistakes(visitor)

    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    visitor.leave()


def _forms_with_mistakes(visitor: Visitor) -> dict[str, list[str]]:
    """Return the barriers of pages that say what is wrong, each form sent empty."""
    found = {}
    for path in ("/entries/new/", "/settings/diary-entry-types/new/", "/settings/users/new/"):
        visitor.go(path)
        for field in visitor.page.locator("input:is([type=text], :not([type])):visible").all():
            field.fill("")
        visitor.button("Save").click()
        visitor.page.locator("#mistakes").wait_for()
        found[f"{path} with mistakes"] = visitor.barriers()
    return found
