"""What the product is for, step by step: by mouse, by keyboard alone, and with scripts off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, Locator, expect
from tests.journeys.visitor import Visitor

SOON = datetime.now(ZoneInfo("Europe/London")).date() + timedelta(days=4)
SYNCHRONISES = "Allow this diary type to synchronise with external calendars"
DIARY_SYNC = "Enable diary synchronisation to your external calendar"
MOST_STOPS = 300
BENS_MAILBOX = "/demo/mailbox/2/"
WAYS = ("mouse", "keyboard", "no script")


@dataclass
class Hand:
    """A visitor who works in one way only."""

    visitor: Visitor
    way: str

    def press(self, what: Locator) -> None:
        """Press a link, a button or a tick box."""
        if self.way != "keyboard":
            what.click()
            return
        self.reach(what)
        box = what.get_attribute("type") in ("checkbox", "radio")
        self.visitor.page.keyboard.press("Space" if box else "Enter")

    def write(self, what: Locator, text: str) -> None:
        """Type into a field instead of what is there."""
        if self.way == "keyboard":
            self.reach(what)
        else:
            what.click()
        self.visitor.page.keyboard.press("Control+a")
        self.visitor.page.keyboard.type(text)

    def choose(self, what: Locator, option: str) -> None:
        """Choose from a list."""
        if self.way == "keyboard":
            self.reach(what)
            self.visitor.page.keyboard.type(option)
        else:
            what.select_option(label=option)

    def tick(self, what: Locator, *, on: bool) -> None:
        """Leave a tick box on or off."""
        if what.is_checked() is not on:
            self.press(what)
        expect(what).to_be_checked(checked=on)

    def reach(self, what: Locator) -> None:
        """Press Tab until `what` has the focus."""
        handle = what.element_handle()
        for _ in range(MOST_STOPS):
            if handle.evaluate("it => it === document.activeElement"):
                return
            self.visitor.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not come to {what}")


@pytest.fixture(params=WAYS)
def hand(request: pytest.FixtureRequest, chromium: Browser, demo: str) -> Iterator[Hand]:
    way: str = request.param
    visitor = Visitor(chromium, demo, java_script_enabled=way != "no script")
    visitor.look_around()
    yield Hand(visitor, way)
    visitor.leave()


def settings(hand: Hand, group: str, line: str) -> None:
    """Go to System Settings and from there to a line of a group."""
    page = hand.visitor.page
    hand.press(hand.visitor.link("System Settings", exact=True))
    region = page.get_by_role("region", name=group, exact=True)
    hand.press(region.get_by_role("link", name=line, exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"^\s*{line}\s*$"))


def make_type(hand: Hand, name: str) -> None:
    page = hand.visitor.page
    settings(hand, "Customise your system", "Diary Entry Types")
    hand.press(hand.visitor.link("New Diary Entry Type"))
    hand.write(page.get_by_label("Name", exact=True), name)
    hand.tick(page.get_by_label(SYNCHRONISES, exact=True), on=True)
    hand.press(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("Yes")


def make_entry(hand: Hand, title: str, kind: str) -> str:
    """Write an entry for Amina, who looks around, and Ben; return where it is."""
    page = hand.visitor.page
    hand.visitor.go("/entries/new/")
    hand.write(page.get_by_label("Title"), title)
    hand.choose(page.get_by_label("Type", exact=True), kind)
    page.get_by_label("Date", exact=True).fill(SOON.isoformat())
    hand.write(page.get_by_label("From"), "9:30")
    hand.write(page.get_by_label("To", exact=True), "11")
    hand.tick(page.get_by_label("Amina Diallo"), on=True)
    hand.tick(page.get_by_label("Ben Okafor"), on=True)
    hand.press(page.locator("#save"))
    expect(page.get_by_text(f"“{title}” is saved.")).to_be_visible()
    return page.url.removeprefix(hand.visitor.address)


def downloaded(hand: Hand) -> Any:
    """Press “Download” in the footer, and return the one event of the file."""
    with hand.visitor.page.expect_download() as download:
        footer = hand.visitor.page.locator(".footer")
        hand.press(footer.get_by_role("link", name="Download", exact=True))
    assert download.value.suggested_filename.endswith(".ics")
    events = Calendar.from_ical(download.value.path().read_bytes()).walk("VEVENT")
    assert len(events) == 1
    return events[0]


def become(visitor: Visitor, username: str) -> None:
    """Sign in as somebody else of the demo."""
    visitor.page.context.clear_cookies()
    visitor.go("/accounts/login/")
    token = visitor.page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
    visitor.page.request.post(
        f"{visitor.address}/demo/look-around/",
        form={"csrfmiddlewaretoken": str(token), "person": username},
        headers={"Origin": visitor.address},
    )


def mailed(hand: Hand, subject: str) -> None:
    """Wait until Ben's mailbox shows a message whose subject begins with `subject`."""
    hand.visitor.awaits(hand.visitor.link(subject), path=BENS_MAILBOX)


def test_a_type_and_an_entry_go_to_calendars_by_themselves_and_by_hand(hand: Hand) -> None:
    page, kind = hand.visitor.page, f"Roof by {hand.way}"
    make_type(hand, kind)
    entry = make_entry(hand, f"Gutters by {hand.way}", kind)

    own = downloaded(hand)
    assert own["SUMMARY"] == f"Gutters by {hand.way}"
    assert "ORGANIZER" not in own
    mailed(hand, f"Invitation: Gutters by {hand.way}")

    settings(hand, "Customise your system", "Diary Entry Types")
    hand.press(page.get_by_role("row").filter(has_text=kind).get_by_role("link").last)
    hand.tick(page.get_by_label(SYNCHRONISES, exact=True), on=False)
    hand.press(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text(f"{kind} is saved.")).to_be_visible()
    hand.visitor.go(entry)
    expect(page.get_by_role("link", name="Download", exact=True)).to_have_count(0)
    expect(page.locator(".footer")).to_contain_text("There is no download")
    mailed(hand, f"Removed: Gutters by {hand.way}")


def test_whoever_may_see_an_entry_gets_its_organiser_and_each_attendee_once(hand: Hand) -> None:
    entry = make_entry(hand, f"Gutters for others by {hand.way}", "Site visit")
    become(hand.visitor, "ben")
    hand.visitor.go(entry)

    event = downloaded(hand)

    assert str(event["ORGANIZER"]).lower() == "mailto:amina@harrow-lane.example"
    listed = [str(attendee).lower() for attendee in event["ATTENDEE"]]
    assert sorted(listed) == ["mailto:amina@harrow-lane.example", "mailto:ben@harrow-lane.example"]


def test_diary_synchronisation_waits_for_its_three_conditions(hand: Hand) -> None:
    page = hand.visitor.page
    settings(hand, "Manage your users", "Edit Your Details")
    expect(page.get_by_role("group", name="SMTP", exact=True)).to_be_visible()
    expect(page.get_by_label("Email address")).to_have_value("amina@harrow-lane.example")
    mail = page.get_by_label("Email Syncing", exact=True)
    box = page.get_by_label(DIARY_SYNC, exact=True)

    def enabled(on: bool, says: str) -> None:
        if hand.way == "no script":
            hand.press(hand.visitor.button("Check again"))
        expect(box).to_be_enabled(enabled=on)
        expect(page.locator("#conditions")).to_contain_text(says)

    hand.tick(mail, on=False)
    enabled(False, "Missing: Email Syncing is selected")
    hand.tick(mail, on=True)
    enabled(True, "Met: Email Syncing is selected")
    hand.write(page.get_by_label("Email address"), "nonsense")
    enabled(False, "Missing: A valid email address is entered")
    hand.write(page.get_by_label("Email address"), "Ben@Harrow-Lane.example")
    enabled(False, "Missing: No other user with diary synchronisation uses this address")
    hand.write(page.get_by_label("Email address"), "amina@harrow-lane.example")
    enabled(True, "All three conditions are met.")
    hand.tick(box, on=True)
    hand.press(page.get_by_role("button", name="Save", exact=True))

    expect(page.get_by_text("The details of Amina Diallo are saved.")).to_be_visible()
    hand.visitor.go("/settings/your-details/")
    expect(box).to_be_checked()


def test_an_administrator_sets_the_same_for_anybody(hand: Hand) -> None:
    page = hand.visitor.page
    settings(hand, "Manage your users", "Users")
    hand.press(page.get_by_role("row").filter(has_text="Tom Hughes").get_by_role("link").first)
    expect(page.get_by_role("group", name="SMTP", exact=True)).to_be_visible()

    for label in ("Email Syncing", DIARY_SYNC):
        box = page.get_by_label(label, exact=True)
        expect(box).to_be_enabled()
        hand.tick(box, on=True)
    hand.press(page.get_by_role("button", name="Save", exact=True))

    expect(page.get_by_text("The details of Tom Hughes are saved.")).to_be_visible()
