"""Whatever a day holds, nothing of it lies over anything else, and nothing is lost."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from daybook.web.diary import slots
from daybook.web.diary.layout import (
    MINUTES,
    SHORTEST,
    STEP,
    Block,
    Hidden,
    Placed,
    Stacked,
    Stretch,
    in_lanes,
    in_rows,
)

# However slow the machine: no time is asserted here.
quick = settings(max_examples=60, deadline=None)


def at(start: int, end: int) -> Block[str]:
    return Block(start * 60, end * 60, f"{start}-{end}")


def days() -> st.SearchStrategy[list[Block[int]]]:
    blocks = st.tuples(st.integers(0, MINUTES - 1), st.integers(0, 600))
    return st.lists(blocks, max_size=25).map(
        lambda drawn: [
            Block(start, min(MINUTES, start + length), number)
            for number, (start, length) in enumerate(drawn)
        ]
    )


def weeks() -> st.SearchStrategy[list[Stretch[int]]]:
    stretches = st.tuples(st.integers(0, 6), st.integers(1, 7))
    return st.lists(stretches, max_size=25).map(
        lambda drawn: [
            Stretch(first, min(7, first + length), number)
            for number, (first, length) in enumerate(drawn)
        ]
    )


def lanes_of(each: Placed[int] | Hidden[int]) -> tuple[float, float]:
    width = each.width if isinstance(each, Placed) else 1
    return each.lane / each.lanes, (each.lane + width) / each.lanes


@quick
@given(days(), st.integers(2, 6))
def test_no_two_blocks_cover_each_other(blocks: list[Block[int]], most: int) -> None:
    for one, other in combinations(in_lanes(blocks, most), 2):
        if one.start < other.end and other.start < one.end:
            (left, right), (left_other, right_other) = lanes_of(one), lanes_of(other)
            assert right <= left_other + 1e-9 or right_other <= left + 1e-9


@quick
@given(days(), st.integers(2, 6))
def test_every_block_is_drawn_or_counted_once(blocks: list[Block[int]], most: int) -> None:
    found: list[int] = []
    for each in in_lanes(blocks, most):
        found += [each.item] if isinstance(each, Placed) else each.items

    assert sorted(found) == [block.item for block in blocks]


@quick
@given(days(), st.integers(2, 6))
def test_lanes_are_few_and_stay_inside_the_day(blocks: list[Block[int]], most: int) -> None:
    drawn = in_lanes(blocks, most)

    for each in drawn:
        assert each.lanes <= most
        assert 0 <= each.start <= each.end - SHORTEST
        assert each.end <= MINUTES
        assert each.start % STEP == each.end % STEP == 0
        assert lanes_of(each)[1] <= 1
    assert all(one.start <= other.start for one, other in pairwise(drawn))


@quick
@given(days())
def test_a_block_covers_its_minutes(blocks: list[Block[int]]) -> None:
    by_item = {block.item: block for block in blocks}

    for each in in_lanes(blocks, 50):
        assert isinstance(each, Placed)
        block = by_item[each.item]
        assert each.start <= block.start
        assert each.end >= min(block.end, MINUTES)


def test_blocks_side_by_side_share_the_width() -> None:
    drawn = in_lanes([at(9, 11), at(10, 12), at(13, 14)], 4)

    assert [(each.lane, each.lanes) for each in drawn] == [(0, 2), (1, 2), (0, 1)]


def test_a_block_widens_over_lanes_that_are_free_all_the_while() -> None:
    # The long one keeps three lanes; the one below the short ones has two of them to itself.
    drawn = in_lanes([at(9, 17), at(9, 10), at(9, 10), at(11, 12)], 4)

    assert {each.item: each.width for each in drawn if isinstance(each, Placed)} == {
        "9-17": 1,
        "9-10": 1,
        "11-12": 2,
    }


def test_what_finds_no_lane_is_counted_in_the_last_one() -> None:
    drawn = in_lanes([at(9, 10)] * 7 + [at(14, 15)], 4)

    hidden = [each for each in drawn if isinstance(each, Hidden)]
    assert [(len(each.items), each.lane, each.lanes, each.start) for each in hidden] == [
        (4, 3, 4, 540)
    ]
    assert len(drawn) == 3 + 1 + 1


@quick
@given(weeks(), st.integers(1, 5))
def test_no_two_stretches_share_a_row_on_a_day(stretches: list[Stretch[int]], most: int) -> None:
    stacked, left_out = in_rows(stretches, 7, most)

    taken = [(each.row, day) for each in stacked for day in range(each.first, each.after)]
    assert len(taken) == len(set(taken))
    assert all(each.row < most for each in stacked)
    for day in range(7):
        touching = sum(each.first <= day < each.after for each in stretches)
        shown = sum(each.first <= day < each.after for each in stacked)
        assert touching == shown + left_out[day]


def test_what_lasts_several_days_lies_on_top_and_the_rest_keeps_its_order() -> None:
    stacked, _ = in_rows(
        [Stretch(1, 2, "early"), Stretch(1, 2, "late"), Stretch(0, 3, "trip")], 7, 3
    )

    assert stacked == [
        Stacked(0, 3, 0, "trip"),
        Stacked(1, 2, 1, "early"),
        Stacked(1, 2, 2, "late"),
    ]


def test_the_stylesheet_is_the_one_that_is_generated() -> None:
    assert slots.STYLESHEET.read_text(encoding="utf-8") == slots.stylesheet()


@quick
@given(days(), st.integers(2, slots.MOST_LANES))
def test_every_class_of_a_chip_has_its_rule(blocks: list[Block[int]], most: int) -> None:
    rules = slots.stylesheet()

    for each in in_lanes(blocks, most):
        width = each.width if isinstance(each, Placed) else 1
        where = slots.classes(
            each.start, each.end, lane=each.lane, lanes=each.lanes, width=width
        ).split()
        assert f".{where[0]}{{" in rules
        assert f".{where[1]}{{" in rules
        if each.lanes > 1:
            assert f".n{each.lanes}{{" in rules
            assert each.lane == 0 or f".n{each.lanes}.l{each.lane}{{" in rules
            assert width == 1 or f".n{each.lanes}.w{width}{{" in rules
