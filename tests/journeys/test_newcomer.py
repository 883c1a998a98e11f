"""A newcomer opens the demo and sees an entry arrive, move, and go in two people's calendars."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from icalendar import Calendar
from playwright.sync_api import expect
from tests.journeys.visitor import Visitor

SOON = datetime.now(ZoneInfo("Europe/London")).date() + timedelta(days=3)
TITLE = "Chimney check"


def save_an_entry(newcomer: Visitor, *people: str) -> None:
    """Fill in the page of a new entry at 14:00 and save it."""
    newcomer.go("/entries/new/")
    page = newcomer.page
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Type").select_option(label="Site visit")
    page.get_by_label("Date", exact=True).fill(SOON.isoformat())
    page.get_by_label("From").fill("14.00")
    page.get_by_label("To", exact=True).fill("3:30pm")
    for person in people:
        page.get_by_label(person).check()
    page.get_by_label("Place").fill("5 Mill Street")
    newcomer.button(f"Save and send to {len(people)} people").click()
    expect(page.locator("#notices")).to_contain_text(f"“{TITLE}” is saved.")


def mailbox_of(newcomer: Visitor, person: str) -> str:
    newcomer.go("/demo/mailbox/")
    link = newcomer.link(person)
    return str(link.get_attribute("href"))


def test_an_entry_arrives_moves_and_goes_in_both_calendars(
    newcomer: Visitor, tmp_path: Path
) -> None:
    page = newcomer.page
    save_an_entry(newcomer, "Ben Okafor", "Grace Lin")
    entry = page.url.removeprefix(newcomer.address)
    boxes = [mailbox_of(newcomer, name) for name in ("Ben Okafor", "Grace Lin")]

    for box in boxes:
        newcomer.awaits(newcomer.link(f"Invitation: {TITLE}"), path=box)
        expect(page.get_by_text("14:00–15:30 · 5 Mill Street")).to_be_visible()
    newcomer.link(f"Invitation: {TITLE}").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text(TITLE).first).to_be_visible()
    expect(page.get_by_role("cell", name="METHOD:REQUEST")).to_be_visible()

    newcomer.go(entry)
    expect(page.get_by_role("row", name="Ben Okafor")).to_contain_text("Sent")
    with page.expect_download() as download:
        newcomer.link("Download").click()
    download.value.save_as(tmp_path / "entry.ics")
    event = Calendar.from_ical((tmp_path / "entry.ics").read_bytes()).walk("VEVENT")[0]
    assert event["SUMMARY"] == TITLE
    assert "ORGANIZER" not in event

    page.get_by_label("From").fill("1600")
    page.get_by_label("To", exact=True).fill("17h")
    newcomer.button("Save and send to 2 people").click()
    expect(page.locator("#notices")).to_contain_text(f"“{TITLE}” is saved.")
    for box in boxes:
        newcomer.awaits(newcomer.link(f"Updated: {TITLE}"), path=box)
        expect(page.get_by_text("16:00–17:00 · 5 Mill Street")).to_be_visible()

    newcomer.go(entry)
    newcomer.link("Delete").click()
    expect(page.get_by_role("listitem").filter(has_text="Ben Okafor")).to_be_visible()
    newcomer.button("Delete and tell").click()
    expect(newcomer.button("Undo: restore it")).to_be_visible()
    for box in boxes:
        newcomer.awaits(newcomer.link(f"Cancelled: {TITLE}"), path=box)
        expect(page.get_by_text("16:00–17:00 · 5 Mill Street")).to_have_count(0)


def test_undo_brings_a_deleted_entry_back(newcomer: Visitor) -> None:
    save_an_entry(newcomer, "Ben Okafor", "Elif Kaya")
    newcomer.link("Delete").click()
    newcomer.button("Delete").click()

    newcomer.button("Undo: restore it").click()

    expect(newcomer.page.get_by_label("Title")).to_have_value(TITLE)


def test_the_box_follows_what_is_typed_without_saving(newcomer: Visitor) -> None:
    newcomer.go("/settings/your-details/")
    page = newcomer.page
    box = page.get_by_label("Enable diary synchronisation to your external calendar")
    expect(box).to_be_enabled()

    page.get_by_label("Email Syncing").uncheck()
    expect(box).to_be_disabled()
    expect(page.get_by_text("Saving will switch diary synchronisation off")).to_be_visible()

    page.get_by_label("Email Syncing").check()
    expect(box).to_be_enabled()
    email = page.get_by_label("Email address")
    email.fill("ben@harrow-lane.example")
    expect(page.get_by_text("Missing: No other user")).to_be_attached()
    expect(box).to_be_disabled()
    expect(email).to_be_focused()


def test_a_test_message_shows_its_steps_and_arrives(newcomer: Visitor) -> None:
    newcomer.go("/settings/your-details/")

    newcomer.send_test_message()

    steps = newcomer.page.locator("#mail-test")
    expect(steps).to_contain_text("sent", timeout=30_000)
    expect(newcomer.page.get_by_label("Server")).to_have_value("127.0.0.1")


def test_the_test_message_works_without_script_too(newcomer: Visitor) -> None:
    page = newcomer.page
    page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    newcomer.go("/settings/your-details/")

    test = newcomer.opened_test_message()

    expect(test.get_by_role("heading", name="Test message")).to_be_visible()
