"""The numbers by which calendars tell newer from older (RFC 5546 section 2.1.4)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from daybook.calendaring.reconcile import next_sequence


def test_the_first_message_of_all_has_number_zero() -> None:
    assert next_sequence(0, None) == 0


def test_somebody_invited_later_gets_the_number_the_others_are_at() -> None:
    assert next_sequence(4, None) == 4


def test_an_edit_that_raised_the_counter_gives_everybody_its_number() -> None:
    assert next_sequence(5, 4) == 5


def test_somebody_taken_off_or_put_back_gets_more_than_he_had_though_nothing_was_edited() -> None:
    assert next_sequence(4, 4) == 5
    assert next_sequence(4, 6) == 7


# A life of one UID: at each step either an edit, or a message to one of three calendars.
LIVES = st.lists(st.one_of(st.just("edit"), st.sampled_from(["ada", "ben", "cleo"])), max_size=40)


@given(LIVES)
def test_numbers_never_fall_and_no_calendar_sees_one_twice(life: list[str]) -> None:
    counter, highest, used = 0, dict[str, int](), False
    for event in life:
        if event == "edit":
            counter, used = counter + used, False
            continue
        number = next_sequence(counter, highest.get(event))

        assert number >= counter
        assert number > highest.get(event, -1)
        counter, highest[event], used = max(counter, number), number, True
