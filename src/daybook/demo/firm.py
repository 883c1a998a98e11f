"""The sample firm: its people, types and service organiser, and some weeks of its diary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from daybook.calendaring.event import Span, all_day, timed
from daybook.entries import changing, person_changes, types
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.entries.types import TypeChanges
from daybook.people.accounts import AccountInput
from daybook.people.details import PersonChanges
from daybook.people.models import Person

DOMAIN = "harrow-lane.example"
LONDON, NEW_YORK = "Europe/London", "America/New_York"


@dataclass(frozen=True, slots=True)
class Sampled:
    """A person of the sample firm."""

    username: str
    forename: str
    surname: str
    calendar_kind: str
    zone: str = LONDON
    role: str = "member"


# The first is who a newcomer looks around as.
PEOPLE = (
    Sampled("amina", "Amina", "Diallo", "unknown", role="administrator"),
    Sampled("ben", "Ben", "Okafor", "outlook"),
    Sampled("grace", "Grace", "Lin", "google"),
    Sampled("elif", "Elif", "Kaya", "apple"),
    Sampled("jonas", "Jonas", "Weber", "other", zone="Europe/Berlin"),
    Sampled("maria", "Maria", "Silva", "outlook"),
    Sampled("tom", "Tom", "Hughes", "google"),
    Sampled("priya", "Priya", "Nair", "unknown"),
    Sampled("sam", "Sam", "Carter", "outlook", zone=NEW_YORK),
    Sampled("noor", "Noor", "Haddad", "google", role="administrator"),
    Sampled("liam", "Liam", "Byrne", "unknown", zone="Europe/Dublin"),
    Sampled("yuki", "Yuki", "Tanaka", "apple"),
)
# Some have not got round to it, as in any firm.
WITHOUT_SYNCHRONISATION = {"tom", "liam"}
WITHOUT_ADDRESS = {"yuki"}
WITH_MAIL_ACCOUNT = {"amina", "ben", "grace", "elif", "sam", "noor"}

TYPES = (
    ("Meeting", "teal", True, "full"),
    ("Site visit", "amber", True, "full"),
    ("Client review", "purple", True, "title"),
    ("Leave", "green", True, "busy"),
    ("Call", "blue", False, "full"),
    ("Internal note", "grey", False, "full"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """An entry of the sample diary, `day` days from today.

    `at` is "HH:MM" of the creator's zone, or "" for whole days, of which there are `length`;
    otherwise `length` is minutes. The first of `people` made it.
    """

    day: int
    at: str
    length: int
    type: str
    title: str
    people: tuple[str, ...]
    place: str = ""
    notes: str = ""


DIARY = (
    Sample(-6, "09:30", 60, "Meeting", "Planning round", ("amina", "ben", "grace", "elif")),
    Sample(-5, "14:00", 90, "Site visit", "Boiler survey, Mill Street", ("ben", "grace")),
    Sample(-4, "11:00", 30, "Call", "Call back: insurer of No. 12", ("grace",)),
    Sample(-2, "10:00", 45, "Client review", "Yearly review: the Aldous family", ("elif", "amina")),
    Sample(-1, "15:00", 60, "Meeting", "Plans for the spring campaign", ("noor", "priya", "tom")),
    Sample(0, "09:00", 30, "Call", "Call the lender about Elm Court", ("amina",)),
    Sample(0, "11:00", 60, "Meeting", "Budget for next year", ("amina", "noor", "maria")),
    Sample(
        0,
        "16:30",
        60,
        "Meeting",
        "New York hand-over",
        ("amina", "sam", "jonas"),
        "Video call",
        "What is open, who takes it over, and by when.",
    ),
    Sample(
        1, "10:00", 90, "Site visit", "Damp report, 4 Quay Lane", ("ben", "elif"), "4 Quay Lane"
    ),
    Sample(1, "13:30", 45, "Client review", "Review: Brook & Sons", ("grace", "amina")),
    Sample(1, "15:00", 30, "Internal note", "Order keys for the new office", ("noor",)),
    Sample(2, "09:30", 60, "Meeting", "Team round", ("amina", "ben", "grace", "elif", "jonas")),
    Sample(2, "14:00", 90, "Site visit", "Boiler survey, Station Road", ("ben", "grace")),
    Sample(3, "", 2, "Leave", "Elif away", ("elif",)),
    Sample(3, "11:15", 30, "Call", "Call Mr. Petrov", ("priya", "liam")),
    Sample(5, "10:00", 120, "Site visit", "Roof inspection, Old Brewery", ("ben", "tom", "yuki")),
    Sample(6, "15:30", 60, "Client review", "Review: Castle Foods", ("sam", "grace")),
    Sample(7, "09:30", 60, "Meeting", "Team round", ("amina", "ben", "grace", "elif", "jonas")),
    Sample(8, "12:00", 60, "Meeting", "Lunch with the surveyors' board", ("noor", "amina")),
    Sample(9, "", 1, "Leave", "Grace away", ("grace",)),
    Sample(10, "09:00", 240, "Site visit", "Full survey, Harbour House", ("ben", "elif", "grace")),
    Sample(12, "16:00", 30, "Call", "Call back: Brook & Sons", ("grace",)),
    # Of types that stay in the diary: a fuller picture, and no more mail.
    Sample(-19, "10:00", 45, "Call", "Quote for the roof at Mill Street", ("ben",)),
    Sample(-17, "09:30", 30, "Internal note", "Renew the parking permits", ("priya",)),
    Sample(-14, "15:30", 30, "Call", "Insurer about the flooded cellar", ("grace",)),
    Sample(-12, "11:00", 60, "Call", "Tenants of Castle Street", ("maria", "tom")),
    Sample(-9, "16:00", 30, "Internal note", "Hand in October's mileage", ("liam",)),
    Sample(-3, "09:00", 45, "Call", "Planning office, Quay Lane", ("elif",)),
    Sample(-2, "10:15", 60, "Call", "Weekly call with the Berlin office", ("jonas", "maria")),
    Sample(0, "09:30", 45, "Call", "Lender's valuer, Elm Court", ("tom",)),
    Sample(0, "10:00", 60, "Internal note", "Stock of survey forms", ("priya", "liam")),
    Sample(0, "14:00", 30, "Call", "Call Mrs. Aldous", ("grace",)),
    Sample(1, "10:30", 60, "Call", "Boiler maker's hotline", ("grace",)),
    Sample(1, "11:30", 45, "Call", "Call the roofers", ("tom",)),
    Sample(4, "09:00", 30, "Internal note", "Send the quarter's figures", ("maria",)),
    Sample(4, "14:30", 60, "Call", "Quote for Old Brewery", ("ben", "tom")),
    Sample(11, "10:00", 30, "Call", "Landlord of Station Road", ("elif",)),
    Sample(14, "11:00", 45, "Call", "Castle Foods about the lease", ("sam",)),
    Sample(18, "09:30", 30, "Internal note", "Close the year's open files", ("noor",)),
    Sample(22, "15:00", 30, "Call", "Call back: Harbour House", ("ben",)),
)
# What became of some of them afterwards: (title, "move" by minutes, or a verb).
AFTERWARDS: tuple[tuple[str, str, int], ...] = (
    ("Damp report, 4 Quay Lane", "move", 60),
    ("Lunch with the surveyors' board", "cancel", 0),
    ("Planning round", "complete", 0),
)


def found(mail_port: int, *, now: datetime) -> None:
    """Enter the people, types and service organiser of an empty diary.

    Mail accounts lead to the demo's own mail server at `mail_port` of this machine.
    """
    for name, colour, synchronise, disclosure in TYPES:
        types.create_type(
            TypeChanges(name=name, colour=colour, synchronise=synchronise, disclosure=disclosure),
            by=None,
        )
    for person in PEOPLE:
        _enter(person, mail_port=mail_port, now=now)
    address = f"diary@{DOMAIN}"
    person_changes.set_service(
        "Harrow Lane Diary", address, _account(mail_port, address), by=None, now=now
    )


def fill_diary(today: date, *, now: datetime) -> None:
    """Make the sample entries around `today`, as if their creators had at `now`."""
    people = {person.username: person for person in Person.objects.all()}
    kinds = {kind.name: kind.pk for kind in DiaryEntryType.objects.all()}
    for sample in DIARY:
        creator = people[sample.people[0]]
        changing.create(
            EntryChanges(
                type_id=kinds[sample.type],
                title=sample.title,
                notes=sample.notes,
                location=sample.place,
                span=_span(sample, today, creator.timezone),
                assigned=[people[name].pk for name in sample.people],
            ),
            creator=creator,
            now=now,
        )


def live_on(*, now: datetime) -> None:
    """Move, cancel and complete some of the sample entries, as their creators would."""
    for title, what, minutes in AFTERWARDS:
        entry = DiaryEntry.objects.filter(title=title).select_related("creator").earliest("pk")
        match what:
            case "move":
                later = timedelta(minutes=minutes)
                span = timed(entry.start_wall + later, entry.end_wall + later, entry.timezone)
                changes = EntryChanges(span=span)
                changing.change(entry.pk, changes, by=entry.creator, now=now)
            case "cancel":
                changing.cancel(entry.pk, by=entry.creator, now=now)
            case "complete":
                changing.complete(entry.pk, by=entry.creator, now=now)


def _enter(sampled: Sampled, *, mail_port: int, now: datetime) -> None:
    username = sampled.username
    address = "" if username in WITHOUT_ADDRESS else f"{username}@{DOMAIN}"
    person = person_changes.save_person(
        None,
        PersonChanges(
            username=username,
            forename=sampled.forename,
            surname=sampled.surname,
            email=address,
            timezone=sampled.zone,
            role=sampled.role,
            calendar_kind=sampled.calendar_kind,
            email_syncing=bool(address),
            diary_sync=bool(address) and username not in WITHOUT_SYNCHRONISATION,
        ),
        by=None,
        now=now,
    )
    if username in WITH_MAIL_ACCOUNT:
        person_changes.set_mail_account(person, _account(mail_port, address), by=None, now=now)


def _account(port: int, address: str) -> AccountInput:
    return AccountInput("127.0.0.1", port, "none", "", "", address)


def _span(sample: Sample, today: date, zone: str) -> Span:
    day = today + timedelta(days=sample.day)
    if not sample.at:
        return all_day(day, day + timedelta(days=sample.length), zone)
    start = datetime.combine(day, time.fromisoformat(sample.at))
    return timed(start, start + timedelta(minutes=sample.length), zone)
