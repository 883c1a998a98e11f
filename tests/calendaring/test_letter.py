"""The words a person reads who opens the mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from tests.calendaring.build import ADA, BEN, FACTS, OLGA, SERVICE, TEN, at, held, member

from daybook.calendaring.event import CalendarKind, Disclosure, Facts, all_day, timed
from daybook.calendaring.letter import Letter, invitation, update, when, withdrawal

LONDON = "Europe/London"


def invited(**said: object) -> Letter:
    return invitation(held("ada", "ben", **said)[ADA.key], [ADA, BEN])


def changed(*names: str, before: Facts = FACTS, **said: object) -> Letter:
    old = held("ada", "ben", facts=before)[ADA.key]
    new = held(*(names or ("ada", "ben")), **said)[ADA.key]
    return update(new, old.holding, [ADA, BEN])


def without_time(letter: Letter) -> list[str]:
    return [line for line in letter.text.split("\n") if line and not line.startswith("When:")]


# What an invitation says -----------------------------------------------------------------------


def test_an_invitation_says_who_invites_what_when_where_who_and_where_answers_go() -> None:
    assert invited().text == (
        "Olga Finch invites you.\n"
        "\n"
        "What: Boiler survey\n"
        "When: Thursday 26 November 2026, 10:00 to 11:00 (Europe/London)\n"
        "Where: 1 High Street\n"
        "Who: Ada Lovelace, Ben Moss\n"
        "\n"
        "Bring the plans.\n"
        "\n"
        "Your answer goes to Olga Finch, olga@firm.example.\n"
    )
    assert invited().subject == "Invitation: Boiler survey (26 Nov, 10:00)"


def test_somebody_without_a_name_is_called_by_the_address() -> None:
    told = replace(held("ada")[ADA.key], organiser_name="")

    text = invitation(told, [replace(ADA, name="")]).text

    assert text.startswith("olga@firm.example invites you.")
    assert "Who: ada@firm.example\n" in text


def test_a_title_disclosure_says_neither_place_nor_notes() -> None:
    assert without_time(invited(disclosure=Disclosure.TITLE))[1:3] == [
        "What: Boiler survey",
        "Who: Ada Lovelace, Ben Moss",
    ]


def test_a_busy_disclosure_says_no_more_than_the_time() -> None:
    letter = invited(disclosure=Disclosure.BUSY)

    assert without_time(letter) == [
        "Olga Finch invites you.",
        "What: Busy",
        "Your answer goes to Olga Finch, olga@firm.example.",
    ]
    for secret in ("Boiler", "High Street", "plans", "Ben"):
        assert secret not in letter.subject + letter.text + letter.html


def test_an_own_copy_is_called_ones_own_and_says_what_to_do() -> None:
    by_file = invitation(held("olga")[OLGA.key], [OLGA]).text
    by_service = invitation(held("olga", service=SERVICE)[OLGA.key], [OLGA]).text
    to_self = invitation(held(member("olga", kind=CalendarKind.OTHER))[OLGA.key], [OLGA]).text

    assert by_file.startswith("This is your own entry in the diary.")
    assert "Open the attached file to add it to your calendar." in by_file
    assert invitation(held("olga")[OLGA.key], []).subject.startswith("For your calendar: Boiler")
    assert by_service == to_self
    assert "Accept it or add it once" in by_service


# What an update says ---------------------------------------------------------------------------


def test_an_update_says_what_was_before() -> None:
    after = replace(
        FACTS, span=at(TEN + timedelta(days=1)), title="Roof survey", location="2 Low Road"
    )

    assert without_time(changed(facts=after)) == [
        "Olga Finch has changed this appointment.",
        "What: Roof survey",
        "Where: 2 Low Road",
        "Who: Ada Lovelace, Ben Moss",
        "The title was “Boiler survey”.",
        "The time was Thursday 26 November 2026, 10:00 to 11:00 (Europe/London).",
        "The place was 1 High Street.",
        "Bring the plans.",
        "Most calendars take the change from this mail by themselves; some ask you first.",
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"facts": replace(FACTS, notes="Bring nothing.")}, "The notes have changed."),
        ({"facts": replace(FACTS, location="")}, "The place was 1 High Street."),
        ({"disclosure": Disclosure.TITLE}, "How much is shown here has changed."),
    ],
)
def test_an_update_names_each_change(change: dict[str, Any], sentence: str) -> None:
    assert sentence in changed(**change).text.split("\n")


def test_an_update_names_a_new_place_and_a_change_of_people() -> None:
    assert "The place is new." in changed(before=replace(FACTS, location="")).text
    assert "Who takes part has changed." in changed("ada").text


@pytest.mark.parametrize("disclosure", [Disclosure.TITLE, Disclosure.BUSY])
def test_an_update_does_not_repeat_what_may_not_be_said_any_more(disclosure: Disclosure) -> None:
    letter = changed(disclosure=disclosure)

    hidden = ["High Street", "plans", "notes"]
    if disclosure is Disclosure.BUSY:
        hidden += ["Boiler", "Ben"]
    for secret in hidden:
        assert secret not in letter.subject + letter.text + letter.html


def test_a_change_of_an_own_copy_is_not_said_to_be_somebody_elses() -> None:
    old, new = (held("olga", facts=facts)[OLGA.key] for facts in (FACTS, replace(FACTS, notes="")))

    text = update(new, old.holding, [OLGA]).text

    assert text.startswith("Your own entry in the diary has changed.")
    assert "Open the attached file to update the entry in your calendar." in text


# What a withdrawal says ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "subject", "sentence"),
    [
        ("entry_cancelled", "Cancelled", "This appointment is cancelled."),
        ("entry_deleted", "Cancelled", "This appointment is cancelled."),
        ("not_assigned", "Removed", "You are no longer on this appointment."),
        ("handed_over", "Removed", "Somebody else organises this appointment now."),
        ("address_changed", "Removed", "Mail about this appointment now goes to another address."),
        ("diary_sync_off", "Removed", "This appointment still stands"),
        ("address_missing", "Removed", "This appointment still stands"),
        ("person_inactive", "Removed", "This appointment still stands"),
        ("type_not_synchronised", "Removed", "This appointment still stands"),
    ],
)
def test_a_withdrawal_says_why_and_calls_nothing_cancelled_that_still_stands(
    reason: str, subject: str, sentence: str
) -> None:
    letter = withdrawal(held("ada")[ADA.key], reason, Disclosure.FULL)

    assert letter.subject == f"{subject}: Boiler survey (26 Nov, 10:00)"
    assert letter.text.startswith(sentence)


def test_a_withdrawal_of_a_mailed_file_asks_the_reader_to_remove_it() -> None:
    letter = withdrawal(held("olga")[OLGA.key], "entry_deleted", Disclosure.FULL)

    assert "Please remove it from your calendar" in letter.text


def test_a_withdrawal_does_not_say_how_to_prepare_for_what_will_not_be() -> None:
    letter = withdrawal(held("ada")[ADA.key], "entry_cancelled", Disclosure.FULL)

    assert FACTS.notes not in letter.text + letter.html
    assert "Where: 1 High Street" in letter.text


def test_a_withdrawal_keeps_to_the_stricter_of_both_disclosures() -> None:
    told, busy = held("ada")[ADA.key], held("ada", disclosure=Disclosure.BUSY)[ADA.key]

    for letter in (
        withdrawal(told, "not_assigned", Disclosure.BUSY),
        withdrawal(busy, "not_assigned", Disclosure.FULL),
    ):
        assert "Boiler" not in letter.subject + letter.text + letter.html


# Times -----------------------------------------------------------------------------------------

BACK = datetime(2026, 10, 25, 1, 30)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (at(TEN), "Thursday 26 November 2026, 10:00 to 11:00 (Europe/London)"),
        (
            timed(TEN, TEN + timedelta(days=1), LONDON),
            "Thursday 26 November 2026, 10:00 to Friday 27 November 2026, 10:00 (Europe/London)",
        ),
        (all_day(date(2026, 11, 26), date(2026, 11, 27), LONDON), "Thursday 26 November 2026"),
        (
            all_day(date(2026, 12, 31), date(2027, 1, 2), LONDON),
            "Thursday 31 December 2026 to Friday 1 January 2027",
        ),
        (
            timed(BACK, BACK, LONDON, end_second=True),
            "Sunday 25 October 2026, 01:30 to 01:30 (after the clocks go back) (Europe/London)",
        ),
        (
            timed(BACK, BACK + timedelta(hours=1), LONDON, start_second=True),
            "Sunday 25 October 2026, 01:30 (after the clocks go back) to 02:30 (Europe/London)",
        ),
    ],
)
def test_times_are_said_in_words_with_their_zone(span: object, words: str) -> None:
    assert when(span) == words  # type: ignore[arg-type]


def test_a_whole_day_has_no_time_in_the_subject() -> None:
    day = replace(FACTS, span=all_day(date(2026, 11, 26), date(2026, 11, 27), LONDON))

    assert invited(facts=day).subject == "Invitation: Boiler survey (26 Nov)"


# Text of people --------------------------------------------------------------------------------


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {"src", "href", "style", "onclick"} & {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += data


NASTY = '<script src="x">alert(1)</script><img src=//x.test/a.png> & "q" \'s\''


def test_what_people_type_is_never_html() -> None:
    facts = Facts(FACTS.span, NASTY, NASTY, NASTY)
    told = replace(held("ada", facts=facts)[ADA.key], organiser_name=NASTY)

    html = Tags(invitation(told, [replace(ADA, name=NASTY)]).html)

    allowed = {"html", "head", "meta", "title", "body", "p", "table", "tr", "th", "td"}
    assert set(html.tags) <= allowed
    assert html.words.count(NASTY) == 7


def test_what_was_typed_before_is_no_html_either() -> None:
    html = changed(before=Facts(FACTS.span, NASTY, NASTY)).html

    assert "<script" not in html
    assert "<img" not in html
    assert Tags(html).words.count(NASTY) == 2


def test_a_subject_is_one_line_without_control_characters() -> None:
    facts = replace(FACTS, title="Lunch\r\nBcc: x@x.test\u2028\x00\x1b[31m\x85now")

    subject = invited(facts=facts).subject

    assert subject == "Invitation: Lunch Bcc: x@x.test [31m now (26 Nov, 10:00)"


def test_notes_keep_their_lines_and_lose_control_characters() -> None:
    letter = invited(facts=replace(FACTS, notes="one\r\ntwo\rthree\u2028four\x00\x1b"))

    assert "\n\none\ntwo\nthree\nfour\n\n" in letter.text
    assert "one<br>\ntwo<br>\nthree<br>\nfour" in letter.html


def test_a_title_cannot_add_a_row_of_its_own() -> None:
    letter = invited(facts=replace(FACTS, title="Lunch\nWhere: Elsewhere"))

    assert "What: Lunch Where: Elsewhere\n" in letter.text
