"""What hostile text becomes when it leaves by mail, and what hostile servers and mails may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.calendaring.reading import property_names, read_mail
from tests.hostility import corpus
from tests.hostility.corpus import octets
from tests.hostility.firm import Answer, Ask, Firm, InProcess
from tests.hostility.judging import UNSEEN, check_harmless
from tests.sync.world import World
from tests.web import routes
from tests.web.build import a_person, an_entry
from tests.web.routes import as_a_demo

from daybook.calendaring import ical_explain, ical_reader
from daybook.calendaring.ical_reader import Unreadable
from daybook.couriers.replies import NotAReplyError, read_reply
from daybook.demo import switch
from daybook.demo.post_office import Mailboxes
from daybook.entries import changing, person_changes
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, LogLine
from daybook.people.details import PersonChanges
from daybook.people.faults import InvalidInput
from daybook.people.models import Person

pytestmark = pytest.mark.django_db

HEADERS = {
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "References", "MIME-Version"),
    *("Content-Type", "Auto-Submitted", "X-Auto-Response-Suppress"),
}
PROPERTIES = {
    *("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "DESCRIPTION"),
    *("STATUS", "TRANSP", "ORGANIZER", "ATTENDEE", "X-MICROSOFT-DISALLOW-COUNTER"),
}
# A demo's mailbox shows the HTML of a mail in a frame without script, with a policy of its own.
IN_A_FRAME = "default-src 'none'"


def texts(*kinds: str) -> list[str]:
    return [given.text for kind in kinds for given in corpus.inputs(kind)]


def saved(firm: Firm, ben: Person, **typed: str) -> DiaryEntry | None:
    """Return Ada's entry for Ben with what was typed, None if it was refused."""
    wanted = replace(
        EntryChanges(firm.kind.pk, span=firm.entry.span, assigned=[ben.pk]),
        **typed,  # type: ignore[arg-type]
    )
    try:
        return changing.create(wanted, creator=firm.ada, now=datetime.now(UTC))
    except InvalidInput:
        return None


def check_wire(data: bytes) -> None:
    """Check that a mail is whole lines of ASCII, none of them too long (RFC 5321 4.5.3.1.6)."""
    assert data.isascii()
    assert data.endswith(b"\r\n")
    for line in data.split(b"\r\n"):
        assert b"\r" not in line
        assert b"\n" not in line
        assert len(line) <= 998


def test_hostile_text_leaves_as_one_message_to_one_address_and_reads_back_equal() -> None:
    firm = Firm()
    ben = a_person("Benno")
    entries = [
        *(saved(firm, ben, title=text, location=text) for text in texts("line")),
        *(saved(firm, ben, title="Notes", notes=text) for text in texts("notes")),
    ]
    kept = {entry.uid: entry for entry in entries if entry is not None}

    mails = World(now=datetime.now(UTC)).run(minutes=3)

    sent = {}
    for mail in mails:
        check_wire(mail.data)
        if mail.envelope_to == ben.email_key:
            read = read_mail(mail.data)
            assert set(read.message.keys()) <= HEADERS
            assert len(read.message.keys()) == len(set(read.message.keys()))
            assert read.header("To").endswith("<benno@firm.example>")
            sent[read.event.uid] = read
    assert len(kept) > 50
    assert kept.keys() <= sent.keys()
    for uid, entry in kept.items():
        event = sent[uid].event
        assert (event.title, event.place, event.notes) == (entry.title, entry.location, entry.notes)
        assert [guest.address for guest in event.guests] == ["benno@firm.example"]
        calendar = sent[uid].calendar
        assert calendar is not None
        assert set(property_names(calendar)) <= PROPERTIES


def test_a_hostile_name_is_one_name_among_the_guests() -> None:
    firm = Firm()
    people = []
    for number, text in enumerate(texts("line")):
        somebody = a_person(f"Person{number}")
        try:
            names = PersonChanges(forename=text)
            person_changes.save_person(somebody.pk, names, by=None, now=datetime.now(UTC))
        except InvalidInput:
            continue
        people.append(somebody)
    an_entry(*people, creator=firm.ada, kind=firm.kind)

    mails = World(now=datetime.now(UTC)).run(minutes=3)

    addressed = [mail for mail in mails if mail.envelope_to.startswith("person")]
    assert len(addressed) == len(people) > 30
    for mail in addressed[:: len(addressed) // 8]:
        check_wire(mail.data)
        read = read_mail(mail.data)
        assert {guest.address for guest in read.event.guests} == {person.email for person in people}
        assert len(read.message.get_all("To", [])) == 1
        assert [address.addr_spec for address in read.message["To"].addresses] == [mail.envelope_to]
        for guest in read.event.guests:
            assert not set(guest.name) & UNSEEN


def test_what_a_hostile_server_answers_is_short_inert_text_wherever_it_is_shown() -> None:
    firm = Firm()
    calendar = Calendar.objects.get(entry_id=firm.entry.pk, address_key=firm.ben.email_key)
    kept = []
    for given in corpus.inputs("reply"):
        try:
            kept.append(read_reply([octets(given.text)], ["a secret"]).text)
        except NotAReplyError:
            continue
    for text in kept:
        assert len(text) <= 500
        assert not set(text) & UNSEEN
        LogLine.objects.create(
            entry_id=firm.entry.pk,
            person_id=firm.ben.pk,
            address=firm.ben.email,
            uid=firm.entry.uid,
            calendar_id=calendar.pk,
            state="problem",
            reason="recipient_refused",
            server_reply=text,
            at=datetime.now(UTC),
        )
    Calendar.objects.filter(pk=calendar.pk).update(state="problem", reason="recipient_refused")
    line = InProcess(firm)

    assert len(kept) > 10
    for path in (
        "/",
        "/sync-log/",
        f"/entries/{firm.entry.pk}/",
        f"/entries/{firm.entry.pk}/why/{firm.ben.pk}/",
        "/settings/mail-accounts/",
        "/api/v1/deliveries",
        f"/api/v1/entries/{firm.entry.pk}/sync",
    ):
        answer = line.ask(Ask("GET", path))
        assert answer.status == 200, path
        check_harmless(answer)


@pytest.mark.parametrize("given", corpus.inputs("icalendar"), ids=str)
def test_another_programs_calendar_text_is_read_or_refused_with_a_reason(
    given: corpus.Input,
) -> None:
    found = ical_reader.read(octets(given.text))
    explained = ical_explain.explain(octets(given.text))

    assert isinstance(found, Unreadable) == (given.answer == "refused")
    if isinstance(found, Unreadable):
        assert 0 < len(found.reason) < 300
        assert "root:" not in found.reason
    assert len(str(explained)) < 10_000_000


def test_a_hostile_mail_is_shown_as_text_or_left_out() -> None:
    firm = routes.Firm()
    mails = [octets(given.text) for given in corpus.inputs("mail")]
    for given in corpus.inputs("icalendar"):
        if len(given.text) < 100_000:
            head = b"From: a@x.test\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n"
            mails.append(head + octets(given.text))
    with as_a_demo(firm):
        boxes = Mailboxes(switch.mailbox_folder())
        for number, raw in enumerate(mails, 2):
            boxes.keep(firm.ben.email_key, number, raw)
        client = firm.client("administrator")
        for path in ("", *(f"{number}/" for number in range(1, len(mails) + 2))):
            page = client.get(f"/demo/mailbox/{firm.ben.pk}/{path}")
            assert page.status_code == 200, (path, mails[int(path.strip("/") or 2) - 2][:80])
            check_harmless(
                Answer(
                    page.status_code, tuple((k.lower(), v) for k, v in page.items()), page.content
                )
            )
        for number in range(2, len(mails) + 2):
            page = client.get(f"/demo/mailbox/{firm.ben.pk}/{number}/html/")
            assert page.status_code < 500, mails[number - 2][:80]
            assert page.headers.get("Content-Security-Policy", "").startswith(IN_A_FRAME)
