"""One line of quick add: what it means, and that it never breaks."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybook.calendaring.quick_add import (
    LONGEST_LINE,
    Around,
    Fault,
    Named,
    QuickEntry,
    line_of,
    read,
    read_back,
)

MANUAL = Path(__file__).parents[2] / "docs" / "quick-add.md"
TYPES = (Named(1, "Site visit"), Named(2, "Call"), Named(3, "Leave"))
PEOPLE = (
    Named(1, "Ada Firm", "ada"),
    Named(2, "Ben Okafor", "ben"),
    Named(3, "Benita Łódź", "benita"),
    Named(4, "Grace Lin", "grace"),
)
MONDAY = datetime(2026, 11, 23, 8)
ADA = Around(MONDAY, TYPES, PEOPLE, me=1, usual_type=2)


def clock(at: datetime) -> str:
    return f"{at:%H:%M}"


def said(line: str, around: Around = ADA) -> str:
    meant = read(line, around)
    if isinstance(meant, Fault):
        return meant.sentence
    return f"{meant.title}: {read_back(meant, around, clock)}"


def entry(line: str, around: Around = ADA) -> QuickEntry:
    meant = read(line, around)
    assert isinstance(meant, QuickEntry), meant
    return meant


def fault(line: str, around: Around = ADA) -> Fault:
    meant = read(line, around)
    assert isinstance(meant, Fault), meant
    return meant


def examples() -> list[tuple[str, str]]:
    """Return every line the manual shows, with what it says about it."""
    return re.findall(r"^\| `(.*?)` \| (.*) \|$", MANUAL.read_text(), re.MULTILINE)


def test_every_example_of_the_manual_is_read_as_it_says() -> None:
    assert {line: said(line) for line, _ in examples()} == dict(examples())
    assert len(examples()) > 60


def test_a_fault_says_where_in_the_line_it_is() -> None:
    line = "Demo Thu 10:00 @nobody #call"
    found = fault(line)

    assert line[found.start : found.end] == "@nobody"


def test_each_choice_is_a_line_that_is_clear() -> None:
    found = fault("Demo Thu 10:00 @be")

    assert [(choice.name, entry(choice.line).people) for choice in found.choices] == [
        ("Ben Okafor", (2,)),
        ("Benita Łódź", (3,)),
    ]


def test_of_two_days_each_can_be_the_title() -> None:
    found = fault("Sun Alliance Thu 10:00")

    assert [entry(choice.line).title for choice in found.choices] == [
        "Sun Alliance",
        "Alliance Thu",
    ]


def test_people_of_one_name_are_told_apart_by_their_handles() -> None:
    twins = Around(MONDAY, TYPES, (*PEOPLE, Named(9, "Grace Lin", "grace2")), me=1, usual_type=2)
    found = fault('Demo Thu 10:00 @"Grace Lin"', twins)

    assert [choice.name for choice in found.choices] == ["Grace Lin (grace)", "Grace Lin (grace2)"]
    assert [entry(choice.line, twins).people for choice in found.choices] == [(4,), (9,)]


def test_a_whole_name_comes_before_the_beginning_of_another() -> None:
    types = (Named(1, "Call"), Named(2, "Call back"))

    assert entry("Demo Thu 10:00 #call", Around(MONDAY, types, PEOPLE, me=1)).type_id == 1


def test_without_a_usual_type_the_line_has_to_name_one() -> None:
    first = Around(MONDAY, TYPES, PEOPLE, me=1)
    found = fault("Demo Thu 10:00", first)

    assert (found.code, found.missing) == ("no_type", True)
    assert [entry(choice.line, first).type_id for choice in found.choices] == [1, 2, 3]


def test_what_is_wrong_is_said_before_what_is_missing() -> None:
    assert fault("Boiler survey @nobody").code == "unknown_person"


def test_an_address_or_a_sign_inside_a_word_is_part_of_the_title() -> None:
    assert entry("Ask a@b.example about C# Thu 10:00").title == "Ask a@b.example about C#"


def test_a_29_february_without_a_year_is_the_next_there_is() -> None:
    assert entry("Demo 29 Feb").start == datetime(2028, 2, 29)


def test_somebody_named_twice_is_on_it_once() -> None:
    assert entry("Demo Thu 10:00 @ben @okafor").people == (2,)


@pytest.mark.parametrize("noise", ["9" * 500, "Thu " * 125, '"' * 500, "#" * 500, "at " * 166])
def test_a_line_made_to_be_slow_is_not(noise: str) -> None:
    # Processor time, and far from what it takes: a pattern that explodes takes minutes.
    begun = process_time()
    read(noise[:LONGEST_LINE], ADA)

    assert process_time() - begun < 5


def test_a_longer_line_is_refused() -> None:
    assert fault("x" * (LONGEST_LINE + 1)).code == "too_long"


# Pieces that mean something, and the glue between: their mixtures are where a reader breaks.
WORDS = """
Boiler survey Thu Mon-Wed next this 14-15:30 9.30 930 9:30pm 99:99 31/2 0/0 11/26 26.11.2026 noon
2026-02-30 9999-12-31 today for 45 min 1h 999 days all day at from to - – @ben @be @ # #site " 26
"Sun Alliance" Nov 29 Feb 1999 @"Grace Lin" “a” ١٤:٣٠ \x00 \ud800 ,;
"""
PIECES = st.sampled_from(WORDS.split())
LINES = st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=14).map(" ".join))
NOW = st.datetimes(datetime(1970, 1, 1), datetime(2190, 1, 1))


@given(line=LINES, now=NOW)
@settings(max_examples=200, deadline=None)
def test_no_line_breaks_it_and_what_comes_out_can_be(line: str, now: datetime) -> None:
    meant = read(line, Around(now, TYPES, PEOPLE, me=1, usual_type=2))

    if isinstance(meant, Fault):
        assert meant.sentence
        assert 0 <= meant.start <= meant.end <= len(line)
    else:
        assert meant.start < meant.end
        assert meant.title
        assert meant.people


def texts(longest: int) -> st.SearchStrategy[str]:
    """Return texts as titles and places are: one line, no spaces around it."""
    letters = st.characters(exclude_categories=("C", "Z"), include_characters=' "')
    return st.text(letters, min_size=1, max_size=longest).map(str.strip).filter(bool)


@st.composite
def entries(draw: st.DrawFn) -> QuickEntry:
    start = draw(st.datetimes(datetime(1971, 1, 1), datetime(2198, 1, 1)))
    start = start.replace(second=0, microsecond=0)
    minutes = draw(st.integers(1, 100 * 24 * 60))
    all_day = draw(st.booleans())
    if all_day:
        start = start.replace(hour=0, minute=0)
        minutes = max(1, minutes // 1440) * 1440
    return QuickEntry(
        draw(texts(60)),
        start,
        start + timedelta(minutes=minutes),
        all_day,
        draw(st.sampled_from(TYPES)).id,
        tuple(draw(st.lists(st.sampled_from([p.id for p in PEOPLE]), min_size=1, unique=True))),
        draw(st.one_of(st.just(""), texts(60))),
    )


@given(meant=entries(), now=NOW)
@settings(max_examples=100, deadline=None)
def test_an_entry_written_as_a_line_reads_as_that_entry(meant: QuickEntry, now: datetime) -> None:
    line = line_of(meant, TYPES, PEOPLE)

    assert read(line, Around(now, TYPES, PEOPLE, me=1, usual_type=2)) == meant
