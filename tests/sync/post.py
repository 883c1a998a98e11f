"""A mail server that does as it is told, and remembers every mail that was begun."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.sync.mailbox import Mailbox, Seen, read

from daybook.calendaring.address import normalise
from daybook.couriers.courier import (
    Accepted,
    AccountTrouble,
    Mail,
    Outcome,
    Refused,
    TryLater,
    ends_batch,
)
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Parcel, ParcelState
from daybook.people.models import MailAccount

DAY = 24 * 60 * 60
READY = (ParcelState.FROZEN, ParcelState.OPENED)

# What can become of a mail: what the courier says, and whether it arrived.
FATES: dict[str, tuple[Outcome, bool]] = {
    "accepted": (Accepted("250 2.0.0 Ok"), True),
    "deferred": (TryLater("deferred", "451 4.7.1 later"), False),
    "refused": (Refused("recipient_refused", "550 5.1.1 no such user"), False),
    "message refused": (Refused("message_refused", "554 5.7.1 no"), False),
    "lost on the way": (TryLater("connection_lost", uncertain=True), False),
    "answer lost": (TryLater("connection_lost", uncertain=True), True),
    "unreachable": (TryLater("unreachable"), False),
    "sign in refused": (AccountTrouble("sign_in_refused", "535 5.7.8 no"), False),
    "daily limit": (AccountTrouble("daily_limit", "550 5.4.5 enough", DAY), False),
    "answer lost, then trouble": (AccountTrouble("server_unverified", uncertain=True), True),
}


@dataclass(frozen=True)
class Attempt:
    """One mail that was begun; `edits` counts what had been done in the diary it may tell of.

    `calendar` is whose it is: UID and address.
    `over`: nothing this calendar was ever told, and nothing in the diary, was still to come.
    `disclosure` is what might leave of the entry when the message was composed, as far as that is
    known: what is composed stays as it is.
    """

    at: datetime
    account: int
    mail: Mail
    seen: Seen
    fate: str
    edits: int
    over: bool
    disclosure: str
    calendar: tuple[str, str]

    @property
    def to(self) -> str:
        return normalise(self.mail.envelope_to)


class Post:
    """Every mail server of the world at once.

    `fates` names what meets the next mails, `meanwhile` is done once while a mail is under way.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.fates: list[str] = []
        self.attempts: list[Attempt] = []
        self.mailboxes: dict[str, Mailbox] = {}
        self.edits, self.edited_at = 0, now()
        self.meanwhile: Callable[[], None] | None = None
        # By mail: what had been done when it was composed, if `meanwhile` was done in its batch.
        self.edits_before: dict[int, int] = {}
        self._now = now

    def courier_for(self, account: MailAccount) -> Carrier:
        """Return who carries for one account."""
        return Carrier(self, account.pk)

    def begin(self, account: int, mail: Mail) -> Outcome:
        """Let a mail meet its fate."""
        fate = self.fates.pop(0) if self.fates else "accepted"
        outcome, arrives = FATES[fate]
        attempt = self._attempt(account, mail, fate)
        self.attempts.append(attempt)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            others = Parcel.objects.filter(state__in=READY).exclude(pk=mail.key)
            self.edits_before = dict.fromkeys(others.values_list("pk", flat=True), self.edits)
            meanwhile()
        if arrives:
            self.mailboxes.setdefault(attempt.to, Mailbox()).take(mail.data)
        return outcome

    def _attempt(self, account: int, mail: Mail, fate: str) -> Attempt:
        now, seen = self._now(), read(mail.data)
        parcel = Parcel.objects.select_related("calendar").get(pk=mail.key)
        calendar = parcel.calendar
        entry = DiaryEntry.objects.select_related("type").get(pk=calendar.entry_id)
        earlier = [a.seen.end for a in self.attempts if a.seen.root == seen.root]
        ends = [end for end in (entry.ends_at, seen.end, *earlier) if end is not None]
        over = all(end <= now for end in ends)
        just_composed = parcel.frozen_at == now and self.edited_at < now
        disclosure = entry.type.disclosure if just_composed else "full"
        edits = self.edits_before.get(mail.key, self.edits)
        whose = calendar.uid, calendar.address_key
        return Attempt(now, account, mail, seen, fate, edits, over, disclosure, whose)


@dataclass(frozen=True)
class Carrier:
    """Keeps the contract of `courier.Courier` for one account."""

    post: Post
    account: int

    def carry(
        self, mails: Sequence[Mail], still_ours: Callable[[], bool]
    ) -> Iterator[tuple[int, Outcome]]:
        self.post.edits_before.clear()
        for mail in mails:
            if not (still_ours() and still_ours()):  # before MAIL, and before the text
                return
            outcome = self.post.begin(self.account, mail)
            yield mail.key, outcome
            if ends_batch(outcome):
                return
