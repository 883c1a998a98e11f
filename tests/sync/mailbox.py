"""The calendar at the end of a mail, as strict as the strictest real one that was seen.

It shares nothing with the product: mails are read by the standard library alone.
"""

from __future__ import annotations

import email
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Seen:
    """What one mail says about one event. `end` is None for a mail without a calendar."""

    method: str
    uid: str
    sequence: int
    dtstamp: str
    title: str
    place: str
    notes: str
    start: datetime | None
    end: datetime | None
    organiser: str
    guests: frozenset[str]
    root: str

    @property
    def version(self) -> tuple[str, int, str]:
        """Return what orders messages (RFC 5546 section 2.1.5)."""
        return self.uid, self.sequence, self.dtstamp


def read(data: bytes) -> Seen:
    """Read one mail, by its calendar part or else by the file attached to it."""
    # The oldest policy takes no header apart that nobody asks for.
    mail = email.message_from_bytes(data)
    texts = {
        part.get_content_type(): part.get_payload(decode=True).decode()  # type: ignore[union-attr]
        for part in mail.walk()
        if part.get_content_type() in ("text/calendar", "application/ics")
    }
    text = texts.get("text/calendar") or texts.get("application/ics") or ""
    lines = re.sub(r"\r\n[ \t]", "", text).split("\r\n")
    event = lines[lines.index("BEGIN:VEVENT") :] if text else []
    is_file = "text/calendar" not in texts and bool(text)
    return Seen(
        method="FILE" if is_file else _value(lines, "METHOD") or "NOTICE",
        uid=_value(event, "UID"),
        sequence=int(_value(event, "SEQUENCE") or 0),
        dtstamp=_value(event, "DTSTAMP"),
        title=_text(_value(event, "SUMMARY")),
        place=_text(_value(event, "LOCATION")),
        notes=_text(_value(event, "DESCRIPTION")),
        start=_moment(event, "DTSTART"),
        end=_moment(event, "DTEND"),
        organiser=_address(_value(event, "ORGANIZER")),
        guests=frozenset(_address(guest) for guest in _values(event, "ATTENDEE")),
        root=str(mail["References"]).strip().strip("<>").partition(".")[0],
    )


@dataclass
class Mailbox:
    """One person's mailbox with a calendar that takes what arrives by itself.

    Only a higher SEQUENCE replaces or removes (several calendars ignore a newer DTSTAMP alone),
    only the organiser it knows may do so, and a removed event keeps its number. Files are opened
    and notices obeyed at once; what somebody opens by hand is theirs, whoever invited them to what
    is gone.
    """

    holds: dict[str, Seen] = field(default_factory=dict)
    last: dict[str, Seen] = field(default_factory=dict)

    def take(self, data: bytes) -> None:
        """Do what the calendar does with one mail."""
        self.obey(read(data))

    def obey(self, seen: Seen) -> None:
        """Do what the calendar does with a mail that was read."""
        if seen.method == "NOTICE":
            for uid in [uid for uid in self.holds if _root(uid) == seen.root]:
                del self.holds[uid]
            return
        known = self.last.get(seen.uid)
        by_hand = seen.method == "FILE" and seen.uid not in self.holds
        if known is not None and (
            seen.sequence <= known.sequence or (seen.organiser != known.organiser and not by_hand)
        ):
            return
        self.last[seen.uid] = seen
        if seen.method == "CANCEL":
            self.holds.pop(seen.uid, None)
        else:
            self.holds[seen.uid] = seen


def _root(uid: str) -> str:
    return hashlib.sha256(uid.encode()).hexdigest()[:40]


def _values(lines: list[str], name: str) -> list[str]:
    return [line for line in lines if line.startswith((f"{name}:", f"{name};"))]


def _value(lines: list[str], name: str) -> str:
    found = _values(lines, name)
    if not found:
        return ""
    # A quoted parameter may hold a colon.
    return re.sub(r'"[^"]*"', "", found[0]).partition(":")[2]


def _address(line: str) -> str:
    return line.rpartition("mailto:")[2].casefold()


def _text(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), value)


def _moment(lines: list[str], name: str) -> datetime | None:
    found = _values(lines, name)
    if not found:
        return None
    head, _, value = found[0].partition(":")
    zone = ZoneInfo(head.partition("TZID=")[2] or "UTC")
    return (
        datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=zone).astimezone(UTC)
    )
