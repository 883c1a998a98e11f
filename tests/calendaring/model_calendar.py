"""A calendar at the far end: what its owner sees after each mail, by the rules of RFC 5546.

It reads with libraries that share nothing with the product. It is as strict as the strictest real
calendars: an older version never wins (section 2.1.5), only the organiser it knows is obeyed, and
a request from its own mailbox is ignored unless it is one of the few that take them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.calendaring.reading import Event, Mail, read_mail


@dataclass
class ModelCalendar:
    """The calendar of one mailbox. `takes_own_requests`: see `CalendarKind.OTHER`."""

    address: str
    takes_own_requests: bool = False
    _shown: dict[str, Event] = field(default_factory=dict)
    _versions: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    _files: dict[str, str] = field(default_factory=dict)

    def apply(self, raw: bytes) -> str:
        """Take in one mail and return what it did.

        "added", "changed", "removed", or "ignored: " and why. The owner does at once what a mail
        asks him to do by hand: he opens the attached file, or removes what came from one.
        """
        mail = read_mail(raw)
        to = mail.message["To"].addresses[0].addr_spec
        if to.casefold() != self.address.casefold():
            return f"ignored: it is for {to}"
        if mail.calendar is None:
            return self._open(mail)
        event = mail.event
        refusal = self._refusal(event)
        if refusal:
            return f"ignored: {refusal}"
        return self._cancel(event) if event.method == "CANCEL" else self._show(event)

    def events(self) -> list[Event]:
        """Return what the owner sees, in order of start."""
        return sorted(self._shown.values(), key=lambda event: str(event.start))

    def _open(self, mail: Mail) -> str:
        thread = mail.header("References")
        if mail.file is not None:
            event = mail.event
            if event.organiser is not None and self._is_own(event.organiser.address):
                return "ignored: it names this mailbox as its organiser"
            self._files[thread] = event.uid
            return self._refused_as_old(event) or self._show(event)
        # Words alone: the owner finds the entry they are about, and removes it.
        found = self._shown.pop(self._files.get(thread, ""), None)
        return "removed" if found else "ignored: there is nothing to remove"

    def _refusal(self, event: Event) -> str:
        if event.method not in ("REQUEST", "CANCEL") or event.organiser is None:
            return "no method or no organiser"
        if not any(self._is_own(guest.address) for guest in event.guests):
            return "this mailbox is not invited"
        if self._is_own(event.organiser.address) and not self.takes_own_requests:
            return "it comes from this mailbox"
        known = self._shown.get(event.uid)
        if known and known.organiser and known.organiser.address != event.organiser.address:
            return "somebody else organises it"
        return self._refused_as_old(event).removeprefix("ignored: ")

    def _refused_as_old(self, event: Event) -> str:
        known = self._versions.get(event.uid)
        old = known is not None and (event.sequence, event.dtstamp) <= known
        return "ignored: it is not newer" if old else ""

    def _show(self, event: Event) -> str:
        done = "changed" if event.uid in self._shown else "added"
        self._shown[event.uid] = event
        self._versions[event.uid] = (event.sequence, event.dtstamp)
        return done

    def _cancel(self, event: Event) -> str:
        self._versions[event.uid] = (event.sequence, event.dtstamp)
        return "removed" if self._shown.pop(event.uid, None) else "ignored: it was not there"

    def _is_own(self, address: str) -> bool:
        return address.casefold() == self.address.casefold()
