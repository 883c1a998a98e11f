"""Load what decisions about calendars depend on: a fixed number of queries for any batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from daybook.calendaring.event import CalendarKind, Disclosure, State, Told
from daybook.calendaring.event import Person as CalendarPerson
from daybook.calendaring.plan import Entry, Member, Organiser, withdrawing
from daybook.calendaring.reconcile import Step, Withdraw
from daybook.entries.models import Assignment, DiaryEntry
from daybook.ledger import told as snapshots
from daybook.ledger.models import Calendar, UidCounter
from daybook.people import accounts
from daybook.people.models import MailAccount, Person, ServiceOrganiser

# `select_related` names a person is always loaded with.
ACCOUNT = "mail_account"


@dataclass(frozen=True)
class Graph:
    """Everything the decisions about one batch of calendars look at.

    `people` are all who are on the entries, made them or organise them; `on_it` has the ids of
    those on each entry, in order.
    """

    entries: dict[int, DiaryEntry]
    on_it: dict[int, list[int]]
    people: dict[int, Person]
    counters: dict[str, UidCounter]
    service: ServiceOrganiser | None
    # What was asked for already: an entry has many calendars, and a person is on many entries.
    _views: dict[tuple[int, str], Entry] = field(default_factory=dict)
    _members: dict[int, Member] = field(default_factory=dict)

    def entry(self, calendar: Calendar) -> Entry | None:
        """Return the entry behind a calendar as its own UID sees it; None if nothing is left."""
        if calendar.entry_id in self.entries:
            return self.view(calendar.entry_id, calendar.uid)
        last = snapshots.from_json(calendar.told)
        return None if last is None else _remains(last, self.fixed(calendar.uid))

    def view(self, entry_id: int, uid: str) -> Entry:
        """Return a loaded entry as the gates see it, for the calendars of one of its UIDs."""
        seen = self._views.get((entry_id, uid))
        if seen is None:
            row = self.entries[entry_id]
            seen = self._views[entry_id, uid] = view_of(
                row,
                creator=self._member(row.creator_id) if row.creator_id else None,
                assigned=[self._member(person_id) for person_id in self.on_it.get(entry_id, ())],
                service=service_organiser(self.service),
                fixed=self.fixed(uid),
            )
        return seen

    def _member(self, person_id: int) -> Member:
        seen = self._members.get(person_id)
        if seen is None:
            seen = self._members[person_id] = member(self.people[person_id])
        return seen

    def fixed(self, uid: str) -> Organiser | None:
        """Return the organiser the first message of `uid` named, None before there was one."""
        counter = self.counters.get(uid)
        if counter is None or not counter.organiser_fixed:
            return None
        return fixed_organiser(counter, self.people, self.service)


def load(calendars: Sequence[Calendar], counters: dict[str, UidCounter] | None = None) -> Graph:
    """Return the graph of `calendars`: entries, people, accounts, counters, service organiser.

    `counters` are those of their UIDs, for somebody who has locked and read them before. Entries
    are loaded deleted or not, and last words are fetched. Four queries, one more for the last words
    if there are any, and one for the counters.
    """
    snapshots.fetch(calendars)
    if counters is None:
        counters = UidCounter.objects.in_bulk({calendar.uid for calendar in calendars})
    ids = {calendar.entry_id for calendar in calendars}
    entries = DiaryEntry.objects.select_related("type").in_bulk(ids)
    on_it: dict[int, list[int]] = defaultdict(list)
    pairs = Assignment.objects.filter(entry_id__in=ids).order_by("entry_id", "position")
    for entry_id, person_id in pairs.values_list("entry_id", "person_id"):
        on_it[entry_id].append(person_id)
    concerned = {person_id for people in on_it.values() for person_id in people}
    concerned |= {row.creator_id for row in entries.values() if row.creator_id is not None}
    concerned |= {row.organiser_id for row in counters.values() if row.organiser_id is not None}
    people = Person.objects.select_related(ACCOUNT).in_bulk(concerned)
    return Graph(entries, on_it, people, counters, the_service())


def the_service() -> ServiceOrganiser | None:
    """Return the firm's service organiser, None if it has none."""
    return ServiceOrganiser.objects.select_related("account").exclude(address_key="").first()


def view_of(
    entry: DiaryEntry,
    *,
    creator: Member | None,
    assigned: Sequence[Member],
    service: Organiser | None,
    fixed: Organiser | None,
) -> Entry:
    """Return an entry, saved or not, with `assigned` on it as the gates see it."""
    return Entry(
        uid=entry.uid,
        facts=entry.facts,
        state=State(entry.state),
        deleted=entry.deleted_at is not None,
        synchronise=entry.type.synchronise,
        disclosure=Disclosure(entry.type.disclosure),
        assigned=tuple(assigned),
        creator=creator,
        service=service,
        fixed=fixed,
    )


def member(person: Person) -> Member:
    """Return a person as the gates see one; `account` only for somebody who can send."""
    account = account_of(person)
    usable = account is not None and accounts.is_usable(account)
    allowed = person.is_active and person.email_syncing and person.email_key != ""
    return Member(
        person=calendar_person(person),
        active=person.is_active,
        diary_sync=person.diary_sync,
        kind=CalendarKind(person.calendar_kind),
        account=account.pk if account and usable and allowed else None,
    )


def calendar_person(person: Person) -> CalendarPerson:
    """Return a person as calendars know one."""
    return CalendarPerson(person.pk, person.name, person.email, person.email_key)


def account_of(person: Person) -> MailAccount | None:
    """Return the person's own mail account, None if there is none."""
    return getattr(person, ACCOUNT, None)


def service_organiser(service: ServiceOrganiser | None) -> Organiser | None:
    """Return the service organiser as the gates see it, None if the firm has none."""
    if service is None or service.account_id is None:
        return None
    return Organiser(None, service.name, service.address, service.address_key, service.account_id)


def fixed_organiser(
    counter: UidCounter, people: dict[int, Person], service: ServiceOrganiser | None
) -> Organiser:
    """Return the organiser a UID's first message named, with the account that may speak for it.

    The address stays the one that was told; a deactivated person's account still sends, so that
    what was told can be taken back.
    """
    address, key = counter.organiser_address, counter.organiser_key
    if counter.organiser_id is None:
        name = service.name if service else ""
        account = service.account_id if service else None
        allowed = True
    else:
        person = people[counter.organiser_id]
        own = account_of(person)
        name, account = person.name, own.pk if own else None
        allowed = person.email_syncing and own is not None and accounts.is_usable(own)
    return Organiser(
        counter.organiser_id,
        name,
        address,
        key,
        account or counter.account_id or 0,
        can_send=account is not None and allowed,
    )


def blocked(entry: Entry, step: Step) -> str:
    """Return why nobody can carry `step` now, "" if somebody can."""
    if isinstance(step, Withdraw):
        return withdrawing(entry, step.told)[1]
    return step.hold.blocked


def _remains(last: Told, fixed: Organiser | None) -> Entry:
    """Return what can still be said of an entry whose row is gone: that it should go."""
    return Entry(
        uid=last.uid,
        facts=last.holding.facts,
        state=State.CANCELLED,
        deleted=True,
        synchronise=False,
        disclosure=last.holding.disclosure,
        assigned=(),
        creator=None,
        service=None,
        fixed=fixed,
    )
