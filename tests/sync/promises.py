"""What must be true of every story, however it goes: said without the product's own decisions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Q
from tests.sync.firm import Firm
from tests.sync.mailbox import Mailbox, Seen
from tests.sync.post import READY, Attempt

from daybook.entries.models import Assignment, DiaryEntry
from daybook.ledger.models import Calendar, Parcel, UidCounter
from daybook.people.models import MailAccount, Person, ServiceOrganiser
from daybook.sync import explain, repair
from daybook.sync.explain import CalendarShown

# After these nothing more is said until somebody does something.
ENDS = ("accepted", "refused", "message refused")


def wanted() -> set[tuple[str, str]]:
    """Return the UID of each entry with each address that should have it, over or not."""
    rows = Assignment.objects.filter(
        entry__deleted_at=None,
        entry__type__synchronise=True,
        person__is_active=True,
        person__diary_sync=True,
    )
    rows = rows.exclude(entry__state="cancelled").exclude(person__email_key="").order_by()
    return set(rows.values_list("entry__uid", "person__email_key"))


class Mails:
    """Every mail that left: what holds of it is checked once, and of it beside those before it."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self._checked = 0
        self._streams: dict[tuple[str, str], _Stream] = defaultdict(_Stream)
        self._bytes_of: dict[object, bytes] = {}

    def check(self) -> None:
        """Check those that left since this was asked last; to be asked after every step."""
        coming = self.firm.post.attempts[self._checked :]
        self._checked += len(coming)
        for attempt in coming:
            self._check(attempt)

    def _check(self, attempt: Attempt) -> None:
        firm, seen, data = self.firm, attempt.seen, attempt.mail.data
        message_id = next(line for line in data.split(b"\r\n") if line.startswith(b"Message-ID:"))
        assert self._bytes_of.setdefault(message_id, data) == data, "one Message-ID, two mails"
        version = (attempt.to, *seen.version)
        if seen.uid:
            assert self._bytes_of.setdefault(version, data) == data, "one version, two mails"
        assert attempt.calendar in firm.wanted_once, "it was never wanted there"
        assert not attempt.over, "it was over"
        left = firm.left_at_rest.get(attempt.edits, set())
        assert attempt.calendar not in left, "it was to be left as it is"
        self._streams[attempt.calendar].check(attempt)


@dataclass
class _Stream:
    """The mails about one calendar, in order."""

    last: Attempt | None = None
    gone: set[bytes] = field(default_factory=set)

    def check(self, after: Attempt) -> None:
        _check_disclosure(after)
        before, self.last = self.last, after
        if before is None:
            return
        if before.mail.data != after.mail.data:
            self.gone.add(before.mail.data)
            assert after.mail.data not in self.gone, "an old mail went after a newer one"
            assert before.edits < after.edits, "another mail without a reason"
            if before.seen.uid and before.seen.uid == after.seen.uid:
                assert before.seen.sequence < after.seen.sequence, "SEQUENCE did not rise"
                assert before.seen.dtstamp < after.seen.dtstamp, "DTSTAMP did not rise"
        if before.fate in ENDS:
            assert before.edits < after.edits or _died_between(before), "sent again"


def _check_disclosure(attempt: Attempt) -> None:
    seen = attempt.seen
    if attempt.disclosure == "busy":
        assert seen.title in ("Busy", ""), "a title left the diary"
    if attempt.disclosure != "full":
        assert (seen.place, seen.notes) == ("", ""), "place or notes left the diary"


def _died_between(attempt: Attempt) -> bool:
    """Return whether the worker died before it could write down what became of it."""
    return Parcel.objects.filter(pk=attempt.mail.key, uncertain=True).exists()


def check_end(firm: Firm) -> None:
    """Check what holds when every server behaves and nothing is left to do."""
    Mails(firm).check()
    assert not Calendar.objects.filter(due_at__isnull=False).exists()
    assert repair.repair(firm.now) == 0, "repair found something"
    entries = DiaryEntry.objects.select_related("type").prefetch_related("assignments__person")
    for entry in entries:
        on_it = {row.person_id: row.person.email_key for row in entry.assignments.all()}
        for shown in explain.calendars(entry, firm.now):
            # A creator who is not on it may share the address of somebody who is.
            if shown.person in on_it or shown.address.casefold() not in on_it.values():
                _check_calendar(firm, entry, shown)
    _check_no_strangers(firm, {entry.pk: entry for entry in entries})
    sent = len(firm.post.attempts)
    firm.run(minutes=5)
    assert len(firm.post.attempts) == sent, "a second run mailed again"


def _check_calendar(firm: Firm, entry: DiaryEntry, shown: CalendarShown) -> None:
    if not shown.in_step:
        assert shown.sentence, f"out of step and no reason: {shown}"
        assert _is_true(firm, entry, shown), f"out of step for no true reason: {shown}"
        return
    key = shown.address.casefold()
    own_uid = shown.uid.partition("@")[0].partition(".self.")[0] == entry.uid.partition("@")[0]
    box = firm.post.mailboxes.get(key, Mailbox())
    held = [seen for uid, seen in box.holds.items() if _is_of(uid, entry.uid)]
    if own_uid:
        _check_holding(firm, entry, key, held, shown)


def _check_holding(
    firm: Firm, entry: DiaryEntry, key: str, held: list[Seen], shown: CalendarShown
) -> None:
    refused = Parcel.objects.filter(
        calendar__uid=entry.uid, envelope_to__iexact=key, state="refused"
    )
    if refused.filter(method__in=("CANCEL", "NOTICE")).exists():
        # What could not be taken away stays, and is in the way of what another organiser sends.
        return
    ends = [seen.end for seen in held if seen.end is not None]
    if entry.ends_at <= firm.now and all(end <= firm.now for end in ends):
        return
    if (entry.uid, key) in wanted() and not (entry.ends_at <= firm.now and not held):
        assert len(held) == 1, f"{key} holds {held} of {entry.uid}, told {shown}"
        _check_facts(firm, entry, held[0], key)
    else:
        assert not held, f"{key} still holds {held}"


def _check_facts(firm: Firm, entry: DiaryEntry, held: Seen, key: str) -> None:
    disclosure = entry.type.disclosure
    full = disclosure == "full"
    assert held.title == ("Busy" if disclosure == "busy" else entry.title)
    assert (held.place, held.notes) == ((entry.location, entry.notes) if full else ("", ""))
    assert (held.start, held.end) == (entry.starts_at, entry.ends_at)
    if disclosure == "busy" or ".self." in held.uid:
        return
    on_it = [row.person_id for row in entry.assignments.all()]
    known = {key for person in on_it for key in firm.addresses.get(person, set())}
    assert held.guests <= known, "somebody is shown who is not on it"
    for person in entry.assignments.all():
        if firm.addresses.get(person.person_id, set()) == {person.person.email_key}:
            assert person.person.email_key in held.guests, "somebody who is on it is not shown"


def _check_no_strangers(firm: Firm, entries: dict[int, DiaryEntry]) -> None:
    """Check that no calendar holds a UID its entry has no more, unless there is a reason."""
    for key, box in firm.post.mailboxes.items():
        for uid, seen in box.holds.items():
            row = next(
                row for row in Calendar.objects.filter(address_key=key) if _is_of(uid, row.uid)
            )
            if row.uid == entries[row.entry_id].uid or (seen.end and seen.end <= firm.now):
                continue
            # Left as it was by choice, or for a reason people can read.
            assert row.reason or row.released_at, f"{key} still holds {uid}"


def _is_of(wire_uid: str, uid: str) -> bool:
    return wire_uid == uid or wire_uid.startswith(f"{uid.partition('@')[0]}.self.")


def _is_true(firm: Firm, entry: DiaryEntry, shown: CalendarShown) -> bool:
    """Return whether the reason why a calendar is out of step is the truth."""
    match shown.reason:
        case "released":
            return firm.left_once
        case "recipient_refused" | "message_refused":
            own = [a for a in firm.post.attempts if a.to == shown.address.casefold()]
            return any("refused" in attempt.fate for attempt in own)
        case "no_sender":
            on_it = [row.person for row in entry.assignments.all()]
            creator = [entry.creator] if entry.creator else []
            return not any(_can_send(p) and p.is_active for p in creator + on_it) and not _service()
        case "organiser_cannot_send":
            return _somebody_cannot(entry)
        case _:
            return False


def _somebody_cannot(entry: DiaryEntry) -> bool:
    """Return whether somebody cannot send in whose name calendars show it, or a message waits."""
    counters = UidCounter.objects.filter(entry_id=entry.pk).exclude(organiser_address="")
    people = {counter.organiser_id for counter in counters}
    waiting = Parcel.objects.filter(calendar__entry_id=entry.pk, state__in=READY)
    accounts = MailAccount.objects.filter(pk__in=waiting.values("account_id"))
    people |= set(accounts.values_list("person_id", flat=True))
    organisers = Person.objects.filter(pk__in={pk for pk in people if pk is not None})
    told = [row.told for row in Calendar.objects.filter(entry_id=entry.pk)]
    own_copies = [one for one in told if one is not None and one["way"] == "service"]
    needs_service = None in people or bool(own_copies)
    return (needs_service and not _service()) or not all(map(_can_send, organisers))


def _can_send(person: Person) -> bool:
    account = getattr(person, "mail_account", None)
    return bool(account and account.host and person.email_syncing and person.email_key)


def _service() -> bool:
    return ServiceOrganiser.objects.filter(~Q(address_key="")).exists()
