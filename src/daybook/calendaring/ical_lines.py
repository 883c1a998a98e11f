"""Foreign iCalendar text as content lines and components, counted before anything is understood.

The parser of the `icalendar` library is used for one line at a time, never for a whole calendar:
given a whole one it expands the rules of every VTIMEZONE, and keeps zones by name for the next
calendar, so that one sender's zone would move another sender's times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from icalendar.parser import Contentline, Parameters

MOST_OCTETS = 1024 * 1024
MOST_LINES = 20_000
MOST_COMPONENTS = 1_000
DEEPEST = 5
LONGEST_HEAD = 4_000

# Up to the first colon that is not between quotation marks: the name and its parameters.
_HEAD = re.compile(r'[^":]*(?:"[^"]*"[^":]*)*:')
_FOLD = re.compile(r"\n[ \t]")
_ESCAPE = re.compile(r"\\([\\;,nN])")


class UnreadableText(ValueError):  # noqa: N818 (what it says is what it is)
    """The text is no calendar, or more of one than is read; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Line:
    """One property: upper-case name, parameters, and the value as it stands in the text."""

    name: str
    parameters: Parameters
    value: str

    def text(self) -> str:
        """Return the value of a property of type TEXT, unescaped (RFC 5545 section 3.3.11)."""
        return _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], self.value)

    def parameter(self, name: str) -> str:
        """Return a parameter as one text, "" if it is missing."""
        value = self.parameters.get(name, "")
        return ",".join(map(str, value)) if isinstance(value, list) else str(value)


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END."""

    name: str
    lines: list[Line] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)

    def find(self, name: str) -> list[Component]:
        return [child for child in self.children if child.name == name]

    def all(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def one(self, name: str) -> Line | None:
        """Return a property that may be there once; raises UnreadableText if it is there twice."""
        found = self.all(name)
        if len(found) > 1:
            raise UnreadableText(f"The entry says {name} more than once.")
        return found[0] if found else None


def unfold(raw: bytes) -> list[str]:
    """Return the content lines of `raw`, unfolded, without empty ones.

    Taken are UTF-8 with or without BOM, else Windows-1252, and CRLF or LF. Raises UnreadableText
    for more than 1 MiB, more than 20,000 lines, UTF-16 or binary data.
    """
    if len(raw) > MOST_OCTETS:
        raise UnreadableText("The calendar text is larger than 1 MiB.")
    if b"\0" in raw:
        raise UnreadableText("This is not a calendar text in UTF-8.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    unfolded = _FOLD.sub("", text.replace("\r\n", "\n"))
    if unfolded.count("\n") > MOST_LINES:
        raise UnreadableText(f"The calendar text has more than {MOST_LINES} lines.")
    return [line for line in unfolded.split("\n") if line.strip()]


def split(line: str) -> Line:
    """Return one unfolded content line in its parts. Raises UnreadableText."""
    head = _HEAD.match(line)
    if head is None or head.end() > LONGEST_HEAD:
        raise UnreadableText("A line of the calendar text is not of the form NAME:value.")
    try:
        name, parameters, _ = Contentline(head[0]).raw_parts()  # type: ignore[no-untyped-call]
    except ValueError:
        raise UnreadableText("A line of the calendar text is not of the form NAME:value.") from None
    return Line(name.upper(), parameters, line[head.end() :])


def calendar(raw: bytes) -> Component:
    """Return the one VCALENDAR of `raw`. Raises UnreadableText, also for what is left open."""
    root = Component("")
    open_components, count = [root], 0
    for line in map(split, unfold(raw)):
        if line.name == "BEGIN":
            count += 1
            if count > MOST_COMPONENTS or len(open_components) > DEEPEST:
                raise UnreadableText("The calendar text has too many parts.")
            component = Component(line.value.strip().upper())
            open_components[-1].children.append(component)
            open_components.append(component)
        elif line.name == "END":
            if line.value.strip().upper() != open_components.pop().name or not open_components:
                raise UnreadableText("The calendar text ends a part that was not begun.")
        else:
            open_components[-1].lines.append(line)
    calendars = root.find("VCALENDAR")
    if len(open_components) != 1 or len(calendars) != 1 or root.lines or len(root.children) != 1:
        raise UnreadableText("This is not one whole calendar.")
    return calendars[0]
