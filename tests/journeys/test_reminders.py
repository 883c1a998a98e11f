"""Being reminded: chosen with the keyboard, shown on the page that is open, put away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, expect
from tests.journeys.visitor import Visitor

REMINDERS = "/settings/your-details/reminders/"


def test_a_reminder_chosen_by_keyboard_is_shown_and_put_away_without_leaving(
    newcomer: Visitor,
) -> None:
    page = newcomer.page
    newcomer.go(REMINDERS)
    page.get_by_role("checkbox", name="At the start").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="5 minutes before", exact=True)).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your reminders are saved.")).to_be_visible()

    # Times are typed to the minute, so it is due within the next.
    soon = datetime.now(UTC).astimezone(ZoneInfo("Europe/London")) + timedelta(minutes=6)
    newcomer.go("/entries/new/")
    page.get_by_label("Title").fill("Boiler inspection")
    page.get_by_label("Type").select_option(label="Site visit")
    page.locator("#id_start_date").fill(f"{soon:%Y-%m-%d}")
    page.locator("#id_start_time").fill(f"{soon:%H:%M}")
    page.locator("#id_end_time").fill(f"{soon + timedelta(minutes=5):%H:%M}")
    page.locator("#id_people").get_by_label("Amina Diallo").check()
    newcomer.button("Save").first.click()
    expect(page.locator("#notices")).to_contain_text("Boiler inspection")
    shown = page.locator("#reminders .reminder", has_text="Boiler inspection")
    for _ in range(75):
        newcomer.go("/settings/")
        if shown.is_visible():
            break
        page.wait_for_timeout(1000)
    expect(shown).to_contain_text(f"{soon:%H:%M}")

    # Entries other visitors made for the next full hour may be shown beside it.
    page.get_by_role("button", name="Dismiss : Boiler inspection").press("Enter")

    expect(shown).to_be_hidden()
    assert page.url.endswith("/settings/")
    newcomer.go("/settings/")
    expect(shown).to_be_hidden()


def test_without_scripts_reminders_are_chosen_for_an_entry(chromium: Browser, demo: str) -> None:
    visitor = Visitor(chromium, demo, java_script_enabled=False)
    visitor.look_around()
    visitor.go("/entries/8/")

    visitor.page.get_by_text("Remind me").click()
    visitor.page.get_by_label("At these times:").check()
    visitor.button("Save my reminders").click()
    expect(visitor.page.get_by_text("Choose at least one time").first).to_be_visible()
    visitor.page.get_by_label("15 minutes before").check()
    visitor.button("Save my reminders").click()

    expect(visitor.page.get_by_text("Remind me: 15 minutes before")).to_be_visible()
    visitor.leave()
