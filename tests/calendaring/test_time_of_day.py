"""Times of day are read however people type them."""

from __future__ import annotations

from datetime import time

import pytest

from daybook.calendaring.time_of_day import read_time


@pytest.mark.parametrize(
    "text",
    ["930", "9.30", "9:30", "09:30", "0930", "9h30", "9:30am", "9:30 a.m.", " 9 : 30 ", "9H30"],
)
def test_half_past_nine_has_many_spellings(text: str) -> None:
    assert read_time(text) == time(9, 30)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("9:30pm", time(21, 30)),
        ("21h30", time(21, 30)),
        ("21h", time(21)),
        ("2130", time(21, 30)),
        ("9.30pm", time(21, 30)),
        ("930pm", time(21, 30)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("noon", time(12)),
        ("Midnight", time(0)),
        ("7", time(7)),
    ],
)
def test_halves_of_the_day_and_words_are_understood(text: str, meant: time) -> None:
    assert read_time(text) == meant


@pytest.mark.parametrize(
    "text", ["", "24:00", "9:60", "13pm", "0am", "9m", "9:5", "half nine", "１０", "9:30:00"]
)
def test_anything_else_is_answered_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="such as 9:30"):
        read_time(text)
