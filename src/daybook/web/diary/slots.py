"""The rules that place a chip by its classes: pages may carry no style of their own.

`python -m daybook.web.diary.slots` writes them into the stylesheet; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from daybook.web.diary.layout import MINUTES, STEP

STYLESHEET = Path(__file__).parents[1] / "static" / "daybook" / "slots.css"
MOST_LANES = 10
INTRODUCTION = """\
/* Written by `python -m daybook.web.diary.slots`. A slot is five minutes:
   s114 begins at 9:30, d18 lasts an hour and a half; n3 l1 w2 is the second of three lanes
   and two lanes wide. */
"""


def classes(start: int, end: int, *, lane: int, lanes: int, width: int = 1) -> str:
    """Return the classes of what is drawn from minute `start` up to `end` in its lane."""
    slot = f"s{start // STEP} d{(end - start) // STEP}"
    if lanes == 1:
        return slot
    return f"{slot} n{lanes} l{lane}" + (f" w{width}" if width > 1 else "")


def stylesheet() -> str:
    """Return the rules of every slot, length and lane."""
    rules = "\n".join([*_rows(), *_lanes()])
    screen = "@media screen and (width >= 700px) {\n"
    return f"{INTRODUCTION}@layer views {{\n{screen}{rules}\n}}\n}}\n"


def _rows() -> Iterator[str]:
    for row in range(MINUTES // STEP):
        yield f".s{row}{{grid-row-start:{row + 1}}}.d{row + 1}{{grid-row-end:span {row + 1}}}"


def _lanes() -> Iterator[str]:
    for lanes in range(2, MOST_LANES + 1):
        yield f".n{lanes}{{width:{100 / lanes:.4g}%}}"
        for lane in range(1, lanes):
            yield f".n{lanes}.l{lane}{{margin-inline-start:{100 * lane / lanes:.4g}%}}"
        for width in range(2, lanes):
            yield f".n{lanes}.w{width}{{width:{100 * width / lanes:.4g}%}}"
        yield f".n{lanes}.w{lanes}{{width:100%}}"


if __name__ == "__main__":
    STYLESHEET.write_text(stylesheet(), encoding="utf-8")
