"""Handing over the entries of somebody who cannot send any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.entries.build import (
    NOW,
    TODAY,
    a_person,
    an_administrator,
    an_entry,
    at,
    calendars,
    told,
)

from daybook.entries import changing, handing_over
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, UidCounter
from daybook.people.faults import NotAllowed
from daybook.people.models import Person

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
BEN = "ben@firm.example"


@pytest.fixture
def ada() -> Person:
    """Ada organised entries and cannot send any more."""
    return a_person("Ada")


def test_coming_entries_begin_again_under_a_new_uid(ada: Person) -> None:
    entry = an_entry(a_person("Ben"), creator=ada)
    told(entry, organiser=ada)
    old = entry.uid

    count = handing_over.hand_over(ada, by=an_administrator(), now=LATER)

    entry.refresh_from_db()
    assert (count, entry.revision) == (1, 2)
    assert entry.uid != old
    assert UidCounter.objects.get(uid=entry.uid).organiser_id is None
    assert UidCounter.objects.get(uid=old).organiser_id == ada.pk
    withdrawn = Calendar.objects.get(uid=old)
    invited = calendars(entry)[BEN]
    assert withdrawn.told is not None
    assert withdrawn.due_at is not None
    assert (invited.told, invited.entry_id) == (None, entry.pk)
    assert invited.due_at is not None


def test_what_is_over_cancelled_deleted_or_organised_by_others_stays(ada: Person) -> None:
    ben = a_person("Ben")
    over = an_entry(ben, creator=ada, span=at(9, day=TODAY - timedelta(days=1)))
    cancelled, deleted = an_entry(ben, creator=ada), an_entry(ben, creator=ada)
    changing.cancel(cancelled.pk, by=ada, now=NOW)
    changing.delete(deleted.pk, by=ada, now=NOW)
    told(over, cancelled, deleted, organiser=ada)
    others = an_entry(ben)
    told(others, organiser=ben)
    before = set(DiaryEntry.objects.values_list("uid", flat=True))

    assert handing_over.hand_over(ada, by=an_administrator(), now=LATER) == 0

    assert set(DiaryEntry.objects.values_list("uid", flat=True)) == before


def test_who_can_send_keeps_what_the_present_address_organises() -> None:
    ada, root = a_person("Ada", sends=True), an_administrator()
    entry = an_entry(a_person("Ben"), creator=ada)
    told(entry, organiser=ada)

    assert handing_over.hand_over(ada, by=root, now=LATER) == 0
    Person.objects.filter(pk=ada.pk).update(email="new@f.example", email_key="new@f.example")
    ada.refresh_from_db()
    assert handing_over.hand_over(ada, by=root, now=LATER) == 1


def test_only_an_administrator_hands_over(ada: Person) -> None:
    with pytest.raises(NotAllowed):
        handing_over.hand_over(ada, by=ada, now=LATER)
