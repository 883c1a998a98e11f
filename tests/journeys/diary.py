"""The diary in a browser: entries of a week nobody else uses, and hands to move them with."""

from __future__ import annotations

import re
from datetime import date, timedelta
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from playwright.sync_api import Locator, expect
from tests.journeys.visitor import Visitor

ME, NOTE, MEETING = "Amina Diallo", "Internal note", "Meeting"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


class Colleague:
    """Somebody else at the diary, without a browser: the demo's first administrator."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.post("/accounts/login/", "/demo/look-around/", [])

    def get(self, path: str) -> str:
        """Return a page."""
        with self._opener.open(self.address + path, timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, page: str, path: str, fields: list[tuple[str, str]]) -> str:
        """Send a form of `page` to `path`; return the page it leads to and its address."""
        token = TOKEN.search(self.get(page))
        assert token, page
        body = urlencode([("csrfmiddlewaretoken", token[1]), *fields]).encode()
        request = Request(self.address + path, body, {"Referer": self.address + page})  # noqa: S310
        with self._opener.open(request, timeout=30) as answer:
            return f"{answer.url}\n{answer.read().decode()}"

    def write(
        self,
        title: str,
        day: date,
        hours: str = "10:00-11:00",
        *,
        kind: str = NOTE,
        people: tuple[str, ...] = (ME,),
        last: date | None = None,
    ) -> int:
        """Make an entry and return its number; `last` makes it all-day, up to that day."""
        form = self.get("/entries/new/")
        start, _, end = hours.partition("-")
        fields = [
            ("title", title),
            ("type", _value(form, "option", kind)),
            ("start_date", day.isoformat()),
            ("start_time", "" if last else start),
            ("end_time", "" if last else end),
            ("timezone", "Europe/London"),
            *(("people", _person(form, name)) for name in people),
        ]
        if last:
            fields += [("all_day", "on"), ("end_date", last.isoformat())]
        made = self.post("/entries/new/", "/entries/new/", fields)
        number = re.match(r"\S+/entries/(\d+)/", made)
        assert number, made[:200]
        return int(number[1])


def _value(form: str, element: str, label: str) -> str:
    found = re.search(rf'<{element} value="(\d+)"[^>]*>\s*{re.escape(label)}\s*<', form)
    assert found, label
    return found[1]


def _person(form: str, name: str) -> str:
    found = re.search(
        rf'name="people" value="(\d+)"(?:(?!</label>).)*{re.escape(name)}', form, re.DOTALL
    )
    assert found, name
    return found[1]


class Diary:
    """Somebody's browser on the diary.

    `later` weeks keep two browsers that do the same apart.
    """

    def __init__(self, visitor: Visitor, *, later: int = 0) -> None:
        self.visitor, self.page = visitor, visitor.page
        self._weeks = 20 + later
        self.said = self.page.locator("#notices")

    def monday(self, weeks: int) -> date:
        """Return a Monday far enough ahead that the demo has nothing in its week."""
        today = date.today()  # noqa: DTZ011 - any week does
        return today + timedelta(days=-today.weekday(), weeks=self._weeks + weeks)

    def open(self, day: date, view: str = "week", **more: str) -> None:
        """Show some days."""
        query = urlencode({"view": view, "date": day.isoformat(), **more})
        self.visitor.go(f"/?{query}")
        expect(self.page.locator("#board")).to_be_visible()

    def chip(self, title: str) -> Locator:
        """Return the first piece of an entry."""
        return (
            self.page.locator("#board li.chip")
            .filter(has=self.page.locator(f"b:text-is('{title}')"))
            .first
        )

    def link(self, title: str) -> Locator:
        """Return the link of an entry, which takes the focus."""
        return self.chip(title).locator("a")

    def when(self, title: str) -> tuple[str, str]:
        """Return when an entry begins and ends, as the board has it."""
        chip = self.chip(title)
        return chip.get_attribute("data-start") or "", chip.get_attribute("data-end") or ""

    def expect_at(self, title: str, start: str, end: str) -> None:
        """Wait until the server has drawn an entry there, and nothing is in the hand."""
        chip = self.chip(title)
        expect(chip).to_have_attribute("data-start", start)
        expect(chip).to_have_attribute("data-end", end)
        expect(self.page.locator("#board .held, #board [aria-busy]")).to_have_count(0)

    def slot(self, day: date, time: str, person: str = "") -> tuple[float, float]:
        """Return the point of a column at a time of the day."""
        column = self.page.locator(f"section.column[data-day='{day}']")
        if person:
            column = column.filter(has=self.page.locator(f"h2:has-text('{person}')"))
        box = column.locator("ol.slots").bounding_box()
        assert box
        hour, _, minute = time.partition(":")
        past = (int(hour) * 60 + int(minute)) / 1440
        return box["x"] + box["width"] * 0.6, box["y"] + box["height"] * past

    def cell(self, day: date, person: str = "") -> tuple[float, float]:
        """Return a free point of a day in a table: near its lower edge."""
        cell = self.page.locator(f"td[data-day='{day}']")
        if person:
            cell = self.page.locator("tr").filter(has_text=person).locator(f"td[data-day='{day}']")
        box = cell.bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] - 12

    def middle(self, title: str) -> tuple[float, float]:
        """Return the point an entry is taken at: a little below its upper edge."""
        box = self.chip(title).bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + min(8, box["height"] / 2)

    def lower_edge(self, title: str) -> tuple[float, float]:
        """Return the point by which an entry is made longer."""
        box = self.chip(title).bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] - 3

    def drag(
        self, start: tuple[float, float], end: tuple[float, float], *, let_go: bool = True
    ) -> None:
        """Press, move in several steps as a hand does, and let go."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(*end, steps=8)
        if let_go:
            mouse.up()
