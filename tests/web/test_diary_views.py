"""Each view of the diary draws the same entries its own way, and says what it does not draw."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.boards import Board
from tests.web.build import DAY, a_person, a_type, an_administrator, an_entry, browser, text_of

from daybook.calendaring.event import Span, all_day, timed
from daybook.entries import changing
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry
from daybook.ledger.models import Calendar
from daybook.people.models import Person
from daybook.web.diary.page import TEMPLATES

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)
MONDAY = DAY - DAY.weekday() * ONE


@pytest.fixture
def ada() -> Person:
    a_type()
    return an_administrator()


def board(reader: Person, query: str) -> Board:
    page = browser(reader).get(f"/?{query}")
    assert page.status_code == 200
    return Board(page)


def lasting(entry: DiaryEntry, span: Span) -> DiaryEntry:
    return changing.change(
        entry.pk, EntryChanges(span=span), by=entry.creator, now=datetime.now(UTC)
    )


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute))


def test_a_chip_carries_what_a_script_needs_to_move_it(ada: Person) -> None:
    entry = an_entry(ada)

    drawn = board(ada, f"view=week&date={DAY}")
    chip = drawn.chip("Boiler survey")

    assert drawn.marks["data-view"] == "week"
    assert (drawn.marks["data-first"], drawn.marks["data-after"]) == (
        MONDAY.isoformat(),
        (MONDAY + 7 * ONE).isoformat(),
    )
    assert chip.address == f"/entries/{entry.pk}/"
    assert {name: chip.marks[f"data-{name}"] for name in ("entry", "revision", "all-day")} == {
        "entry": str(entry.pk),
        "revision": "1",
        "all-day": "0",
    }
    assert (chip.marks["data-start"], chip.marks["data-end"]) == (f"{DAY}T09:00", f"{DAY}T10:00")
    assert chip.marks["data-movable"] == chip.marks["data-head"] == chip.marks["data-tail"] == "1"
    assert chip.within["data-day"] == DAY.isoformat()
    assert {"s108", "d12"} <= set(chip.classes)


@pytest.mark.parametrize("view", ["month", "week", "day", "team", "team&span=week", "agenda"])
def test_the_name_of_an_entry_says_its_day_in_every_view(ada: Person, view: str) -> None:
    entry = an_entry(ada, a_person("Ben"))
    Calendar.objects.filter(entry_id=entry.pk).update(state="sent", due_at=None)

    [name] = {chip.name for chip in board(ada, f"view={view}&date={DAY}").chips}

    assert name == (
        f"Boiler survey, {DAY:%A} {DAY.day} {DAY:%B}, 09:00 to 10:00, Site visit, Ada and Ben, "
        "sent to 2 calendars"
    )


def test_who_may_not_change_an_entry_may_not_move_it(ada: Person) -> None:
    an_entry(ada)
    cleo = a_person("Cleo")

    assert board(cleo, f"view=day&date={DAY}").chips[0].marks["data-movable"] == "0"


def test_over_midnight_there_is_a_piece_on_each_day(ada: Person) -> None:
    lasting(an_entry(ada), timed(at(DAY, 22), at(DAY + ONE, 6), "Europe/London"))

    first, second = board(ada, f"view=week&date={DAY}&person=everyone").chips

    assert (first.within["data-day"], second.within["data-day"]) == (
        DAY.isoformat(),
        (DAY + ONE).isoformat(),
    )
    assert ("data-head" in first.marks, "data-tail" in first.marks) == (True, False)
    assert ("data-head" in second.marks, "data-tail" in second.marks) == (False, True)
    assert {"s264", "d24"} <= set(first.classes)
    assert {"s0", "d72"} <= set(second.classes)
    assert first.marks["data-start"] == second.marks["data-start"] == f"{DAY}T22:00"


def test_whole_days_are_one_bar_in_each_row_of_a_month(ada: Person) -> None:
    sunday = MONDAY + 6 * ONE
    lasting(an_entry(ada), all_day(sunday - ONE, sunday + 3 * ONE, "Europe/London"))

    before, after = board(ada, f"view=month&date={DAY}").chips

    assert before.within["data-day"] == (sunday - ONE).isoformat()
    assert after.within["data-day"] == (sunday + ONE).isoformat()
    assert before.classes[-2:] == after.classes[-2:] == ["r0", "b2"]
    assert ("data-head" in before.marks, "data-tail" in before.marks) == (True, False)
    assert before.marks["data-all-day"] == "1"
    assert (before.marks["data-start"], before.marks["data-end"]) == (
        (sunday - ONE).isoformat(),
        (sunday + 3 * ONE).isoformat(),
    )


def test_whole_days_lie_above_the_hours_of_a_week(ada: Person) -> None:
    lasting(an_entry(ada), all_day(MONDAY + ONE, MONDAY + 4 * ONE, "Europe/London"))

    [bar] = board(ada, f"view=week&date={DAY}").chips

    assert bar.within["class"] == "whole"
    assert bar.classes[-2:] == ["r0", "b3"]


@pytest.mark.parametrize(
    ("theirs", "mine"), [("Pacific/Kiritimati", "Pacific/Honolulu"), ("Pacific/Niue", "Asia/Tokyo")]
)
def test_a_whole_day_is_the_same_date_at_the_other_side_of_the_world(
    ada: Person, theirs: str, mine: str
) -> None:
    sam = a_person("Sam", zone=mine)
    lasting(an_entry(ada), all_day(DAY, DAY + ONE, theirs))

    assert len(board(sam, f"view=day&date={DAY}").chips) == 1
    assert board(sam, f"view=day&date={DAY - ONE}").chips == []
    assert board(sam, f"view=day&date={DAY + ONE}").chips == []


def test_the_month_shows_three_and_says_how_many_more(ada: Person) -> None:
    for hour in range(8, 16):
        an_entry(ada, title=f"Visit {hour}", hour=hour)
    client = browser(ada)

    page = client.get(f"/?view=month&date={DAY}")

    assert [chip.name[:8] for chip in Board(page).chips] == ["Visit 8,", "Visit 9,", "Visit 10"]
    assert f"5 more , {DAY.day} {DAY:%B}" in text_of(page)
    assert f'aria-label="{DAY.day} {DAY:%B}, 8 entries"' in page.content.decode()
    more = next(week for week in page.context["weeks"] for cell in week.cells if cell.more)
    [address] = {cell.more.address for cell in more.cells if cell.more}
    assert len(Board(client.get(f"/{address}")).chips) == 8


def test_beyond_four_lanes_the_week_counts_and_leads_to_the_day(ada: Person) -> None:
    for number in range(7):
        an_entry(ada, title=f"Visit {number}")
    client = browser(ada)

    page = client.get(f"/?view=week&date={DAY}")

    assert len(Board(page).chips) == 3
    assert "+4" in text_of(page)
    [column] = [column for column in page.context["columns"] if column.slots]
    day = client.get(f"/{column.slots[-1].address}")
    assert day.context["asked"].view == "day"
    assert len(Board(day).chips) == 7


def test_the_team_has_a_column_for_each_person_with_his_entries(ada: Person) -> None:
    ben = a_person("Ben")
    an_entry(ada, ben)

    chips = board(ada, f"view=team&date={DAY}").chips

    assert [chip.within["data-person"] for chip in chips] == [str(ada.pk), str(ben.pk)]
    assert [chip.marks["data-person"] for chip in chips] == [str(ada.pk), str(ben.pk)]


def test_the_team_by_week_has_a_row_for_each_person(ada: Person) -> None:
    ben = a_person("Ben")
    an_entry(ada, ben, day=MONDAY + 2 * ONE)

    drawn = board(ada, f"view=team&span=week&date={DAY}")

    assert drawn.marks["data-view"] == "team week"
    assert [(cell["data-person"], cell["data-day"]) for cell in drawn.cells[:7]] == [
        (str(ada.pk), (MONDAY + n * ONE).isoformat()) for n in range(7)
    ]
    assert len(drawn.cells) == 14
    assert [chip.within["data-person"] for chip in drawn.chips] == [str(ada.pk), str(ben.pk)]


def test_a_week_is_the_readers_own_until_people_are_chosen(ada: Person) -> None:
    ben = a_person("Ben")
    an_entry(ada, title="Ada's")
    an_entry(ben, title="Ben's")

    def titles(query: str) -> list[str]:
        return [chip.name.split(",")[0] for chip in board(ada, f"{query}&date={DAY}").chips]

    assert titles("view=week") == ["Ada's"]
    assert titles(f"view=week&person={ben.pk}") == ["Ben's"]
    assert titles(f"view=week&person={ben.pk}&person={ada.pk}") == ["Ada's", "Ben's"]
    assert titles("view=week&person=everyone") == ["Ada's", "Ben's"]
    assert titles("view=month") == ["Ada's", "Ben's"]


def test_several_types_can_be_chosen(ada: Person) -> None:
    call, note, review = a_type("Call"), a_type("Note"), a_type("Review")
    for kind in (call, note, review):
        an_entry(ada, title=kind.name, kind=kind)

    shown = board(ada, f"view=month&date={DAY}&type={call.pk}&type={note.pk}").chips

    assert [chip.name.split(",")[0] for chip in shown] == ["Call", "Note"]


def test_the_diary_opens_on_the_view_last_looked_at(ada: Person) -> None:
    client = browser(ada)
    assert client.get("/").context["asked"].name == "week"

    client.get("/?view=team&span=week")

    assert client.get("/").context["asked"].name == "team week"
    assert browser(ada).get("/").context["asked"].name == "week"


@pytest.mark.parametrize("view", ["", "weather", "team weather", "team week week", "\x00" * 5000])
def test_a_remembered_view_that_is_none_is_a_view_all_the_same(ada: Person, view: str) -> None:
    client = browser(ada)
    client.cookies["daybook_view"] = view

    answer = client.get("/")

    assert answer.status_code == 200
    assert answer.context["asked"].name in TEMPLATES


def test_looking_at_the_diary_writes_nothing(ada: Person) -> None:
    client = browser(ada)

    with CaptureQueriesContext(connection) as asked:
        client.get("/?view=month")
        client.get("/?view=agenda")

    assert asked.captured_queries
    assert all(each["sql"].lstrip("(").startswith("SELECT") for each in asked.captured_queries)


def test_more_than_three_people_in_one_week_are_offered_as_a_team(ada: Person) -> None:
    people = [ada, *(a_person(name) for name in ("Ben", "Cleo", "Dan"))]
    for person in people:
        an_entry(person)
    chosen = "&".join(f"person={person.pk}" for person in people)
    client = browser(ada)

    assert "See as team" in text_of(client.get(f"/?view=week&date={DAY}&{chosen}"))
    assert "See as team" not in text_of(client.get(f"/?view=week&date={DAY}"))
    team = client.get(f"/?view=week&date={DAY}&{chosen}").context["as_team"]
    assert client.get(f"/{team}").context["asked"].name == "team week"


def test_an_empty_board_names_the_filter_and_offers_to_clear_it(ada: Person) -> None:
    ben, call = a_person("Ben"), a_type("Call")
    an_entry(ada, kind=a_type("Review"))
    client = browser(ada)

    page = client.get(f"/?view=week&date={DAY}&person={ada.pk}&person={ben.pk}&type={call.pk}")

    assert "Nothing this week for Ada and Ben of the type Call." in text_of(page)
    everything = page.context["asked"].without_filters().address
    assert f'href="{everything}"'.replace("&", "&amp;") in page.content.decode()
    assert len(Board(client.get(f"/{everything}")).chips) == 1


def test_a_diary_without_entries_shows_where_the_first_would_be(ada: Person) -> None:
    page = browser(ada).get("/?view=week")
    assert "Drag here, or press C, to add your first entry" in text_of(page)

    an_entry(ada)

    assert "to add your first entry" not in text_of(browser(ada).get("/?view=week"))


def test_what_is_done_or_called_off_says_so(ada: Person) -> None:
    done, off = an_entry(ada, title="Done"), an_entry(ada, title="Off")
    changing.complete(done.pk, by=ada, now=datetime.now(UTC))
    changing.cancel(off.pk, by=ada, now=datetime.now(UTC))

    drawn = board(ada, f"view=week&date={DAY}")

    assert "completed" in drawn.chip("Done").name
    assert "completed" in drawn.chip("Done").classes
    assert "cancelled" in drawn.chip("Off").name
    assert drawn.chip("Off").marks["data-movable"] == "0"


def test_where_the_clocks_go_back_an_entry_is_still_drawn(ada: Person) -> None:
    autumn = date(2027, 10, 31)
    span = timed(
        at(autumn, 1, 30), at(autumn, 1, 15), "Europe/London", start_second=False, end_second=True
    )
    lasting(an_entry(ada), span)

    [chip] = board(ada, f"view=day&date={autumn}").chips

    assert {"s18", "d6"} <= set(chip.classes)


def test_the_version_changes_with_an_entry_and_with_its_state(ada: Person) -> None:
    entry = an_entry(ada)

    def version() -> str:
        return board(ada, f"view=day&date={DAY}").marks["data-version"]

    versions = [version(), version()]
    lasting(entry, timed(at(DAY, 11), at(DAY, 12), "Europe/London"))
    versions.append(version())
    Calendar.objects.filter(entry_id=entry.pk).update(state="sent", due_at=None)
    versions.append(version())

    assert versions[0] == versions[1]
    assert len(set(versions)) == 3
