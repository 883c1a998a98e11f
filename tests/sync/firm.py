"""A whole firm in a few verbs, for stories too long to write by hand.

Everything is done by the product's own verbs; time moves only when told.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from tests.entries.build import NOW, TODAY, a_person, a_type, an_administrator, at
from tests.sync.planned_here import PlannedHere
from tests.sync.post import Post

from daybook.calendaring.event import Span
from daybook.entries import changing, handing_over, person_changes, types
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.entries.types import TypeChanges
from daybook.ledger.models import Calendar, LogLine
from daybook.people.accounts import AccountInput
from daybook.people.changes import PersonChanges
from daybook.people.faults import InvalidInput
from daybook.people.models import MailAccount, Person, ServiceOrganiser
from daybook.sync import deliveries, lease
from daybook.sync.outbound import BATCH, Outbound

NAMES = ("ada", "ben", "dan", "eve")
ADDRESSES = ("", "ben@firm.example", "ben@home.example", "dan@firm.example", "Dan@Home.example")
SPANS: dict[str, Span] = {
    "past": at(9, day=TODAY - timedelta(days=3)),
    "soon": at(11),
    "later": at(14, day=TODAY + timedelta(days=1)),
    "far": at(10, day=TODAY + timedelta(days=30), hours=3),
}
TYPES = {"visit": True, "meeting": True, "reminder": False}


class Crash(BaseException):
    """The worker is gone in this very moment; nothing may catch it."""


class Firm:
    """Ada and Ben can send, Dan and Eve only receive; nothing is in the diary."""

    def __init__(self) -> None:
        self.now = NOW
        self.post = Post(lambda: self.now)
        self.root = an_administrator()
        for name in NAMES:
            a_person(name.capitalize())
        for name, synchronise in TYPES.items():
            a_type(name, synchronise=synchronise)
        self.wanted_once: set[tuple[str, str]] = set()
        self.left_once = False
        # Which calendars were in step when something was switched off, or shown less or more, and
        # all was to be left as it is, by the number of that edit.
        self.left_at_rest: dict[int, set[tuple[str, str]]] = {}
        self.addresses: dict[int, set[str]] = {}
        self._per_commit, self._batch = 1, BATCH
        self._crash_at = ""
        self.outbound = self._a_new_worker()
        self.account("ada")
        self.account("ben")

    # What people do.

    def save(
        self, creator: str, *people: str, span: str = "later", kind: str = "visit"
    ) -> DiaryEntry:
        """Make an entry; `creator` "" is a process of the firm."""
        with self._edit():
            return changing.create(
                EntryChanges(
                    type_id=a_type(kind).pk,
                    title="Survey",
                    location="Leeds",
                    notes="Bring the plans.",
                    span=SPANS[span],
                    assigned=[self.person(name).pk for name in people],
                ),
                creator=self.person(creator) if creator else None,
                now=self.now,
            )

    def edit(self, entry: DiaryEntry, **changes: object) -> None:
        """Change an entry; `people`, `kind` and `span` by name, other fields as they are."""
        if "people" in changes:
            changes["assigned"] = [self.person(name).pk for name in changes.pop("people")]  # type: ignore[attr-defined]
        if "kind" in changes:
            changes["type_id"] = a_type(str(changes.pop("kind"))).pk
        if "span" in changes:
            changes["span"] = SPANS[str(changes["span"])]
        with self._edit():
            wanted = EntryChanges(**changes)  # type: ignore[arg-type]
            changing.change(entry.pk, wanted, by=self.root, now=self.now)

    def act(self, verb: str, entry: DiaryEntry) -> None:
        """Complete, cancel, delete or restore an entry."""
        with self._edit():
            getattr(changing, verb)(entry.pk, by=self.root, now=self.now)

    def switch_type(self, kind: str, effect: str = "apply", **changes: object) -> None:
        """Change the flag or the disclosure of a type."""
        with self._edit(effect, changes):
            wanted = TypeChanges(**changes)  # type: ignore[arg-type]
            types.change_type(a_type(kind).pk, wanted, by=self.root, now=self.now, effect=effect)

    def change_person(self, name: str, effect: str = "apply", **changes: object) -> None:
        """Change somebody's address or switches."""
        with self._edit(effect, changes):
            wanted = PersonChanges(**changes)  # type: ignore[arg-type]
            person_changes.save_person(
                self.person(name).pk, wanted, by=self.root, now=self.now, effect=effect
            )

    def account(self, name: str) -> None:
        """Set somebody's mail account, or that of the service organiser."""
        typed = AccountInput("smtp.firm.example", 587, "starttls", name, "secret")
        with self._edit():
            if name == "service":
                person_changes.set_service(
                    "The Firm", "diary@firm.example", typed, by=self.root, now=self.now
                )
            else:
                person_changes.set_mail_account(
                    self.person(name), typed, by=self.root, now=self.now
                )

    def no_account(self, name: str) -> None:
        """Remove somebody's mail account, or the service organiser."""
        with self._edit():
            if name == "service":
                person_changes.remove_service(by=self.root, now=self.now)
            else:
                person_changes.remove_mail_account(self.person(name), by=self.root, now=self.now)

    def hand_over(self, name: str) -> None:
        """Hand over what somebody organises."""
        with self._edit():
            handing_over.hand_over(self.person(name), by=self.root, now=self.now)

    def resend(self, line: LogLine) -> None:
        """Send a message once more, if that may be done."""
        with self._edit(), contextlib.suppress(deliveries.CannotResend):
            deliveries.resend(line.pk, by=self.root, now=self.now)

    # What time and the worker do.

    def wait(self, **duration: float) -> None:
        """Move the clock, as `timedelta` takes it."""
        self.now += timedelta(**duration)

    def crash_at(self, point: str) -> None:
        """Let the worker die at the next passing of `point`."""
        self._crash_at = point

    def works_by(self, per_commit: int, batch: int) -> None:
        """Let so many answers share a commit, and so many mails a connection, from now on.

        Where much is to go, the next batch is planned before one is carried.
        """
        self._per_commit, self._batch = per_commit, batch
        self.outbound = self._a_new_worker()

    def work(self) -> None:
        """Do rounds until nothing more happens at this moment."""
        before: object = None
        while (present := self._scene()) != before and present[0]:
            before = present
            try:
                self._round()
            except Crash:
                self.outbound = self._a_new_worker()

    def run(self, **duration: float) -> None:
        """Let the quiet period (or `duration`) pass, and do what is due."""
        self.wait(**(duration or {"minutes": 3}))
        self.work()

    def mend(self) -> None:
        """Let every server behave, and set every held account anew."""
        self.post.fates.clear()
        self._crash_at = ""
        for account in MailAccount.objects.exclude(host="").exclude(held_reason=""):
            self.account(account.person.username if account.person else "service")
        for account in MailAccount.objects.exclude(host="").exclude(held_reason=""):
            # Whoever has no address any more cannot set an account, only have it tried again.
            deliveries.try_account_again(account.pk, by=self.root, now=self.now)

    def finish(self) -> None:
        """Work on, moving from one due time to the next, until nothing is left to do."""
        self.mend()
        for _ in range(60):
            self.work()
            ahead = self._next()
            if ahead is None:
                return
            self.now = max(self.now, ahead)
        raise AssertionError("there is always something left to do")

    # What can be looked at.

    def person(self, name: str) -> Person:
        return Person.objects.get(username=name)

    def entries(self) -> list[DiaryEntry]:
        return list(DiaryEntry.objects.order_by("pk"))

    @property
    def service(self) -> ServiceOrganiser | None:
        return ServiceOrganiser.objects.exclude(address_key="").first()

    def _a_new_worker(self) -> Outbound:
        return Outbound(
            courier_for=self.post.courier_for,
            now=lambda: self.now,
            per_minute=0,
            per_commit=self._per_commit,
            batch=self._batch,
            ahead=PlannedHere(),
            passing=self._passing,
        )

    def _passing(self, point: str) -> None:
        if point == self._crash_at:
            self._crash_at = ""
            raise Crash

    def _scene(self) -> tuple[list[tuple[object, ...]], int]:
        """Return what is due, and how many mails were begun; nothing happens where both stay."""
        due = Calendar.objects.filter(due_at__lte=self.now).order_by("pk")
        rows = due.values_list("pk", "account_id", "parcel_id", "state")
        return list(rows), len(self.post.attempts)

    def _round(self) -> None:
        self.outbound.route()
        due = Calendar.objects.filter(due_at__lte=self.now, account_id__isnull=False)
        accounts = lease.usable(self.now).filter(pk__in=due.values("account_id"))
        for pk in list(accounts.order_by("pk").values_list("pk", flat=True)):
            self.outbound.serve(pk)

    def _next(self) -> datetime | None:
        """Return when something becomes due, or may be done that could not be done now."""
        due = list(Calendar.objects.exclude(due_at=None).values_list("due_at", "account_id"))
        if not due:
            return None
        accounts = MailAccount.objects.filter(pk__in={account for _, account in due})
        moments = [moment for moment, _ in due]
        for account in accounts:
            moments += [account.leased_until, account.next_try_at, account.held_until]
        coming = [moment for moment in moments if moment is not None and moment > self.now]
        return min(coming, default=self.now + timedelta(minutes=1))

    @contextlib.contextmanager
    def _edit(
        self, effect: str = "apply", changes: Mapping[str, object] | None = None
    ) -> Iterator[None]:
        self.post.edits += 1
        self.post.edited_at = self.now
        if effect == "leave":
            self.left_once = True
            # What is switched on again lets go what waited for it.
            if True not in (changes or {}).values():
                at_rest = Calendar.objects.filter(due_at=None, reason="")
                found = set(at_rest.values_list("uid", "address_key"))
                self.left_at_rest[self.post.edits] = found
        # What a door would refuse is no fault of this story.
        with contextlib.suppress(InvalidInput, DiaryEntry.DoesNotExist):
            yield
        self._remember()

    def _remember(self) -> None:
        from tests.sync.promises import wanted

        # After each edit of each story: whole rows would be a fifth of what a story takes.
        people = Person.objects.exclude(email_key="").order_by()
        for person, key in people.values_list("pk", "email_key"):
            self.addresses.setdefault(person, set()).add(key)
        self.wanted_once |= wanted()


@contextlib.contextmanager
def rolled_back() -> Iterator[None]:
    """Undo whatever is written inside; a test in a test, for stories that are told many times."""
    inside = transaction.atomic()
    # As Django marks those of its own test cases: a durable block may begin inside.
    inside._from_testcase = True  # type: ignore[attr-defined]
    inside.__enter__()
    try:
        yield
    finally:
        transaction.set_rollback(True)
        inside.__exit__(None, None, None)


Story = Callable[[Firm], None]
