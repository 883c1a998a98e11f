"""Somebody at a browser, who notices when the console complains."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, expect

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The longest wait for a message: the demo's quiet period, and what a busy machine adds.
MAIL_ARRIVES = 45.0
# Everybody here is the same person to the limit on test messages, which is over after a minute.
TOO_OFTEN = "please wait a little"
TRIES = 15
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()


class Visitor:
    """A browser context at the demo's address."""

    def __init__(self, chromium: Browser, address: str, **context: Any) -> None:
        self.address = address
        self._context = chromium.new_context(locale="en-GB", **context)
        self._complaints: list[str] = []
        self._expected: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", self._hear_error)

    def go(self, path: str) -> None:
        """Open a page of the demo."""
        self.page.goto(self.address + path)

    def look_around(self) -> None:
        """Sign in as a newcomer does, without a password."""
        self.go("/")
        self.page.get_by_role("button", name="Look around as").click()
        expect(self.page.get_by_role("link", name="New entry")).to_be_visible()
        # Its scripts come after what is seen of it.
        self.page.wait_for_load_state()

    def button(self, name: str) -> Locator:
        """Return the button whose name contains `name`."""
        return self.page.get_by_role("button", name=name)

    def send_test_message(self) -> None:
        """Press Send test message, again if others pressed it too often in the last minute."""
        steps = self.page.locator("#mail-test")
        for _ in range(TRIES):
            self.button("Send test message").click()
            expect(steps).to_contain_text(re.compile(r"\w"), timeout=30_000)
            if TOO_OFTEN not in steps.inner_text():
                return
            self.page.wait_for_timeout(5_000)
        raise AssertionError("a test message was never let out")

    def opened_test_message(self) -> Page:
        """Return the page Send test message opens where no script runs."""
        for _ in range(TRIES):
            with self.page.expect_popup() as opened:
                self.button("Send test message").click()
            page = opened.value
            page.wait_for_load_state()
            if TOO_OFTEN not in page.locator("body").inner_text():
                return page
            page.close()
            self.page.wait_for_timeout(5_000)
        raise AssertionError("a test message was never let out")

    def link(self, name: str, *, exact: bool = False) -> Locator:
        """Return the link whose name contains `name`."""
        return self.page.get_by_role("link", name=name, exact=exact)

    def awaits(self, locator: Locator, *, path: str) -> None:
        """Look at a page again and again until it shows `locator`."""
        tries = int(MAIL_ARRIVES)
        for _ in range(tries):
            self.go(path)
            if locator.count():
                return
            self.page.wait_for_timeout(1000)
        raise AssertionError(f"{path} never showed {locator}")

    def barriers(self) -> list[str]:
        """Return what axe finds wrong with the page, one line per element; needs `bypass_csp`."""
        self.page.wait_for_load_state()
        self.page.add_script_tag(content=AXE)
        found = self.page.evaluate("() => axe.run()")
        return [
            f"{wrong['id']} ({wrong['impact']}): {node['html'][:120]}"
            for wrong in found["violations"]
            for node in wrong["nodes"]
        ]

    def expects(self, status: str) -> None:
        """Take the console's note of answers with this status for what the test brought about."""
        self._expected.append(f"status of {status}")

    def leave(self) -> None:
        """Close the browser; raises AssertionError if the console had a message."""
        self._context.close()
        assert not self._complaints, self._complaints

    def _hear(self, message: ConsoleMessage) -> None:
        if "status of 422" in message.text or "status of 409" in message.text:
            # Not a fault: how Chromium notes that a form was answered with its mistakes, or with
            # what somebody else saved meanwhile.
            return
        if any(status in message.text for status in self._expected):
            return
        self._complaints.append(f"{self.page.url}: {message.type}: {message.text}")

    def _hear_error(self, error: Error) -> None:
        self._complaints.append(f"{self.page.url}: {error}")
