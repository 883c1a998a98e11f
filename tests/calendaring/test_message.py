"""A whole message: that it says exactly what was meant, to whoever reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.calendaring.build import (
    ADA,
    BEN,
    DOMAIN,
    FACTS,
    NOW,
    OLGA,
    SERVICE,
    TEN,
    UID,
    YESTERDAY,
    an_entry,
    at,
    composed,
    held,
    invited,
    member,
    organiser,
    people_of,
    steps,
    updated,
    withdrawn,
)
from tests.calendaring.reading import Guest, property_names, read_mail, zones_used

from daybook.calendaring.event import CalendarKind, Disclosure, Facts, Span, all_day, timed
from daybook.calendaring.ical import clean
from daybook.calendaring.invitation import Version
from daybook.calendaring.message import Message, Stamp, compose
from daybook.calendaring.plan import Entry

ENTRY = an_entry("ada", "ben")
MOVED = an_entry("ada", "ben", facts=replace(FACTS, span=at(TEN + timedelta(hours=1))))
TO_SELF = an_entry(member("olga", kind=CalendarKind.OTHER))
FROM_SERVICE = an_entry("olga", service=SERVICE)
AS_FILE = an_entry("olga")

FULL = ["ATTENDEE", "ATTENDEE", "DESCRIPTION", "LOCATION", "ORGANIZER"]
ALWAYS = ["DTEND", "DTSTAMP", "DTSTART", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID"]
ASKED = ["X-MICROSOFT-DISALLOW-COUNTER"]


# One of each kind ------------------------------------------------------------------------------


def test_an_invitation_is_a_request_from_the_organiser_to_one_address() -> None:
    message = invited(ENTRY)
    found = read_mail(message.data)

    assert (message.method, message.uid, message.sequence) == ("REQUEST", UID, 0)
    assert (message.envelope_from, message.envelope_to) == (OLGA.address, ADA.address)
    assert found.header("To") == "Ada Lovelace <ada@firm.example>"
    assert found.calendar_type["method"] == found.event.method == "REQUEST"
    assert found.event.organiser == Guest(OLGA.address, OLGA.name)


def test_an_update_is_the_whole_request_again_with_a_later_version() -> None:
    event = read_mail(updated(ENTRY, MOVED).data).event

    assert (event.method, event.uid, event.sequence) == ("REQUEST", UID, 1)
    assert event.dtstamp == NOW + timedelta(minutes=10)
    assert event.start == datetime(2026, 11, 26, 11, tzinfo=UTC)
    assert [guest.address for guest in event.guests] == [ADA.address, BEN.address]


def test_a_withdrawal_is_a_cancel_that_names_the_reader_alone() -> None:
    message = withdrawn(ENTRY, an_entry("ben"))
    found = read_mail(message.data)

    assert message.told is None
    assert found.calendar_type["method"] == found.event.method == "CANCEL"
    assert (found.event.status, found.event.sequence) == ("CANCELLED", 1)
    assert [guest.address for guest in found.event.guests] == [ADA.address]
    assert (found.event.start, found.event.title) == (FACTS.span.starts_at(), FACTS.title)


@pytest.mark.parametrize(
    "message",
    [
        invited(ENTRY),
        updated(ENTRY, MOVED),
        withdrawn(ENTRY, an_entry("ben")),
        invited(TO_SELF, OLGA.key),
        invited(FROM_SERVICE, OLGA.key),
    ],
)
def test_the_attached_file_is_the_calendar_part_and_both_have_crlf_lines(message: Message) -> None:
    found = read_mail(message.data)

    assert found.tree == (
        "mixed(alternative(text/plain, text/html, text/calendar), application/ics)"
    )
    assert found.calendar is not None
    assert found.file == found.calendar
    assert b"\n" not in found.calendar.replace(b"\r\n", b"")
    assert max(map(len, found.calendar.split(b"\r\n"))) <= 75
    assert found.header("Message-ID") == message.message_id


def test_a_message_has_the_properties_it_needs_and_no_others() -> None:
    request = read_mail(invited(ENTRY).data).calendar
    cancel = read_mail(withdrawn(ENTRY, an_entry("ben")).data).calendar
    assert request is not None
    assert cancel is not None

    assert sorted(property_names(request)) == sorted(FULL + ALWAYS + ASKED)
    assert sorted(property_names(cancel)) == sorted(FULL[1:] + ALWAYS)
    assert zones_used(request) == zones_used(cancel) == ({"Europe/London"}, ["Europe/London"])


# The organiser's own copy ----------------------------------------------------------------------


def test_an_own_copy_from_the_firms_mailbox_is_from_it_and_keeps_its_uid() -> None:
    later = replace(FROM_SERVICE, facts=MOVED.facts)
    first, second, last = (
        invited(FROM_SERVICE, OLGA.key),
        updated(FROM_SERVICE, later, OLGA.key),
        withdrawn(FROM_SERVICE, replace(FROM_SERVICE, deleted=True), OLGA.key),
    )

    assert first.uid == second.uid == last.uid != UID
    for message in (first, second, last):
        found = read_mail(message.data)
        assert found.event.organiser == Guest(SERVICE.address, SERVICE.name)
        assert message.envelope_from == SERVICE.address != message.envelope_to
        assert found.header("Reply-To") == SERVICE.address


def test_an_own_copy_to_oneself_is_from_and_to_the_same_mailbox() -> None:
    message = invited(TO_SELF, OLGA.key)
    event = read_mail(message.data).event

    assert message.envelope_from == message.envelope_to == OLGA.address
    assert message.uid == UID
    assert event.guests == (Guest(OLGA.address, OLGA.name, "CHAIR", "ACCEPTED"),)


def test_an_own_copy_as_a_file_has_no_method_and_no_organiser() -> None:
    for message in (
        invited(AS_FILE, OLGA.key),
        updated(AS_FILE, replace(AS_FILE, facts=MOVED.facts), OLGA.key),
    ):
        found = read_mail(message.data)
        assert message.method == "FILE"
        assert found.calendar is None
        assert (found.event.method, found.event.organiser) == ("", None)
        assert found.event.uid == UID


def test_an_own_copy_as_a_file_is_taken_back_by_words_alone() -> None:
    message = withdrawn(AS_FILE, replace(AS_FILE, deleted=True), OLGA.key)

    assert message.method == "NOTICE"
    assert message.told is None
    assert read_mail(message.data).tree == "alternative(text/plain, text/html)"


# Who it comes from -----------------------------------------------------------------------------


def test_a_sending_address_of_its_own_is_from_and_never_the_organiser() -> None:
    step = steps(ENTRY)[ADA.key]
    stamp = Stamp(Version(0, NOW), organiser("olga"), "mailer@firm.example", DOMAIN)

    message = compose(
        step, uid=UID, people=people_of(ENTRY), disclosure=Disclosure.FULL, stamp=stamp
    )
    found = read_mail(message.data)

    assert found.header("From") == "Olga Finch <mailer@firm.example>"
    assert message.envelope_from == "mailer@firm.example"
    assert found.header("Reply-To") == OLGA.address
    assert found.event.organiser == Guest(OLGA.address, OLGA.name)


def test_an_update_keeps_the_organiser_the_calendar_knows_though_his_address_is_new() -> None:
    told = held("olga", service=SERVICE)
    moved = replace(SERVICE, address="office@firm.example", key="office@firm.example")
    later = an_entry("olga", facts=MOVED.facts, service=moved)

    event = read_mail(composed(steps(later, told)[OLGA.key], later, sequence=1).data).event

    assert event.organiser == Guest(SERVICE.address, SERVICE.name)


def test_a_unicode_domain_is_written_in_its_ascii_form() -> None:
    mueller = replace(ADA, address="ada@müller.example", key="ada@xn--mller-kva.example")
    message = invited(an_entry(replace(member("ada"), person=mueller)), mueller.key)

    assert message.data.isascii()
    assert message.envelope_to == "ada@xn--mller-kva.example"
    assert read_mail(message.data).event.guests[0].address == "ada@xn--mller-kva.example"


# The same again --------------------------------------------------------------------------------


def test_the_same_arguments_give_the_same_bytes() -> None:
    def again() -> list[Message]:
        return [
            invited(ENTRY),
            updated(ENTRY, MOVED),
            withdrawn(ENTRY, an_entry("ben")),
            invited(AS_FILE, OLGA.key),
        ]

    assert again() == again()


def test_each_version_for_each_calendar_has_a_message_id_of_its_own() -> None:
    messages = [
        invited(ENTRY),
        invited(ENTRY, BEN.key),
        updated(ENTRY, MOVED),
        withdrawn(ENTRY, an_entry("ben")),
    ]

    # The last two are alternatives: both would be version 1 for Ada.
    assert len({message.message_id for message in messages}) == 3
    assert len({read_mail(message.data).header("References") for message in messages}) == 1


def test_the_mail_has_the_date_of_the_calendar_object() -> None:
    found = read_mail(updated(ENTRY, MOVED).data)

    assert found.message["Date"].datetime == found.event.dtstamp


def test_what_is_told_is_what_the_calendar_then_holds() -> None:
    told = invited(ENTRY).told
    assert told is not None

    assert told.holding == held("ada", "ben")[ADA.key].holding
    assert (told.uid, told.sequence, told.dtstamp, told.account) == (UID, 0, NOW, 40)
    assert steps(ENTRY, {ADA.key: told, **held("ben", "ada")}) == {}


# What was meant is what is read ----------------------------------------------------------------

INJECTED = [
    "Lunch\r\nATTENDEE:mailto:evil@x.test",
    "Lunch\rATTENDEE:mailto:evil@x.test",
    "Lunch\nATTENDEE;PARTSTAT=ACCEPTED:mailto:evil@x.test",
    "END:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT",
    "a\u2028b\u2029c\x85d\x0be\x0cf\x00g\x1bh\ufffei",
    'Bob";X-A=1:mailto:evil@x.test',
    "^n^'^^",
    "=?utf-8?q?=0d=0aBcc:evil@x.test?=",
    "CEO <ceo@firm.test>",
    "\r\n.\r\nMAIL FROM:<x>\r\n",
    "\n.\n",
    "\r.\r",
    "a\\nb\\,c;d,e",
    "x" * 3000,
    "😀" * 40,
    "\u202egnp.exe",
    "\ud800",
]


def read_name(text: str) -> str:
    """A parameter's value is one line, and has no quotation mark (RFC 5545 section 3.2).

    Backslashes are left aside: the library that reads takes some for escapes, which parameters
    do not have.
    """
    return clean(text).replace("\n", " ").replace('"', "'").strip().replace("\\", "")


def assert_read_as_meant(entry: Entry) -> None:
    """Check the invitation, the withdrawal and the file, as another program reads them."""
    both = [read_name(someone.person.name) for someone in entry.assigned]
    by_file = replace(entry, creator=member("ada", account=1))
    for message, guests, names in (
        (invited(entry), [ADA.address, BEN.address], both),
        (withdrawn(entry, replace(entry, deleted=True)), [ADA.address], both[:1]),
        (invited(by_file), [ADA.address, BEN.address], both),
    ):
        found = read_mail(message.data)
        event, facts = found.event, entry.facts
        assert (event.title, event.place, event.notes) == tuple(
            map(clean, (facts.title, facts.location, facts.notes))
        )
        assert [guest.address for guest in event.guests] == guests
        assert [guest.name.replace("\\", "") for guest in event.guests] == names
        assert (event.organiser is None) == (message.method == "FILE")
        assert len(found.message.keys()) == len(set(found.message.keys())) == 11
        assert set(property_names(found.file or b"")) <= {*FULL, *ALWAYS, *ASKED}


@pytest.mark.parametrize("text", INJECTED)
def test_text_that_looks_like_a_calendar_or_a_mail_stays_text(text: str) -> None:
    ada = replace(member("ada"), person=replace(ADA, name=text))

    assert_read_as_meant(an_entry(ada, "ben", facts=Facts(FACTS.span, text, text, text)))


LIKE_CALENDARS = ["ATTENDEE:mailto:e@x.test", "END:VEVENT", "BEGIN:VEVENT", "Bcc: e@x.test"]
SIGNS = ["\r\n", "\n", "\r", "\t", *';,:"^=.', "\\", "é", "😀", "\u2028", "\x00"]
PIECES = st.sampled_from([*LIKE_CALENDARS, *SIGNS])
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
@settings(max_examples=50, deadline=None)
def test_any_text_is_read_back_as_it_was_meant(
    title: str, place: str, notes: str, name: str
) -> None:
    ada = replace(member("ada"), person=replace(ADA, name=name))

    assert_read_as_meant(an_entry(ada, "ben", facts=Facts(FACTS.span, title, place, notes)))


def to_the_minute(wall: datetime) -> datetime:
    return wall.replace(second=0, microsecond=0)


ZONES = ["Europe/London", "Europe/Dublin", "America/New_York", "Asia/Kolkata", "Africa/Casablanca"]
TIMED = st.builds(
    lambda start, minutes, zone: timed(start, start + timedelta(minutes=minutes), zone),
    st.datetimes(datetime(2026, 11, 10), datetime(2040, 1, 1)).map(to_the_minute),
    st.integers(60 * 3, 60 * 72),
    st.sampled_from([*ZONES, "UTC", "Australia/Lord_Howe"]),
).filter(lambda span: span.start.exists() and span.end.exists())
DAYS = st.builds(
    lambda first, count: all_day(first, first + timedelta(days=count), "Europe/London"),
    st.dates(date(2026, 11, 10), date(2040, 1, 1)),
    st.integers(1, 5),
)


@given(st.one_of(TIMED, DAYS), st.sampled_from(Disclosure))
@settings(max_examples=60, deadline=None)
def test_any_time_is_read_back_as_the_same_time(span: Span, disclosure: Disclosure) -> None:
    message = invited(an_entry("ada", facts=replace(FACTS, span=span), disclosure=disclosure))
    event = read_mail(message.data).event

    if span.all_day:
        assert (event.start, event.end) == (span.start.wall.date(), span.end.wall.date())
    else:
        assert (event.start, event.end) == (span.starts_at(), span.ends_at())


def test_a_time_in_the_doubled_hour_is_the_second_if_it_is_meant() -> None:
    wall = datetime(2027, 10, 31, 1, 30)
    for second in (False, True):
        span = timed(wall, datetime(2027, 10, 31, 3), "Europe/London", start_second=second)
        event = read_mail(invited(an_entry("ada", facts=replace(FACTS, span=span))).data).event
        assert event.start == datetime(2027, 10, 31, 1 if second else 0, 30, tzinfo=UTC)


def test_a_future_told_and_moved_into_the_past_is_corrected() -> None:
    event = read_mail(
        updated(ENTRY, replace(ENTRY, facts=replace(FACTS, span=YESTERDAY))).data
    ).event

    assert event.start == YESTERDAY.starts_at()
