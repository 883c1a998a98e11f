"""Tells a story of mails (see exchanges/README.md) to a small diary, line by line."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.calendaring.exchange_verbs import NAMES, TIMES, VERBS, span_of
from tests.calendaring.reading import Event, read_mail
from tests.calendaring.small_diary import Sent, SmallDiary

from daybook.calendaring.event import CalendarKind


class StoryError(Exception):
    """A line nobody understands, or one that turned out not to be true."""


@dataclass
class Story:
    """One story while it is told; `sent` and `waiting` are what the last line above led to."""

    diary: SmallDiary = field(default_factory=SmallDiary)
    sent: list[Sent] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)

    def tell(self, line: str) -> None:
        """Do or check what one line says. Raises StoryError."""
        sign, _, rest = line.partition(" ")
        rest = rest.strip()
        if sign == "people:":
            for someone in re.split(r",\s*(?![^(]*\))", rest):
                self._introduce(someone)
        elif sign in (">", ">>"):
            self._nothing_unsaid()
            self._do(rest)
            if sign == ">":
                self.sent, self.waiting = self.diary.catch_up()
                self._calendars_agree()
        elif sign == "<":
            self._expect(rest)
        elif sign == "=":
            self._nothing_unsaid()
            self._look(rest)
        elif sign == "?":
            self._ask(rest)
        else:
            raise StoryError("a line begins with people: > >> < = ? or #")

    def end(self) -> None:
        self._nothing_unsaid()

    def _introduce(self, someone: str) -> None:
        found = re.fullmatch(r"(\w+)\s*(?:\((.*)\))?", someone.strip())
        if found is None:
            raise StoryError(f"who is {someone!r}?")
        name, traits = found[1], [t.strip() for t in (found[2] or "").split(",") if t.strip()]
        kinds = {f"uses {kind.value}": kind for kind in CalendarKind}
        said: dict[str, Any] = {}
        for trait in traits:
            if trait in kinds:
                said["kind"] = kinds[trait]
            elif trait == "sync off":
                said["diary_sync"] = False
            elif trait != "can send":
                raise StoryError(f"nobody can be {trait!r}")
        self.diary.add(name, can_send="can send" in traits, **said)

    def _do(self, words: str) -> None:
        for pattern, do in VERBS:
            found = pattern.fullmatch(words)
            if found:
                do(self.diary, **found.groupdict())
                return
        raise StoryError(f"nobody knows how to {words!r}")

    def _expect(self, words: str) -> None:
        if words == "nothing":
            self._nothing_unsaid()
            return
        waits = re.fullmatch(r"(\w+) waits: (\w+)", words)
        if waits:
            self._expect_waiting(waits[1], waits[2])
            return
        mail = re.fullmatch(
            r"mail to (\S+)\s+(REQUEST|CANCEL|FILE|NOTICE)\s+sequence (\d+)"
            r'(?:\s+from (\S+))?(?:\s+"(.*)")?',
            words,
        )
        if mail is None:
            raise StoryError("expected: < mail to NAME METHOD sequence NUMBER [from NAME] [words]")
        to, method, number, sender, said = mail.groups()
        for sent in self.sent:
            message = sent.message
            if (sent.key, message.method, message.sequence) == (
                self._address(to),
                method,
                int(number),
            ):
                self._compare(sent, sender, said)
                self.sent.remove(sent)
                return
        raise StoryError(f"no such mail; still to be named: {self._unsaid() or 'nothing'}")

    def _compare(self, sent: Sent, sender: str | None, said: str | None) -> None:
        if sender and sent.message.envelope_from != self._address(sender):
            raise StoryError(f"it came from {sent.message.envelope_from}")
        subject, text = words_of(sent)
        if said and said not in subject and said not in text:
            raise StoryError(f"it says {subject!r} and\n{text}")

    def _expect_waiting(self, name: str, reason: str) -> None:
        found = self.waiting.pop(self._address(name), "nothing")
        if found != reason:
            raise StoryError(f"{name} waits for {found}")

    def _nothing_unsaid(self) -> None:
        unsaid = self._unsaid()
        if unsaid:
            raise StoryError(f"not named before: {unsaid}")

    def _unsaid(self) -> str:
        mails = [
            f"mail to {sent.key} {sent.message.method} sequence {sent.message.sequence}"
            for sent in self.sent
        ]
        return "; ".join(mails + [f"{key} waits: {why}" for key, why in self.waiting.items()])

    def _look(self, words: str) -> None:
        found = re.fullmatch(
            rf"(\S+?)'s calendar: (?:nothing|\"(?P<title>.*?)\" (?P<times>{TIMES})"
            rf'(?: at "(?P<place>.*?)")?(?: with (?P<guests>{NAMES}))?)',
            words,
        )
        if found is None:
            raise StoryError('expected: = NAME\'s calendar: nothing, or "TITLE" TIMES [at "PLACE"]')
        events = self.diary.calendars[self._address(found[1])].events()
        if found["title"] is None:
            if events:
                raise StoryError(f"it shows {events}")
            return
        if len(events) != 1:
            raise StoryError(f"it shows {events}")
        self._same(events[0], found)

    def _same(self, event: Event, found: re.Match[str]) -> None:
        span = span_of(found["times"])
        shown: list[Any] = [event.title, event.start, event.end]
        wanted: list[Any] = [found["title"], span.starts_at(), span.ends_at()]
        if span.all_day:
            wanted[1:] = [span.start.wall.date(), span.end.wall.date()]
        if found["place"] is not None:
            shown.append(event.place)
            wanted.append(found["place"])
        if found["guests"]:
            shown.append(sorted(guest.address for guest in event.guests))
            wanted.append(sorted(map(self._address, found["guests"].split(", "))))
        if shown != wanted:
            raise StoryError(f"it shows {shown}")

    def _ask(self, words: str) -> None:
        name, _, reason = words.partition(": ")
        found = self.diary.why_not(name) or "yes"
        if found != reason:
            raise StoryError(f"the diary says {found}")

    def _address(self, name: str) -> str:
        if "@" in name:
            return name
        if name == "firm":
            return self.diary.service.key if self.diary.service else ""
        if name not in self.diary.people:
            raise StoryError(f"who is {name}?")
        return self.diary.people[name].person.key

    def _calendars_agree(self) -> None:
        """Whatever the story is: each mail did something, and calendars show what was told."""
        withdrawn = [sent.message.method in ("CANCEL", "NOTICE") for sent in self.sent]
        if withdrawn != sorted(withdrawn, reverse=True):
            raise StoryError("withdrawals do not come first")
        for sent in self.sent:
            if sent.did.startswith("ignored"):
                raise StoryError(f"the calendar {sent.key} {sent.did}")
        told = Counter((key, told.uid, told.holding.facts.title) for key, told in self.diary.told())
        shown = Counter(
            (key, event.uid, event.title)
            for key, calendar in self.diary.calendars.items()
            for event in calendar.events()
        )
        if told != shown:
            raise StoryError(f"told {told}, shown {shown}")


def words_of(sent: Sent) -> tuple[str, str]:
    mail = read_mail(sent.message.data)
    return mail.header("Subject"), mail.text
