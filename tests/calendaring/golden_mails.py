"""One of each kind of mail and file that leaves, and how a person can read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.calendaring.build import (
    ADA,
    BEN,
    CLEO,
    FACTS,
    NOW,
    OLGA,
    SERVICE,
    TEN,
    UID,
    a_holding,
    a_person,
    an_entry,
    at,
    held,
    invited,
    member,
    steps,
    updated,
    withdrawn,
)
from tests.calendaring.build import composed as composed_step
from tests.calendaring.reading import read_mail

from daybook.calendaring import ical, invitation
from daybook.calendaring.component import Organizer
from daybook.calendaring.envelope import Mailbox
from daybook.calendaring.event import CalendarKind, Disclosure, Facts, State, all_day, timed
from daybook.calendaring.invitation import Version
from daybook.calendaring.message import Message, Reminding, reminder
from daybook.calendaring.plan import Entry, disclosed

FOLDER = Path(__file__).parent / "golden"

ENTRY = an_entry("ada", "ben")
LATER = replace(ENTRY, facts=replace(FACTS, span=at(TEN + timedelta(hours=4))))
ELSEWHERE = replace(ENTRY, facts=replace(FACTS, title="Boiler check", location="2 Low Road"))
GONE = replace(ENTRY, deleted=True)
BY_SERVICE = an_entry("olga", "ada", service=SERVICE)
TO_SELF = an_entry(member("olga", kind=CalendarKind.OTHER), "ada")
BY_FILE = an_entry("olga", "ada")

JOSE = replace(member("ada"), person=a_person(1, "José Núñez-Ångström", "jose@firm.example"))
ZOE = replace(member("ben"), person=a_person(2, 'Zoë "Zo" O’Hara, MRICS', "zoe@müller.example"))
BACK = datetime(2027, 10, 31, 1, 30)


def _changed(entry: Entry) -> Entry:
    return replace(entry, facts=LATER.facts)


def _deleted(entry: Entry) -> Entry:
    return replace(entry, deleted=True)


def _spanning(facts: Facts) -> Message:
    return invited(replace(ENTRY, facts=facts))


def _handed_over() -> Message:
    after = replace(ENTRY, uid="77aa@daybook.example")
    step = steps(after, held("ada", "ben"))[ADA.key]
    return composed_step(step, after, sequence=1, minutes=10)


MAILS: dict[str, Callable[[], Message]] = {
    "invitation": lambda: invited(ENTRY),
    "invitation_all_day": lambda: _spanning(
        Facts(all_day(date(2026, 11, 26), date(2026, 11, 27), "Europe/London"), "Office closed")
    ),
    "invitation_several_days": lambda: _spanning(
        replace(FACTS, span=timed(TEN, TEN + timedelta(days=2, hours=3), "America/New_York"))
    ),
    "invitation_in_the_doubled_hour": lambda: _spanning(
        replace(FACTS, span=timed(BACK, BACK, "Europe/London", end_second=True))
    ),
    "invitation_title_only": lambda: invited(replace(ENTRY, disclosure=Disclosure.TITLE)),
    "invitation_busy": lambda: invited(replace(ENTRY, disclosure=Disclosure.BUSY)),
    "invitation_beyond_ascii": lambda: invited(
        an_entry(
            JOSE,
            ZOE,
            facts=Facts(
                FACTS.span,
                "Café – Übergabe; Schlüssel, 2 Stück 🔑",
                "Straße des 17. Juni 100,\nBerlin",
                "Erste Zeile\nZweite: \\ ; , und 😀",
            ),
        ),
        "jose@firm.example",
    ),
    "invitation_nobody_made": lambda: invited(replace(ENTRY, creator=None, service=SERVICE)),
    "update_of_time": lambda: updated(ENTRY, LATER),
    "update_of_title_and_place": lambda: updated(ENTRY, ELSEWHERE),
    "update_of_people": lambda: updated(ENTRY, an_entry("ada", "cleo")),
    "update_to_busy": lambda: updated(ENTRY, replace(ENTRY, disclosure=Disclosure.BUSY)),
    "withdrawal_deleted": lambda: withdrawn(ENTRY, GONE),
    "withdrawal_cancelled": lambda: withdrawn(ENTRY, replace(ENTRY, state=State.CANCELLED)),
    "withdrawal_no_longer_on_it": lambda: withdrawn(ENTRY, an_entry("ben")),
    "withdrawal_switched_off": lambda: withdrawn(
        ENTRY, an_entry(member("ada", diary_sync=False), "ben")
    ),
    "withdrawal_type_stays": lambda: withdrawn(ENTRY, replace(ENTRY, synchronise=False)),
    "withdrawal_new_address": lambda: withdrawn(
        ENTRY,
        an_entry(replace(member("ada"), person=a_person(1, ADA.name, "ada@new.example")), "ben"),
    ),
    "withdrawal_handed_over": _handed_over,
    "withdrawal_busy": lambda: withdrawn(
        ENTRY, replace(an_entry("ben"), disclosure=Disclosure.BUSY)
    ),
    "own_copy_from_the_firm": lambda: invited(BY_SERVICE, OLGA.key),
    "own_copy_from_the_firm_update": lambda: updated(BY_SERVICE, _changed(BY_SERVICE), OLGA.key),
    "own_copy_from_the_firm_withdrawal": lambda: withdrawn(
        BY_SERVICE, _deleted(BY_SERVICE), OLGA.key
    ),
    "own_copy_to_self": lambda: invited(TO_SELF, OLGA.key),
    "own_copy_to_self_update": lambda: updated(TO_SELF, _changed(TO_SELF), OLGA.key),
    "own_copy_to_self_withdrawal": lambda: withdrawn(TO_SELF, _deleted(TO_SELF), OLGA.key),
    "own_copy_from_the_firm_with_reminder": lambda: invited(
        BY_SERVICE, OLGA.key, alarm=timedelta(minutes=15)
    ),
    "own_copy_by_file_with_reminder": lambda: invited(BY_FILE, OLGA.key, alarm=timedelta(days=1)),
    "own_copy_by_file": lambda: invited(BY_FILE, OLGA.key),
    "own_copy_by_file_update": lambda: updated(BY_FILE, _changed(BY_FILE), OLGA.key),
    "own_copy_by_file_withdrawal": lambda: withdrawn(BY_FILE, _deleted(BY_FILE), OLGA.key),
}


def _download(
    reader_key: str,
    *,
    creator: Organizer | None,
    entry: Entry = ENTRY,
    alarm: timedelta | None = None,
) -> bytes:
    holding = a_holding(
        facts=disclosed(entry.facts, entry.disclosure), disclosure=entry.disclosure, organiser=""
    )
    return ical.write(
        invitation.file(
            UID,
            Version(0, NOW),
            holding,
            organizer=creator,
            people=[someone.person for someone in entry.assigned],
            reader_key=reader_key,
            alarm=alarm,
        )
    )


def _reminder(facts: Facts = FACTS, *, busy: bool = False) -> bytes:
    disclosure = Disclosure.BUSY if busy else Disclosure.FULL
    about = Reminding(
        uid=UID,
        starts_at=facts.span.starts_at(),
        minutes=15,
        facts=disclosed(facts, disclosure),
        people=() if busy else (ADA, BEN),
        link="https://diary.firm.example/entries/7/",
    )
    return reminder(about, sender=Mailbox(BEN.address, BEN.name), recipient=BEN, at=NOW)


REMINDERS: dict[str, Callable[[], bytes]] = {
    "reminder": _reminder,
    "reminder_all_day": lambda: _reminder(
        Facts(all_day(date(2026, 11, 26), date(2026, 11, 27), "Europe/London"), "Office closed")
    ),
    "reminder_busy": lambda: _reminder(busy=True),
}

BY_OLGA = Organizer(OLGA.address, OLGA.name)
FILES: dict[str, Callable[[], bytes]] = {
    "download_by_the_creator": lambda: _download(OLGA.key, creator=BY_OLGA),
    "download_by_somebody_on_it": lambda: _download(BEN.key, creator=BY_OLGA),
    "download_by_somebody_else": lambda: _download(CLEO.key, creator=BY_OLGA),
    "download_nobody_made": lambda: _download(BEN.key, creator=None),
    "download_with_own_reminder": lambda: _download(
        BEN.key, creator=BY_OLGA, alarm=timedelta(minutes=15)
    ),
    "download_busy": lambda: _download(
        BEN.key, creator=BY_OLGA, entry=replace(ENTRY, disclosure=Disclosure.BUSY)
    ),
}


def names() -> list[str]:
    """Return the file name of every golden file that is checked byte for byte."""
    mails = [f"{kind}.eml" for kind in (*MAILS, *REMINDERS)]
    return mails + [f"{kind}.ics" for kind in FILES]


def composed(name: str) -> bytes:
    """Return what is to be in the golden file of that name."""
    kind, _, ending = name.partition(".")
    if ending == "ics":
        return FILES[kind]()
    return REMINDERS[kind]() if kind in REMINDERS else MAILS[kind]().data


def readable(raw: bytes) -> str:
    """Return a mail as a person can check it: headers, words, HTML and unfolded calendar lines."""
    mail = read_mail(raw)
    lines = [f"{name}: {value}" for name, value in mail.message.items() if name != "Content-Type"]
    lines += ["", f"parts: {mail.tree}", "", "--- text", *mail.text.splitlines()]
    lines += ["", "--- html", *mail.html.splitlines()]
    if mail.calendar is not None:
        how = "; ".join(f"{name}={value}" for name, value in mail.calendar_type.items())
        lines += ["", f"--- calendar ({how})", *_unfolded(mail.calendar)]
    if mail.file is not None:
        same = mail.file == mail.calendar
        lines += ["", "--- file invite.ics"]
        lines += ["the calendar above, octet for octet"] if same else _unfolded(mail.file)
    return "\n".join(lines).rstrip() + "\n"


def _unfolded(data: bytes) -> list[str]:
    return data.replace(b"\r\n ", b"").decode().rstrip().split("\r\n")
