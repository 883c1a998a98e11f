"""The calendar object one person receives, or a reader downloads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.calendaring.build import (
    ADA,
    BEN,
    CLEO,
    FACTS,
    NOW,
    OLGA,
    SERVICE,
    UID,
    a_holding,
    held,
    member,
)

from daybook.calendaring.component import Attendee, Method, Organizer, PartStat, Role, Status
from daybook.calendaring.event import CalendarKind, Disclosure, Person, Told, Way
from daybook.calendaring.invitation import Version, cancel, file, request, wire_uid

ANSWER_ADA = Attendee(ADA.address, ADA.name)
ANSWER_BEN = Attendee(BEN.address, BEN.name)
CHAIR_OLGA = Attendee(OLGA.address, OLGA.name, Role.CHAIR, PartStat.ACCEPTED, rsvp=None)
NEXT = Version(1, NOW + timedelta(hours=1))


def told_ada(**said: object) -> Told:
    return held("ada", "ben", **said)[ADA.key]


# Requests --------------------------------------------------------------------------------------


def test_a_request_asks_everybody_on_the_entry_in_their_order() -> None:
    invitation = request(told_ada(), [BEN, ADA])

    assert invitation.method is Method.REQUEST
    assert invitation.event.attendees == (ANSWER_BEN, ANSWER_ADA)
    assert invitation.event.status is Status.CONFIRMED


def test_an_organiser_who_is_not_on_the_entry_is_no_attendee() -> None:
    event = request(told_ada(), [ADA, BEN]).event

    assert event.organizer == Organizer(OLGA.address, OLGA.name)
    assert OLGA.address not in {attendee.address for attendee in event.attendees}


def test_an_organiser_on_the_entry_chairs_it_has_accepted_and_is_not_asked() -> None:
    assert request(told_ada(), [ADA, OLGA]).event.attendees == (ANSWER_ADA, CHAIR_OLGA)


def test_an_address_is_asked_once_under_the_first_name() -> None:
    again = Person(9, "Ada at home", "ADA@firm.example", ADA.key)

    assert request(told_ada(), [ADA, again, BEN]).event.attendees == (ANSWER_ADA, ANSWER_BEN)


def test_somebody_without_an_address_cannot_be_asked() -> None:
    nowhere = replace(BEN, address="", key="")

    assert request(told_ada(), [ADA, nowhere]).event.attendees == (ANSWER_ADA,)


def test_a_busy_request_names_the_reader_alone() -> None:
    event = request(told_ada(disclosure=Disclosure.BUSY), [ADA, BEN]).event

    assert (event.summary, event.location, event.description) == ("Busy", "", "")
    assert event.attendees == (ANSWER_ADA,)


def test_a_request_carries_what_was_told_and_not_what_the_entry_says_since() -> None:
    event = request(told_ada(), [ADA]).event

    assert (event.uid, event.sequence, event.dtstamp) == (UID, 0, NOW)
    assert (event.summary, event.location, event.description) == (
        FACTS.title,
        FACTS.location,
        FACTS.notes,
    )


# The organiser's own copy ----------------------------------------------------------------------


def test_an_own_copy_from_the_firms_mailbox_has_a_uid_of_its_own_and_asks_nothing() -> None:
    told = held("olga", "ada", service=SERVICE)[OLGA.key]

    event = request(told, [OLGA, ADA]).event

    assert event.uid == wire_uid(UID, Way.SERVICE, OLGA.key) != UID
    assert event.organizer == Organizer(SERVICE.address, SERVICE.name)
    assert event.attendees == (
        Attendee(OLGA.address, OLGA.name, partstat=PartStat.ACCEPTED, rsvp=False),
    )


def test_an_own_copy_to_oneself_is_the_request_everybody_gets() -> None:
    told = held(member("olga", kind=CalendarKind.OTHER), "ada")[OLGA.key]

    event = request(told, [OLGA, ADA]).event

    assert event.uid == UID
    assert event.organizer == Organizer(OLGA.address, OLGA.name)
    assert event.attendees == (CHAIR_OLGA, ANSWER_ADA)


def test_derived_uids_differ_by_address_and_stay_in_the_domain() -> None:
    olgas, adas = (wire_uid(UID, Way.SERVICE, person.key) for person in (OLGA, ADA))

    assert olgas != adas
    assert olgas.startswith("5f0c2b1e.self.")
    assert olgas.endswith("@daybook.example")
    assert OLGA.key not in olgas
    assert {wire_uid(UID, way, OLGA.key) for way in Way if way is not Way.SERVICE} == {UID}


# Withdrawals -----------------------------------------------------------------------------------


def test_a_cancel_names_nobody_but_the_one_it_is_for() -> None:
    withdrawal = cancel(told_ada(), NEXT, Disclosure.FULL)

    assert withdrawal.method is Method.CANCEL
    assert withdrawal.event.status is Status.CANCELLED
    assert [attendee.address for attendee in withdrawal.event.attendees] == [ADA.address]
    assert withdrawal.event.attendees[0].rsvp is None


def test_a_cancel_comes_from_the_organiser_told_with_a_new_version() -> None:
    told = replace(told_ada(), organiser_address="olga@old.example")

    event = cancel(told, NEXT, Disclosure.FULL).event

    assert event.organizer == Organizer("olga@old.example", OLGA.name)
    assert (event.uid, event.sequence, event.dtstamp) == (told.uid, 1, NEXT.dtstamp)
    assert event.span == told.holding.facts.span


def test_a_cancel_of_an_own_copy_keeps_its_derived_uid_and_the_firms_mailbox() -> None:
    told = held("olga", service=SERVICE)[OLGA.key]

    event = cancel(told, NEXT, Disclosure.FULL).event

    assert event.uid == wire_uid(UID, Way.SERVICE, OLGA.key)
    assert event.organizer == Organizer(SERVICE.address, SERVICE.name)


@pytest.mark.parametrize("told", Disclosure)
@pytest.mark.parametrize("present", Disclosure)
def test_a_cancel_says_no_more_than_was_told_and_no_more_than_may_be_said(
    told: Disclosure, present: Disclosure
) -> None:
    event = cancel(told_ada(disclosure=told), NEXT, present).event

    stricter = max(told, present, key=["full", "title", "busy"].index)
    assert (event.summary, event.location, event.description) == {
        Disclosure.FULL: (FACTS.title, FACTS.location, FACTS.notes),
        Disclosure.TITLE: (FACTS.title, "", ""),
        Disclosure.BUSY: ("Busy", "", ""),
    }[stricter]


# Downloads -------------------------------------------------------------------------------------

BY_OLGA = Organizer(OLGA.address, OLGA.name)


def download(
    reader: Person, *people: Person, organizer: Organizer | None = BY_OLGA, **said: object
) -> tuple[Method | None, Organizer | None, tuple[Attendee, ...]]:
    found = file(
        UID,
        Version(3, NOW),
        a_holding(**said),
        organizer=organizer,
        people=people,
        reader_key=reader.key,
    )
    assert (found.event.uid, found.event.sequence) == (UID, 3)
    return found.method, found.event.organizer, found.event.attendees


def test_a_reader_on_the_entry_is_invited_by_its_creator() -> None:
    assert download(ADA, ADA, BEN) == (Method.REQUEST, BY_OLGA, (ANSWER_ADA, ANSWER_BEN))


def test_a_reader_who_is_not_on_it_gets_a_file_without_method() -> None:
    assert download(CLEO, ADA, BEN) == (None, BY_OLGA, (ANSWER_ADA, ANSWER_BEN))


def test_the_creators_file_names_no_organiser_and_still_all_who_are_on_it() -> None:
    chairless = Attendee(OLGA.address, OLGA.name)

    assert download(OLGA, OLGA, ADA) == (None, None, (chairless, ANSWER_ADA))


def test_the_creator_is_known_by_the_normalised_address() -> None:
    shouted = Organizer("OLGA@Firm.EXAMPLE", "Olga Finch")

    assert download(OLGA, ADA, organizer=shouted) == (None, None, (ANSWER_ADA,))


def test_without_a_human_creator_there_is_no_organiser_and_no_method() -> None:
    assert download(ADA, ADA, BEN, organizer=None) == (None, None, (ANSWER_ADA, ANSWER_BEN))


def test_a_creator_on_the_entry_chairs_it_in_the_files_of_others() -> None:
    assert download(ADA, OLGA, ADA) == (Method.REQUEST, BY_OLGA, (CHAIR_OLGA, ANSWER_ADA))


def test_the_file_lists_an_address_once() -> None:
    again = replace(ADA, id=9, name="Ada again")

    assert download(BEN, ADA, again, BEN)[2] == (ANSWER_ADA, ANSWER_BEN)


def test_a_busy_file_names_the_reader_alone_and_nobody_to_a_stranger_to_it() -> None:
    assert download(ADA, ADA, BEN, disclosure=Disclosure.BUSY)[2] == (ANSWER_ADA,)
    assert download(CLEO, ADA, BEN, disclosure=Disclosure.BUSY) == (None, BY_OLGA, ())


def test_a_reader_without_an_address_gets_a_file_without_method() -> None:
    nobody = replace(CLEO, address="", key="")

    assert download(nobody, ADA, replace(BEN, key="")) == (None, BY_OLGA, (ANSWER_ADA,))
