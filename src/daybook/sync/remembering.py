"""What can be made of a line of the sent journal in a database that has never heard of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from daybook.calendaring.event import (
    Disclosure,
    Facts,
    Holding,
    Moment,
    Person,
    Span,
    Told,
    Way,
)
from daybook.calendaring.plan import BUSY, disclosed
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar, UidCounter
from daybook.people import models as people
from daybook.sync import graph
from daybook.sync.journal import Json

# The entry of what the diary knows nothing about; no entry ever has this id.
NO_ENTRY = 0
# In the place of notes nobody remembers, so that they equal none.
FORGOTTEN = "\N{REPLACEMENT CHARACTER}"


@dataclass
class Memory:
    """Whom the addresses of the journal belong to now; ids of then may be somebody else's."""

    _people: dict[str, people.Person | None] = field(default_factory=dict)
    _service: people.ServiceOrganiser | None = field(default_factory=graph.the_service)

    def name_organiser(self, counter: UidCounter, shows: Json) -> None:
        """Fix the organiser of a UID as its messages named it, if that is somebody here."""
        address, key = shows["organiser"]
        person, service = self.person(key), self._service
        if service is not None and service.address_key == key:
            counter.organiser_id, counter.account_id = None, service.account_id
        elif person is not None:
            account = graph.account_of(person)
            counter.organiser_id = person.pk
            counter.account_id = account.pk if account else None
        else:
            return
        counter.organiser_address, counter.organiser_key = address, key

    def person(self, key: str) -> people.Person | None:
        """Return who has the normalised address `key`, None if nobody has."""
        if key not in self._people:
            found = people.Person.objects.select_related(graph.ACCOUNT).filter(email_key=key)
            self._people[key] = found.order_by("-is_active", "pk").first()
        return self._people[key]

    def told(self, calendar: Calendar, message: Json) -> Told | None:
        """Return what a calendar shows after `message`, as far as it is known; None: nothing."""
        if "shows" not in message:
            return None
        shows, person = message["shows"], self.person(message["key"])
        address, key = shows["organiser"]
        organiser = self.person(key)
        account = graph.account_of(organiser) if organiser else None
        return Told(
            holding=_holding(calendar, shows),
            uid=shows["uid"],
            sequence=message["sequence"],
            dtstamp=datetime.fromisoformat(message["dtstamp"]),
            recipient=Person(
                person.pk if person else 0,
                person.name if person else "",
                message["to"],
                message["key"],
            ),
            organiser_name=organiser.name if organiser else "",
            organiser_address=address,
            account=account.pk if account else 0,
        )

    def new_calendar(self, message: Json, now: datetime) -> Calendar:
        """Return a row, not saved, for a calendar that is not here.

        If its entry is not here either, it is left alone until somebody decides.
        """
        entry_id = UidCounter.objects.values_list("entry_id", flat=True).get(uid=message["uid"])
        person, shows = self.person(message["key"]), message.get("shows")
        return Calendar(
            uid=message["uid"],
            address_key=message["key"],
            address=message["to"],
            entry_id=entry_id,
            person_id=person.pk if person else None,
            starts_at=span_of(shows).starts_at() if shows else now,
            released_at=now if entry_id == NO_ENTRY else None,
            state_at=now,
        )


def span_of(shows: Json) -> Span:
    """Return when an entry was shown to be."""
    zone = shows["zone"]
    start, end = (
        Moment(datetime.fromisoformat(wall), zone, second)
        for wall, second in (shows["start"], shows["end"])
    )
    return Span(start, end, shows["all_day"])


def _holding(calendar: Calendar, shows: Json) -> Holding:
    span = span_of(shows)
    entry = DiaryEntry.objects.select_related("type").filter(pk=calendar.entry_id).first()
    if entry is None:
        facts, disclosure = Facts(span, BUSY), Disclosure.BUSY
    else:
        disclosure = Disclosure(entry.type.disclosure)
        facts = replace(disclosed(entry.facts, disclosure), span=span, notes=FORGOTTEN)
    return Holding(Way(shows["way"]), facts, disclosure, shows["organiser"][1], frozenset())
