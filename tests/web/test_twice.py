"""In the night the clocks go back a time comes twice: either can be had, and pages say which."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.web.boards import Board
from tests.web.build import a_person, a_type, an_administrator, an_entry, browser, text_of, typed

from daybook.calendaring.event import Moment, Span, timed
from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.people.models import Person
from daybook.web import twice

pytestmark = pytest.mark.django_db

LONDON, SYDNEY, LORD_HOWE = "Europe/London", "Australia/Sydney", "Australia/Lord_Howe"
# The nights in question, a time of each, and the minutes of UTC it is for the first and the second.
NIGHTS = {
    LONDON: (date(2027, 10, 31), "1:30", "03", (0, 30), (1, 30)),
    SYDNEY: (date(2027, 4, 4), "2.30", "04", (15, 30), (16, 30)),
    LORD_HOWE: (date(2027, 4, 4), "1:45", "04", (14, 45), (15, 15)),
}
BACK = NIGHTS[LONDON][0]
A_YEAR_LATER = datetime(2028, 10, 29, 1, 30)
NIGHT, QUARTER = datetime(BACK.year, BACK.month, BACK.day, 1, 30), timedelta(minutes=15)
JSON = {"accept": "application/json"}


@pytest.fixture
def ada() -> Person:
    return an_administrator()


@pytest.fixture
def visit() -> DiaryEntryType:
    return a_type()


def in_the_night(kind: DiaryEntryType, *people: Person, **more: object) -> dict[str, object]:
    """Return the form of an entry from 01:30 to three in London."""
    times = {"start_date": BACK.isoformat(), "start_time": "1:30", "end_time": "3"}
    return typed(kind, *people, **times, **more)


def starts(entry: DiaryEntry) -> datetime:
    entry.refresh_from_db()
    return entry.starts_at


def at(hour: int, minute: int = 30) -> datetime:
    return datetime(BACK.year, BACK.month, BACK.day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("zone", NIGHTS)
@pytest.mark.parametrize("answer", ["first", "second"])
def test_either_of_the_two_can_be_chosen(
    ada: Person, visit: DiaryEntryType, zone: str, answer: str
) -> None:
    day, time, end, first, second = NIGHTS[zone]
    form = typed(visit, ada, start_date=day.isoformat(), start_time=time, end_time=end)

    browser(ada).post("/entries/new/", form | {"timezone": zone, "start_twice": answer})

    entry = DiaryEntry.objects.get()
    wanted = {"first": first, "second": second}[answer]
    assert (entry.starts_at.hour, entry.starts_at.minute) == wanted
    assert (entry.timezone, entry.start_second) == (zone, answer == "second")


def test_unasked_it_is_the_first_says_so_and_asks(ada: Person, visit: DiaryEntryType) -> None:
    saved = browser(ada).post("/entries/new/", in_the_night(visit, ada), follow=True)

    assert DiaryEntry.objects.get().starts_at == at(0)
    words = text_of(saved)
    assert "The clocks show 01:30 twice; this is the first." in words
    assert "The clocks show 01:30 twice on 31 October. It is:" in words
    assert b'name="start_twice" value="first" checked' in b" ".join(saved.content.split())


def test_the_second_chosen_later_is_kept_through_other_changes(
    ada: Person, visit: DiaryEntryType
) -> None:
    client = browser(ada)
    client.post("/entries/new/", in_the_night(visit, ada))
    entry = DiaryEntry.objects.get()
    address = f"/entries/{entry.pk}/"

    client.post(address, in_the_night(visit, ada, start_twice="second", revision=1))
    assert starts(entry) == at(1)
    page = client.get(address).content
    assert b'name="start_twice" value="second" checked' in b" ".join(page.split())
    client.post(address, in_the_night(visit, ada, start_twice="second", title="New", revision=2))

    assert starts(entry) == at(1)
    assert (entry.title, entry.revision) == ("New", 3)


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, ["start_twice"]),
        ({"start_time": "2"}, []),
        ({"start_time": "0:30", "end_time": "1:15"}, ["end_twice"]),
        ({"start_time": "1", "end_time": "1:45"}, ["start_twice", "end_twice"]),
        # After the second there is no first.
        ({"start_time": "1", "end_time": "1:45", "start_twice": "second"}, ["start_twice"]),
        ({"start_date": "2027-10-30"}, []),
        ({"all_day": "on"}, []),
        ({"timezone": "Asia/Kolkata"}, []),
        ({"timezone": "Nowhere/Atall"}, []),
        ({"start_time": "soon"}, []),
        ({"start_date": ""}, []),
        ({"title": ""}, ["start_twice"]),
    ],
)
def test_a_preview_asks_exactly_where_a_time_comes_twice(
    ada: Person, visit: DiaryEntryType, changes: dict[str, str], asked: list[str]
) -> None:
    form = in_the_night(visit, ada) | changes | {"preview": "1"}

    answer = browser(ada).post("/entries/new/", form)

    page = answer.content.decode()
    assert [name for name in ("start_twice", "end_twice") if f'name="{name}"' in page] == asked


def test_an_end_after_the_second_is_the_second_as_well(ada: Person, visit: DiaryEntryType) -> None:
    form = in_the_night(visit, ada) | {"end_time": "1:45", "end_twice": "first"}

    browser(ada).post("/entries/new/", form | {"start_twice": "second"})

    entry = DiaryEntry.objects.get()
    assert (entry.starts_at, entry.ends_at) == (at(1), at(1, 45))


def test_from_the_first_to_the_second_of_one_time_is_an_hour(
    ada: Person, visit: DiaryEntryType
) -> None:
    form = in_the_night(visit, ada) | {"end_time": "1:30", "end_twice": "second"}

    browser(ada).post("/entries/new/", form | {"start_twice": "first"})

    entry = DiaryEntry.objects.get()
    assert (entry.starts_at, entry.ends_at) == (at(0), at(1))


@pytest.mark.parametrize("end", ["1:15", "0:45"])
def test_an_end_before_the_second_is_refused(ada: Person, visit: DiaryEntryType, end: str) -> None:
    form = in_the_night(visit, ada) | {"end_time": end, "start_twice": "second"}

    answer = browser(ada).post("/entries/new/", form)

    assert answer.status_code == 422
    assert "is not after the start, 01:30." in text_of(answer)


def test_an_answer_that_is_none_is_refused(ada: Person, visit: DiaryEntryType) -> None:
    answer = browser(ada).post("/entries/new/", in_the_night(visit, ada, start_twice="third"))

    assert answer.status_code == 422
    assert not DiaryEntry.objects.exists()


def test_two_versions_differ_in_which_of_the_two(ada: Person, visit: DiaryEntryType) -> None:
    client = browser(ada)
    client.post("/entries/new/", in_the_night(visit, ada))
    address = f"/entries/{DiaryEntry.objects.get().pk}/"
    client.post(address, in_the_night(visit, ada, start_twice="second", revision=1))

    answer = client.post(address, in_the_night(visit, ada, start_twice="first", revision=1))

    (each,) = answer.context["newer"].differences
    assert each.mine == "The first, before the clocks go back"
    assert each.theirs == "The second, after the clocks go back"


def test_whoever_may_only_look_reads_which_it_is(ada: Person) -> None:
    entry = an_entry(ada)
    night = datetime(BACK.year, BACK.month, BACK.day, 1, 30)
    second = timed(night, night.replace(hour=3), LONDON, start_second=True)
    changing.change(entry.pk, EntryChanges(span=second), by=ada, now=datetime.now(UTC))

    words = text_of(browser(a_person("Cleo")).get(f"/entries/{entry.pk}/"))

    assert "The clocks show 01:30 twice; this is the second." in words


class TestADrop:
    """On the board it is the first; the answer brings what makes it the second, and back."""

    def test_offers_the_other_and_takes_it_back(self, ada: Person) -> None:
        entry, client = an_entry(ada), browser(ada)
        move = f"/entries/{entry.pk}/move/"
        there = {"revision": 1, "start": f"{BACK}T01:30", "end": f"{BACK}T02:30"}

        other = client.post(move, there, headers=JSON).json()["other"]
        assert starts(entry) == at(0)
        assert other.pop("label") == "Make it the second"
        answer = client.post(move, other, headers=JSON).json()

        assert starts(entry) == at(1)
        assert "01:30. The clocks show 01:30 twice; this is the second." in answer["said"]
        assert answer["other"].pop("label") == "Make it the first"
        client.post(move, answer["other"], headers=JSON)
        assert starts(entry) == at(0)

    def test_an_end_in_the_same_hour_goes_along_and_back(self, ada: Person) -> None:
        entry, client = an_entry(ada), browser(ada)
        move = f"/entries/{entry.pk}/move/"
        there = {"revision": 1, "start": f"{BACK}T01:15", "end": f"{BACK}T01:45"}

        second = client.post(move, there, headers=JSON).json()["other"]
        first = client.post(move, second, headers=JSON).json()["other"]
        entry.refresh_from_db()
        assert (entry.starts_at, entry.ends_at) == (at(1, 15), at(1, 45))
        client.post(move, first, headers=JSON)

        entry.refresh_from_db()
        assert (entry.starts_at, entry.ends_at) == (at(0, 15), at(0, 45))

    def test_by_the_clocks_of_whoever_reads(self, ada: Person) -> None:
        sam = a_person("Sam", zone=SYDNEY)
        entry = an_entry(ada, sam)
        there = {"revision": 1, "start": "2027-04-04T02:30", "end": "2027-04-04T04:00"}
        move = f"/entries/{entry.pk}/move/"

        other = browser(sam).post(move, there, headers=JSON).json()["other"]
        assert starts(entry) == datetime(2027, 4, 3, 15, 30, tzinfo=UTC)
        browser(sam).post(move, other, headers=JSON)

        assert starts(entry) == datetime(2027, 4, 3, 16, 30, tzinfo=UTC)
        assert (entry.timezone, entry.start_second) == (LONDON, False)

    def test_a_longer_one_is_asked_for_its_end(self, ada: Person) -> None:
        entry, client = an_entry(ada), browser(ada)
        move = f"/entries/{entry.pk}/move/"
        there = {"revision": 1, "start": f"{BACK}T00:30", "end": f"{BACK}T01:30"}

        answer = client.post(move, there, headers=JSON).json()
        assert "The clocks show 01:30 twice; this is the first." in answer["said"]
        client.post(move, answer["other"], headers=JSON)

        entry.refresh_from_db()
        assert entry.ends_at == at(1)

    def test_elsewhere_asks_nothing(self, ada: Person) -> None:
        entry = an_entry(ada)
        there = {"revision": 1, "start": f"{BACK}T03:30", "end": f"{BACK}T04:30"}

        answer = browser(ada).post(f"/entries/{entry.pk}/move/", there, headers=JSON).json()

        assert "twice" not in answer["said"]
        assert answer["other"] is None


@pytest.mark.parametrize(
    ("second", "shown", "heard"),
    [
        (False, "01:30 (1st)–03:00", "the first 01:30 to 03:00"),
        (True, "01:30 (2nd)–03:00", "the second 01:30 to 03:00"),
    ],
)
@pytest.mark.parametrize("view", ["day", "week", "month", "agenda", "team", "team&span=week"])
def test_every_board_says_which_of_the_two_an_entry_is_at(
    ada: Person, visit: DiaryEntryType, view: str, shown: str, heard: str, *, second: bool
) -> None:
    client = browser(ada)
    answer = "second" if second else "first"
    client.post("/entries/new/", in_the_night(visit, ada, start_twice=answer))

    page = client.get(f"/?view={view}&date={BACK}")

    [chip] = Board(page).chips
    assert f"Sunday 31 October, {heard}" in chip.name
    assert chip.marks["data-twice"] == f"The clocks show 01:30 twice; this is the {answer}."
    assert shown in text_of(page)


def test_from_one_to_the_other_of_two_equal_times_says_both(ada: Person) -> None:
    span = Span(Moment(NIGHT, LONDON), Moment(NIGHT + QUARTER, LONDON, second=True))
    changing.create(
        EntryChanges(type_id=a_type().pk, title="Watch", span=span, assigned=[ada.pk]),
        creator=ada,
        now=datetime.now(UTC),
    )

    words = text_of(browser(ada).get(f"/?view=agenda&date={BACK}"))

    assert "01:30 (1st)–01:45 (2nd) Watch" in words
    far = a_person("Ben", zone="Asia/Kolkata")
    assert "01:30 (1st)–01:45 (2nd) London" in text_of(browser(far).get(f"/?view=day&date={BACK}"))


FIRST, SECOND = Moment(NIGHT, LONDON), Moment(NIGHT, LONDON, second=True)
A_QUARTER_LATER = Moment(NIGHT + QUARTER, LONDON)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (FIRST, A_QUARTER_LATER, "01:30 and 01:45 twice; both are the first."),
        (SECOND, replace(A_QUARTER_LATER, second=True), "01:30 and 01:45 twice; both are the sec"),
        (FIRST, SECOND, "01:30 twice; it starts at the first and ends at the second."),
        (A_QUARTER_LATER, SECOND, "01:45 and 01:30 twice; it starts at the first and ends at the"),
        (SECOND, Moment(A_YEAR_LATER, LONDON), "01:30 twice; it starts at the second and ends at"),
        (Moment(NIGHT - 4 * QUARTER, LONDON), SECOND, "01:30 twice; this is the second."),
        (FIRST, FIRST, "01:30 twice; this is the first."),
    ],
)
def test_of_two_ends_that_come_twice_both_are_named(start: Moment, end: Moment, said: str) -> None:
    assert f"The clocks show {said}" in twice.said(Span(start, end), ZoneInfo(LONDON))


def test_a_time_of_another_night_does_not_say_which(ada: Person) -> None:
    an_entry(ada, day=date(2027, 10, 30), hour=1)

    page = browser(ada).get("/?view=agenda&date=2027-10-30")

    assert "01:00–02:00 Boiler survey" in text_of(page)
    assert "data-twice" not in page.content.decode()


def test_quick_add_says_which_it_takes(ada: Person) -> None:
    a_type("Call")
    line = {"line": "Night watch 31 Oct 2027 1:30-3 #call"}

    reading = browser(ada).post("/entries/quick/", line | {"preview": "1"})
    saved = browser(ada).post("/entries/quick/", line, follow=True)

    for page in (reading, saved):
        assert "The clocks show 01:30 twice; this is the first." in text_of(page)
