"""Whatever people type is text on every page, never markup, script or template."""

from __future__ import annotations

import pytest
from tests.web.build import a_type, an_administrator, an_entry, browser

from daybook.entries import person_changes, types
from daybook.entries.types import TypeChanges
from daybook.people.details import PersonChanges
from daybook.people.models import Person

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
PAGES = [
    "/?view=day&date={day}",
    "/?view=team&date={day}",
    "/entries/{entry}/",
    "/entries/{entry}/delete/",
    "/settings/",
    "/settings/diary-entry-types/",
    "/settings/diary-entry-types/{kind}/",
    "/settings/users/",
    "/settings/users/{person}/",
    "/settings/your-details/",
    "/sync-log/?entry={entry}",
]


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_is_inert_on_every_page(text: str) -> None:
    ada = an_administrator()
    kind = types.create_type(TypeChanges(name=text, synchronise=True), by=None)
    changes = PersonChanges(username=text, forename=text, surname=text)
    mallory = person_changes.save_person(None, changes, by=None, now=ada.created_at)
    person_changes.save_person(ada.pk, PersonChanges(surname=text), by=None, now=ada.created_at)
    ada = Person.objects.get(pk=ada.pk)
    entry = an_entry(ada, mallory, title=text, kind=kind)
    client = browser(ada)

    for path in PAGES:
        address = path.format(
            day=f"{entry.start_wall:%Y-%m-%d}", entry=entry.pk, kind=kind.pk, person=mallory.pk
        )
        page = client.get(address)
        assert page.status_code == 200, address
        _assert_inert(page.content.decode(), text, address)


@pytest.mark.parametrize("text", TEXTS)
def test_a_refused_form_gives_hostile_text_back_as_text(text: str) -> None:
    a_type()
    fields = ("title", "start_date", "start_time", "timezone", "location", "notes")

    page = browser(an_administrator()).post("/entries/new/", dict.fromkeys(fields, text))

    assert page.status_code == 422
    _assert_inert(page.content.decode(), text, "the new entry's form")


def _assert_inert(page: str, text: str, where: str) -> None:
    for wrong in ("<img src=x", "<svg onload", "<details ontoggle", "<b>bold", "alert(1)</script>"):
        assert wrong not in page, where
    assert "' onfocus='" not in page, where
    if text.startswith("{{"):
        # Shown as typed (the reader's own name is on every page), not worked out.
        assert "{{ 7|add:7 }}{% debug %}" in page, where
