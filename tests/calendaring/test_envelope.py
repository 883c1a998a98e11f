"""The outside of one mail: its headers, its tree and its lines (RFC 5322, RFC 6047)."""

from __future__ import annotations

from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.calendaring.build import NOW, UID
from tests.calendaring.reading import Mail, read_mail

from daybook.calendaring.component import Method
from daybook.calendaring.envelope import CalendarPart, Envelope, Mailbox, mail, message_id
from daybook.calendaring.ical import clean
from daybook.calendaring.letter import Letter

OUTSIDE = Envelope(
    message_id=message_id(UID, 0, "ada@firm.example", "daybook.example"),
    about=UID,
    date=NOW,
    sender=Mailbox("diary@firm.example", "Olga Finch"),
    reply_to="olga@firm.example",
    recipient=Mailbox("ada@firm.example", "Ada Lovelace"),
)
WORDS = Letter("Invitation: Survey", "Come.\n", "<p>Come.</p>\n")
TEXT = b"BEGIN:VCALENDAR\r\nSUMMARY:caf\xc3\xa9 \r\nEND:VCALENDAR\r\n"
REQUEST = CalendarPart(TEXT, Method.REQUEST)
HEADERS = [
    "Date",
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Message-ID",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]


def written(words: Letter = WORDS, part: CalendarPart | None = REQUEST, **said: object) -> bytes:
    return mail(replace(OUTSIDE, **said), words, part)  # type: ignore[arg-type]


# The tree --------------------------------------------------------------------------------------


def test_the_calendar_is_the_last_alternative_and_the_file_is_beside_them() -> None:
    found = read_mail(written())

    assert found.tree == (
        "mixed(alternative(text/plain, text/html, text/calendar), application/ics)"
    )
    assert found.calendar == found.file == TEXT


def test_a_file_has_no_calendar_alternative() -> None:
    found = read_mail(written(part=CalendarPart(TEXT, None)))

    assert found.tree == "mixed(alternative(text/plain, text/html), application/ics)"
    assert found.file == TEXT


def test_without_a_calendar_there_are_only_words() -> None:
    assert read_mail(written(part=None)).tree == "alternative(text/plain, text/html)"


@pytest.mark.parametrize("method", Method)
def test_the_calendar_part_names_its_method_and_nothing_disposes_of_it(method: Method) -> None:
    found = read_mail(written(part=CalendarPart(TEXT, method)))

    assert found.calendar_type == {"charset": "utf-8", "method": method.value}
    (part,) = (p for p in found.message.walk() if p.get_content_type() == "text/calendar")
    assert part["Content-Disposition"] is None


def test_the_file_is_an_attachment_called_invite() -> None:
    message = read_mail(written()).message
    (attached,) = (p for p in message.walk() if p.get_content_type() == "application/ics")

    assert attached.get_content_disposition() == "attachment"
    assert attached.get_filename() == "invite.ics"
    assert attached["Content-Transfer-Encoding"] == "base64"


# The headers -----------------------------------------------------------------------------------


def test_there_is_one_of_each_header_and_no_other() -> None:
    found = read_mail(written())

    assert found.message.keys() == HEADERS
    assert found.header("Reply-To") == "olga@firm.example"
    assert found.header("To") == "Ada Lovelace <ada@firm.example>"
    assert found.header("From") == "Olga Finch <diary@firm.example>"


def test_a_mail_says_that_no_person_sent_it_and_asks_for_no_absence_notice() -> None:
    found = read_mail(written())

    assert found.header("Auto-Submitted") == "auto-generated"
    assert found.header("X-Auto-Response-Suppress") == "OOF"


def test_the_date_is_the_one_it_was_made_at() -> None:
    assert parsedate_to_datetime(read_mail(written()).header("Date")) == NOW


def test_messages_of_one_entry_refer_to_one_root_and_those_of_others_to_another() -> None:
    later = message_id(UID, 1, "ada@firm.example", "daybook.example")
    roots = [
        read_mail(written(about=about, message_id=number)).header("References")
        for about, number in [
            (UID, OUTSIDE.message_id),
            (UID, later),
            ("another@daybook.example", later),
        ]
    ]

    assert roots[0] == roots[1] != roots[2]
    assert roots[0].endswith(".entry@daybook.example>")


@given(st.sets(st.tuples(st.text(max_size=5), st.integers(0, 99), st.text(max_size=5)), max_size=5))
def test_a_message_id_is_the_same_for_one_version_of_one_calendar_and_for_no_other(
    versions: set[tuple[str, int, str]],
) -> None:
    # A UID is one line: the parts are told apart by their line ends.
    one_line = {(repr(uid), number, repr(key)) for uid, number, key in versions}

    ids = [message_id(*version, "daybook.example") for version in sorted(one_line)]

    assert len(set(ids)) == len(one_line)
    assert ids == [message_id(*version, "daybook.example") for version in sorted(one_line)]


INJECTIONS = [
    "Lunch\r\nBcc: evil@x.test",
    "Lunch\nBcc: evil@x.test",
    "Lunch\rBcc: evil@x.test",
    "Lunch\r\n\r\n<html>",
    "a\u2028Bcc: evil@x.test\u2029\x85\x0b\x0c\x00\x1b[2J\ufffe",
    "=?utf-8?q?=0d=0aBcc:evil@x.test?=",
    "CEO <ceo@firm.test>",
    'Bob" <evil@x.test>, "',
    "Ann, Lee; Bob: Cy (x) \\",
    "\ud800 lone",
    "Müller, Jürgen 😀",
    "x" * 3000,
    "ü" * 3000,
    " ",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_name_or_subject_adds_a_header_or_an_address(text: str) -> None:
    raw = written(
        Letter(text, text, text),
        sender=Mailbox("diary@firm.example", text),
        recipient=Mailbox("ada@firm.example", text),
    )
    found = read_mail(raw)

    assert found.message.keys() == HEADERS
    assert found.header("Subject") == " ".join(clean(text).split())
    for header, address in [("From", "diary@firm.example"), ("To", "ada@firm.example")]:
        (mailbox,) = found.message[header].addresses
        assert mailbox.addr_spec == address
        assert decoded_name(found, header) == " ".join(clean(text).split())


@pytest.mark.parametrize("text", INJECTIONS)
def test_every_line_is_ascii_and_short_and_ends_in_crlf(text: str) -> None:
    raw = written(Letter(text, text, text), recipient=Mailbox("ada@firm.example", text))

    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 78


def test_a_line_with_an_encoded_word_has_at_most_76_characters() -> None:
    longest = "a" * 64 + "@" + "firm.example"

    raw = written(recipient=Mailbox(longest, "Jürgen " * 9))

    head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert all(len(line) <= 76 for line in head if b"=?" in line)


def test_plain_words_stay_readable_in_the_raw_mail() -> None:
    assert b"\r\nSubject: Invitation: Survey\r\n" in written()
    assert b"\r\nFrom: Olga Finch <diary@firm.example>\r\n" in written()


@given(st.text(max_size=120))
@settings(max_examples=60, deadline=None)
def test_any_text_arrives_as_it_was_written(text: str) -> None:
    plain = clean(text)
    subject = " ".join(plain.split())

    found = read_mail(written(Letter(subject, plain, plain)))

    assert found.header("Subject") == subject
    assert found.text == found.html == plain.replace("\n", "\r\n")


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_an_attached_file_is_the_same_octet_for_octet(data: bytes) -> None:
    assert read_mail(written(part=CalendarPart(data, None))).file == data


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=90), max_size=9))
@settings(max_examples=60, deadline=None)
def test_a_calendar_part_is_the_same_octet_for_octet(lines: list[str]) -> None:
    text = "".join(f"{clean(line)}\n" for line in lines)
    data = text.replace("\n", "\r\n").encode()

    assert read_mail(written(part=CalendarPart(data, Method.CANCEL))).calendar == data


def decoded_name(found: Mail, header: str) -> str:
    """Return a display name by the older of the library's two readers.

    The newer one of Python 3.11 puts a space between two encoded words of a name.
    """
    (raw,) = [value for name, value in found.message.raw_items() if name == header]
    return str(make_header(decode_header(parseaddr(str(raw))[0])))
