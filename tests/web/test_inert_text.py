"""Whatever people type is text on every page, never markup, script or template."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from tests.web.build import a_type, an_administrator, browser
from tests.web.routes import Firm, as_a_demo, pages, reader

from daybook.entries import person_changes
from daybook.ledger.models import LogLine
from daybook.people.details import PersonChanges

pytestmark = pytest.mark.django_db
TEXTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></script><svg onload=alert(1)>",
    "</textarea><b>bold</b>",
    "{{ 7|add:7 }}{% debug %}",
    "' onfocus='alert(1)",
    "<details ontoggle=alert(1) open>",
]
# A calendar file is no page: its text is no markup to begin with.
NO_MARKUP = "entries/<int:entry_id>/calendar.ics"


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_is_inert_on_every_page(text: str) -> None:
    firm = Firm(text)
    names = PersonChanges(forename=text, surname=text)
    for person in (firm.ada, firm.ben, firm.cleo):
        person_changes.save_person(person.pk, names, by=None, now=firm.now)
    LogLine.objects.filter(pk=firm.line.pk).update(server_reply=text, state="problem")
    day = f"{firm.entry.start_wall:%Y-%m-%d}"
    views = [f"/?view={view}&date={day}" for view in ("day", "week", "month", "team", text)]
    views += [
        f"/search/?{urlencode({'q': text})}",
        f"/sync-log/?entry={firm.entry.pk}",
        f"/accounts/login/?next={text}",
    ]
    shown = 0

    with as_a_demo(firm):
        clients = {who: firm.client(who) for who in ("anonymous", "member", "administrator")}
        asked = [(reader(row), firm.path(row)) for row in pages() if row.pattern != NO_MARKUP]
        for who, path in (*asked, *(("administrator", view) for view in views)):
            page = clients[who].get(path)
            assert page.status_code < 500, path
            shown += _assert_inert(page.content.decode(), text, path)

    assert shown > 30


@pytest.mark.parametrize("text", TEXTS)
def test_a_refused_form_gives_hostile_text_back_as_text(text: str) -> None:
    a_type()
    fields = ("title", "start_date", "start_time", "timezone", "location", "notes")

    page = browser(an_administrator()).post("/entries/new/", dict.fromkeys(fields, text))

    assert page.status_code == 422
    assert _assert_inert(page.content.decode(), text, "the new entry's form")


def _assert_inert(page: str, text: str, where: str) -> bool:
    """Return whether the page shows something; raises AssertionError if it is markup."""
    for wrong in ("<img src=x", "<svg onload", "<details ontoggle", "<b>bold", "alert(1)</script>"):
        assert wrong not in page, where
    assert "' onfocus='" not in page, where
    if not text.startswith("{{"):
        return "alert(1)" in page or "bold" in page
    # Shown as typed, not worked out.
    assert "14{%" not in page, where
    return "{{ 7|add:7 }}{% debug %}" in page
