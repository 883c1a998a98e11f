"""A board as a browser gets it: its chips with their marks, and the cells they lie in."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.web.build import Page

VOID = {"meta", "link", "input", "br", "img"}


@dataclass
class Marked:
    """A chip, and what it lies in: the day and person of the nearest cell or column."""

    marks: dict[str, str]
    within: dict[str, str]
    name: str = ""
    address: str = ""

    @property
    def classes(self) -> list[str]:
        return self.marks["class"].split()


@dataclass
class Board(HTMLParser):
    """The marks of a page."""

    page: Page
    marks: dict[str, str] = field(default_factory=dict)
    chips: list[Marked] = field(default_factory=list)
    cells: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(self.page.content.decode())

    def chip(self, title: str) -> Marked:
        """Return the first chip whose name begins with `title`."""
        return next(chip for chip in self.chips if chip.name.startswith(title))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = {name: value or "" for name, value in attrs}
        classes = marks.get("class", "").split()
        if marks.get("id") == "board":
            self.marks = marks
        if "data-day" in marks:
            self.cells.append(marks)
        if tag == "li" and "chip" in classes:
            within = next(around for _, around in reversed(self._open) if "data-day" in around)
            self.chips.append(Marked(marks, within))
        if tag == "a" and self._open and "chip" in self._open[-1][1].get("class", "").split():
            self.chips[-1].name = marks["aria-label"]
            self.chips[-1].address = marks["href"]
        if tag not in VOID:
            self._open.append((tag, marks))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open[-1][0] == tag, (self._open[-1], tag)
            self._open.pop()
