"""Stories with a backup in the middle: the diary goes back in time, and calendars do not."""

from __future__ import annotations

import email
import random
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from tests.sync.firm import NAMES, SPANS, Firm, rolled_back
from tests.sync.mailbox import Mailbox, Seen, read
from tests.sync.post import Attempt, Post
from tests.sync.promises import wanted

from daybook.calendaring.address import normalise
from daybook.calendaring.event import Disclosure
from daybook.couriers.courier import Mail
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, Parcel
from daybook.sync import journal, orphans, quarantine
from daybook.sync.journal import Event, Journal
from daybook.sync.outbound import Outbound

FATES = ("accepted", "deferred", "answer lost", "lost on the way", "unreachable")
POINTS = ("claimed", "opened", "answered", "written")


class PostOfTheLost(Post):
    """Also carries what takes an entry back that is in no diary."""

    def _attempt(self, account: int, mail: Mail, fate: str) -> Attempt:
        try:
            return super()._attempt(account, mail, fate)
        except DiaryEntry.DoesNotExist:
            seen = read(mail.data)
            over = seen.end is not None and seen.end <= self._now()
            whose = seen.uid, normalise(mail.envelope_to)
            return Attempt(self._now(), account, mail, seen, fate, self.edits, over, "busy", whose)


class RestoredFirm(Firm):
    """A firm that keeps its journal in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder)
        super().__init__()
        self.journal.begin(self.now)
        self.post = PostOfTheLost(lambda: self.now)
        self.outbound = self._a_new_worker()

    def _a_new_worker(self) -> Outbound:
        return replace(super()._a_new_worker(), journal=self.journal)


@dataclass
class Told:
    """What came of one story: messages that left after the backup, and what was seen of them."""

    lost: int = 0
    newer: int = 0
    orphans: int = 0
    after: int = 0


def tell(seed: int, folder: Path) -> Told:
    """Tell one story and check all that a restore promises."""
    choose = random.Random(seed)
    firm = RestoredFirm(folder)
    live_on(firm, choose, steps=choose.randint(1, 6))
    waits = choose.random() < 0.5
    if waits:
        # What waits at the time of the backup, and leaves after it.
        change_something(firm, choose)
    before = len(firm.post.attempts)
    with rolled_back():
        live_on(firm, choose, steps=choose.randint(1, 6))
    lost = len(firm.post.attempts) - before
    firm.outbound = firm._a_new_worker()
    firm.mend()
    merged = quarantine.begin([folder], firm.now)
    check_orphans(firm)
    nothing_leaves(firm)
    orphans.take_back(by=firm.root, now=firm.now)
    quarantine.release(by=firm.root, now=firm.now)
    firm.post.edits += 1
    sent, known = len(firm.post.attempts), known_as_sent(firm)
    firm.run()
    firm.finish()
    check_versions(firm, sent)
    check_nothing_twice(firm, sent, known)
    check_calendars(firm)
    return Told(lost, merged.newer, merged.orphans, len(firm.post.attempts) - sent)


def live_on(firm: Firm, choose: random.Random, *, steps: int) -> None:
    for _ in range(steps):
        change_something(firm, choose)
        firm.post.fates = choose.choices(FATES, weights=(8, 1, 1, 1, 1), k=choose.randint(0, 4))
        if choose.random() < 0.2:
            firm.crash_at(choose.choice(POINTS))
        firm.run(minutes=choose.choice((1, 3, 10)))


def change_something(firm: Firm, choose: random.Random) -> None:
    entries = firm.entries()
    verb = choose.choice(("save", "edit", "edit", "people", "act"))
    if verb == "save" or not entries:
        people = choose.sample(NAMES, k=choose.randint(1, 3))
        firm.save(choose.choice(("ada", "ben")), *people, span=choose.choice(("later", "far")))
        return
    entry = choose.choice(entries)
    if verb == "edit":
        title = choose.choice(("Survey", "Visit", "Talk"))
        firm.edit(
            entry, title=title, span=choose.choice([name for name in SPANS if name != "past"])
        )
    elif verb == "people":
        firm.edit(entry, people=choose.sample(NAMES, k=choose.randint(0, 3)))
    else:
        firm.act(choose.choice(("cancel", "delete", "restore")), entry)


def check_orphans(firm: Firm) -> None:
    """Check that every entry in a calendar that the diary has not is listed, and nothing else."""
    here = {entry.uid.partition("@")[0] for entry in DiaryEntry.objects.all()}
    listed = {(row.uid.partition("@")[0], row.address_key) for row in orphans.left()}
    held = {
        (root_of(uid), key)
        for key, box in firm.post.mailboxes.items()
        for uid in box.holds
        if root_of(uid) not in here
    }
    assert held <= listed, f"not listed: {held - listed}"


def nothing_leaves(firm: Firm) -> None:
    attempts = len(firm.post.attempts)
    firm.run(minutes=30)
    assert len(firm.post.attempts) == attempts, "something left in quarantine"


def check_versions(firm: Firm, sent: int) -> None:
    """Check that whatever left after the release is above all that was ever seen of its UID."""
    earlier = firm.post.attempts[:sent]
    for attempt in firm.post.attempts[sent:]:
        same = [a for a in earlier if a.seen.uid == attempt.seen.uid and a.to == attempt.to]
        if not attempt.seen.uid or any(a.mail.data == attempt.mail.data for a in same):
            continue
        numbers = [a.seen.sequence for a in same]
        assert all(number < attempt.seen.sequence for number in numbers), (numbers, attempt.seen)


def known_as_sent(firm: RestoredFirm) -> set[str]:
    """Return the messages that arrived, and nothing may have arrived after, as the journal says.

    A worker that died between the answer and the journal could not say so.
    """
    newest: dict[tuple[str, str], tuple[str, Event]] = {}
    for line in journal.read(firm.journal.folder):
        if line.message and line.event is not Event.UNDELIVERED:
            message = line.message
            newest[message["uid"], message["key"]] = (message["message_id"], line.event)
    return {message for message, event in newest.values() if event is Event.SENT}


def check_nothing_twice(firm: Firm, sent: int, known: set[str]) -> None:
    """Check that nobody is told what was `known` to have arrived before the release."""
    for number, attempt in enumerate(firm.post.attempts[sent:], sent):
        same = [
            a
            for a in firm.post.attempts[:number]
            if (a.to, a.seen.root) == (attempt.to, attempt.seen.root)
        ]
        if same and message_id(same[-1]) in known:
            assert content(same[-1].seen) != content(attempt.seen), attempt.seen


def message_id(attempt: Attempt) -> str:
    """Return the Message-ID of a mail."""
    return str(email.message_from_bytes(attempt.mail.data)["Message-ID"])


def content(seen: Seen) -> tuple[object, ...]:
    """Return what a person could tell apart; a removal is a removal, whatever it is called."""
    if seen.method in ("CANCEL", "NOTICE"):
        return ("gone",)
    return (seen.title, seen.place, seen.notes, seen.start, seen.end, seen.organiser, seen.guests)


def check_calendars(firm: Firm) -> None:
    """Check that every calendar shows what the diary says, and nothing else."""
    entries, due = DiaryEntry.objects.select_related("type"), wanted()
    by_root = {entry.uid.partition("@")[0]: entry for entry in entries}
    for key, box in firm.post.mailboxes.items():
        for uid, seen in box.holds.items():
            entry = by_root.get(root_of(uid))
            over = seen.end is not None and seen.end <= firm.now
            assert over or (entry is not None and (entry.uid, key) in due), (key, seen)
    for entry in entries:
        assert entry.type.disclosure == Disclosure.FULL
        if entry.ends_at <= firm.now:
            continue
        for key in {key for uid, key in due if uid == entry.uid}:
            box = firm.post.mailboxes.get(key, Mailbox())
            held = [s for uid, s in box.holds.items() if root_of(uid) == root_of(entry.uid)]
            found = [(s.title, s.start, s.end) for s in held]
            assert found == [(entry.title, entry.starts_at, entry.ends_at)], (key, found)
    assert not Calendar.objects.filter(due_at__isnull=False).exists()
    assert not Parcel.objects.filter(state__in=("frozen", "opened")).exists()


def root_of(uid: str) -> str:
    """Return what all UIDs of one entry begin with."""
    return uid.partition("@")[0].partition(".self.")[0]


def told_alone(seed: int) -> Told:
    """Tell one story and undo it."""
    with tempfile.TemporaryDirectory() as folder, rolled_back():
        try:
            return tell(seed, Path(folder))
        except AssertionError:
            sys.stderr.write(f"the story of seed {seed}\n")
            raise
