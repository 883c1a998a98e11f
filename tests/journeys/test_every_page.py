"""Every page is open to everybody: axe finds nothing, light, dark or on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.journeys.visitor import Visitor
from tests.web.routes import pages

# What stands in the demo's diary, for the addresses that name something.
PLACES = {"entry_id": 8, "type_id": 1, "person_id": 2}
VIEWS = [f"/?view={view}" for view in ("month", "week", "day", "team", "team&span=week", "agenda")]
MORE = [
    *VIEWS,
    "/?person=12&date=2030-01-01",
    "/entries/6/",
    "/entries/9/delete/",
    "/sync-log/?state=problem",
]
# No pages: a file, and a mail in its frame; and what has to be made first: other stories do.
LEFT_OUT = {
    "entries/<int:entry_id>/calendar.ics",
    "demo/mailbox/<int:person_id>/<int:number>/html/",
    "demo/mailbox/<int:person_id>/<int:number>/",
    "settings/mail-tests/<int:test_id>/",
    "accounts/link/<str:secret>/",
    # Whoever looks around has no password to confirm.
    "accounts/reauthenticate/",
    "accounts/passkeys/<int:pk>/",
    "accounts/passkeys/<int:pk>/remove/",
}


def addresses() -> list[str]:
    """Return the address of every page of the URL configuration."""
    listed = [
        "/" + re.sub(r"<\w+:(\w+)>", lambda name: str(PLACES[name[1]]), row.pattern)
        for row in pages()
        if row.pattern not in LEFT_OUT and row.administrator == 200
    ]
    # The mailbox comes last: its newest message is a page of its own.
    return [*MORE, *sorted(listed, key=lambda path: (path.startswith("/demo/"), len(path)))]


# With forced colours only lines tell a button, a field and what is chosen from plain text.
UNMARKED = """() => [...document.querySelectorAll(
    "main button, main .button, main input:not([type=hidden]), main [aria-current]")]
  .filter(it => it.checkVisibility())
  .filter(it => {
    const style = getComputedStyle(it);
    return style.borderStyle === "none" && style.outlineStyle === "none"
      && !style.textDecorationLine.includes("underline")
      && style.appearance === "none";
  })
  .map(it => "no line in forced colours: " + it.outerHTML.slice(0, 80))"""
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
    for path in addresses():
        visitor.go(path)
        found[path] = visitor.barriers()
        if visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[path].append("scrolls sideways")
        if mode == "light":
            found[path] += _in_other_media(visitor)
    # The last page was a mailbox: its newest message is a page of its own.
    visitor.page.locator("main li a").first.click()
    visitor.page.locator("iframe").wait_for()
    found["a message"] = visitor.barriers()
    found |= _forms_with_mistakes(visitor)

    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    visitor.leave()


def _in_other_media(visitor: Visitor) -> list[str]:
    """Return what is wrong with the page on paper, in forced colours, and on 320 pixels."""
    page = visitor.page
    page.emulate_media(media="print")
    wrong = [
        f"{left_out} is printed"
        for left_out in (".top", ".demo-note", ".skip", ".footer")
        if page.locator(left_out).first.is_visible()
    ]
    if not page.get_by_role("heading", level=1).first.is_visible():
        wrong.append("the heading is not printed")
    page.emulate_media(media="screen", forced_colors="active")
    wrong += page.evaluate(UNMARKED)
    page.emulate_media(media="screen", forced_colors="none", color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 700})
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append("scrolls sideways on 320 pixels")
    page.set_viewport_size(MODES["light"]["viewport"])
    return wrong


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
