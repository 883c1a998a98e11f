"""What can be done in a story of mails, and how it says times (see exchanges/README.md)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from tests.calendaring.small_diary import SmallDiary

from daybook.calendaring.event import Disclosure, Facts, Span, State, all_day, timed

DAY = r"\d{1,2} [A-Z][a-z]{2} \d{4}"
CLOCK = r"\d\d:\d\d(?: second)?"
TIMES = (
    rf"{DAY} {CLOCK}\s*-\s*(?:{DAY} )?{CLOCK}(?: [A-Z]\w+(?:/\w+)*)?"
    rf"|{DAY} to {DAY}|{DAY}"
)
NAMES = r"\w+(?:, \w+)*"
Verb = Callable[..., None]
VERBS: list[tuple[re.Pattern[str], Verb]] = []


def verb(pattern: str) -> Callable[[Verb], Verb]:
    """Register what to do when a line matches; its named groups are the arguments."""

    def keep(do: Verb) -> Verb:
        VERBS.append((re.compile(pattern), do))
        return do

    return keep


def span_of(words: str) -> Span:
    """Return what TIMES of a story mean; without a zone, Europe/London."""
    days = re.findall(DAY, words)
    clocks = re.findall(CLOCK, words)
    if not clocks:
        return all_day(day_of(days[0]), day_of(days[-1]) + timedelta(days=1), "Europe/London")
    zone = re.search(r" ([A-Z]\w+(?:/\w+)*)$", words)
    start, end = (
        datetime.combine(day_of(day), time.fromisoformat(clock[:5]))
        for day, clock in zip((days[0], days[-1]), clocks, strict=True)
    )
    return timed(
        start,
        end,
        zone[1] if zone else "Europe/London",
        start_second="second" in clocks[0],
        end_second="second" in clocks[1],
    )


def day_of(words: str) -> date:
    return datetime.strptime(words, "%d %b %Y").replace(tzinfo=UTC).date()


# What can be done ------------------------------------------------------------------------------


@verb(
    rf'save "(?P<title>.*?)" (?P<times>{TIMES})(?: at "(?P<place>.*?)")?'
    rf"(?: for (?P<names>{NAMES}))?(?: by (?P<creator>\w+))?"
)
def save(
    diary: SmallDiary,
    *,
    title: str,
    times: str,
    place: str | None,
    names: str | None,
    creator: str | None,
) -> None:
    diary.edit(
        facts=Facts(span_of(times), title, place or ""),
        assigned=tuple((names or "").split(", ")) if names else (),
        creator=creator,
    )


@verb(rf"move to (?P<times>{TIMES})")
def move(diary: SmallDiary, times: str) -> None:
    assert diary.facts
    diary.edit(facts=replace(diary.facts, span=span_of(times)))


@verb(r'(?P<what>title|location|notes) "(?P<text>.*)"')
def rewrite(diary: SmallDiary, what: str, text: str) -> None:
    assert diary.facts
    facts = diary.facts
    changed = {
        "title": replace(facts, title=text),
        "location": replace(facts, location=text),
        "notes": replace(facts, notes=text),
    }
    diary.edit(facts=changed[what])


@verb(rf"reassign to (?P<names>nobody|{NAMES})")
def reassign(diary: SmallDiary, names: str) -> None:
    diary.edit(assigned=() if names == "nobody" else tuple(names.split(", ")))


@verb("(?P<what>complete|cancel|delete|restore)")
def change_state(diary: SmallDiary, what: str) -> None:
    if what == "delete":
        diary.edit(deleted=True)
    elif what == "restore":
        diary.edit(deleted=False, state=State.OPEN)
    else:
        diary.edit(state=State.COMPLETED if what == "complete" else State.CANCELLED)


@verb(r"type (?P<how>on|off|full|title|busy)")
def change_type(diary: SmallDiary, how: str) -> None:
    if how in ("on", "off"):
        diary.synchronise = how == "on"
    else:
        diary.disclosure = Disclosure(how)


@verb(r"(?P<name>\w+) (?P<how>off|on|leaves|returns|can send|cannot send)")
def change_person(diary: SmallDiary, name: str, how: str) -> None:
    if how in ("on", "off"):
        diary.set(name, diary_sync=how == "on")
    elif how in ("leaves", "returns"):
        diary.set(name, active=how == "returns")
    else:
        diary.let_send(name, can_send=how == "can send")


@verb(r"(?P<name>\w+) (?:has address (?P<address>\S+)|(?P<none>has no address))")
def change_address(diary: SmallDiary, name: str, address: str | None, none: str | None) -> None:
    diary.move_to(name, address or "")


@verb(r'(?P<name>\w+) is called "(?P<text>.*)"')
def rename(diary: SmallDiary, name: str, text: str) -> None:
    diary.set(name, person=replace(diary.people[name].person, name=text))


@verb(r"firm mailbox (?P<address>\S+@\S+|off)")
def change_service(diary: SmallDiary, address: str) -> None:
    diary.service_is("" if address == "off" else address)


@verb(r"hand over to (?P<name>\w+)")
def hand_over(diary: SmallDiary, name: str) -> None:
    diary.hand_over(name)


@verb(rf"clock (?P<day>{DAY}) (?P<clock>\d\d:\d\d)")
def clock(diary: SmallDiary, day: str, clock: str) -> None:
    """Move on in time, in UTC."""
    moment = datetime.combine(day_of(day), time.fromisoformat(clock), tzinfo=UTC)
    assert moment >= diary.now, "time does not go back"
    diary.now = moment
