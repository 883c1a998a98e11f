"""Where things go on a board: minutes in, lanes out; days in, rows out.

Pure: nothing here knows entries, pages or clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")

MINUTES = 24 * 60
STEP = 5
# As little as a person can read and hit: half an hour is drawn 24 px high.
SHORTEST = 30


@dataclass(frozen=True, slots=True)
class Block(Generic[T]):
    """Something from minute `start` of a day up to, not including, minute `end`."""

    start: int
    end: int
    item: T


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A block in its lane: `width` lanes of `lanes`, from `lane` (the first is 0) on.

    `start` and `end` are the minutes as drawn: multiples of STEP, at least SHORTEST apart.
    """

    start: int
    end: int
    lane: int
    lanes: int
    width: int
    item: T


@dataclass(frozen=True, slots=True)
class Hidden(Generic[T]):
    """Blocks for which no lane was left, and where to say so: in the last lane."""

    start: int
    end: int
    lane: int
    lanes: int
    items: tuple[T, ...]


def in_lanes(blocks: Iterable[Block[T]], most: int) -> list[Placed[T] | Hidden[T]]:
    """Return the blocks of one day side by side, earliest first, in at most `most` lanes (>= 2).

    Blocks that overlap, as drawn, never share a lane. Those that touch each other directly or
    through others share the width equally, and each widens to the right over lanes that are free
    all the while. Where `most` lanes are too few, the last one only counts the rest.
    """
    drawn = sorted(map(_drawn, blocks), key=lambda block: (block.start, -block.end))
    placed: list[Placed[T] | Hidden[T]] = []
    for cluster in _clusters(drawn):
        placed += _side_by_side(cluster, most)
    return sorted(placed, key=lambda each: (each.start, each.lane))


def _drawn(block: Block[T]) -> Block[T]:
    start = max(0, min(block.start // STEP * STEP, MINUTES - SHORTEST))
    end = min(MINUTES, max(-(-block.end // STEP) * STEP, start + SHORTEST))
    return Block(start, end, block.item)


def _clusters(blocks: Sequence[Block[T]]) -> Iterator[list[Block[T]]]:
    """Yield the runs of sorted blocks that hang together by overlapping."""
    run: list[Block[T]] = []
    ends = 0
    for block in blocks:
        if run and block.start >= ends:
            yield run
            run = []
        run.append(block)
        ends = max(ends, block.end) if len(run) > 1 else block.end
    if run:
        yield run


def _side_by_side(cluster: list[Block[T]], most: int) -> list[Placed[T] | Hidden[T]]:
    free_from: list[int] = []
    in_lane: list[tuple[int, Block[T]]] = []
    for block in cluster:
        lane = next((n for n, end in enumerate(free_from) if end <= block.start), len(free_from))
        free_from[lane : lane + 1] = [block.end]
        in_lane.append((lane, block))
    lanes = min(len(free_from), most)
    last = lanes if len(free_from) <= most else most - 1
    rest = [block for lane, block in in_lane if lane >= last]
    hidden = [_counted(run, lanes) for run in _clusters(rest)]
    shown = [
        Placed(block.start, block.end, lane, lanes, 1, block.item)
        for lane, block in in_lane
        if lane < last
    ]
    taken: list[Placed[T] | Hidden[T]] = [*shown, *hidden]
    return [*(_widened(each, taken) for each in shown), *hidden]


def _counted(run: list[Block[T]], lanes: int) -> Hidden[T]:
    ends = max(block.end for block in run)
    return Hidden(run[0].start, ends, lanes - 1, lanes, tuple(block.item for block in run))


def _widened(placed: Placed[T], taken: Sequence[Placed[T] | Hidden[T]]) -> Placed[T]:
    beside = [
        other.lane
        for other in taken
        if other.lane > placed.lane and other.start < placed.end and placed.start < other.end
    ]
    return replace(placed, width=min(beside, default=placed.lanes) - placed.lane)


@dataclass(frozen=True, slots=True)
class Stretch(Generic[T]):
    """Something from day `first` (0 is the first of the row) up to, not including, day `after`."""

    first: int
    after: int
    item: T


@dataclass(frozen=True, slots=True)
class Stacked(Generic[T]):
    """A stretch in its row; the first row is 0."""

    first: int
    after: int
    row: int
    item: T


def in_rows(
    stretches: Iterable[Stretch[T]], days: int, most: int
) -> tuple[list[Stacked[T]], list[int]]:
    """Return the stretches under each other in at most `most` rows, and how many of each day
    found none.

    Longer ones are placed first and so lie on top; the rest keeps its order. No two share a row
    on any day.
    """
    taken: list[set[int]] = [set() for _ in range(days)]
    stacked: list[Stacked[T]] = []
    left_out = [0] * days
    in_order = sorted(stretches, key=lambda each: (each.after - each.first == 1, each.first))
    for stretch in in_order:
        covered = range(stretch.first, stretch.after)
        row = next(n for n in count() if not any(n in taken[day] for day in covered))
        if row >= most:
            for day in covered:
                left_out[day] += 1
            continue
        for day in covered:
            taken[day].add(row)
        stacked.append(Stacked(stretch.first, stretch.after, row, stretch.item))
    return sorted(stacked, key=lambda each: (each.first, each.row)), left_out
