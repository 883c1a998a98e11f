"""The sent journal: on disk before the database, whole lines, and never too large."""

from __future__ import annotations

import json
import resource
import stat
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.entries.build import NOW, a_person, an_entry
from tests.sync.world import World

from daybook.couriers.courier import Refused, TryLater
from daybook.ledger.models import Parcel, ParcelState
from daybook.sync import journal
from daybook.sync.journal import Event, Journal, Line


def a_parcel(number: int = 0) -> Parcel:
    """Return what the journal looks at of a message to take something out of a calendar."""
    parcel = SimpleNamespace(
        envelope_to="ben@firm.example",
        calendar=SimpleNamespace(address_key="ben@firm.example", uid="survey@firm.example"),
        sequence=number,
        dtstamp=NOW,
        message_id=f"<{number}@firm.example>",
        method="CANCEL",
        print="withdrawn",
        told=None,
    )
    return cast("Parcel", parcel)


def events(folder: Path) -> list[tuple[str, int]]:
    lines = journal.read(folder)
    return [(line.event.value, line.message["sequence"]) for line in lines if line.message]


def test_a_line_says_who_got_which_version_and_nothing_of_what_was_said(tmp_path: Path) -> None:
    Journal(tmp_path).sent([a_parcel(4)], NOW)

    begun, sent = journal.read(tmp_path)

    assert (begun.event, begun.message) == (Event.BEGUN, {})
    assert sent == Line(
        Event.SENT,
        NOW,
        {
            "to": "ben@firm.example",
            "key": "ben@firm.example",
            "uid": "survey@firm.example",
            "sequence": 4,
            "dtstamp": NOW.isoformat(),
            "message_id": "<4@firm.example>",
        },
    )


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    Journal(folder).begin(NOW)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / journal.CURRENT).stat().st_mode) == 0o600


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    kept = Journal(tmp_path)
    kept.sent([a_parcel(1)], NOW)
    with (tmp_path / journal.CURRENT).open("ab") as file:
        file.write(b'{"at":"2026-11-23T08:00:00+00:00","is":"se')

    kept.sent([a_parcel(2)], NOW)

    assert events(tmp_path) == [("sent", 1), ("sent", 2)]


def test_a_line_there_is_no_room_for_leaves_no_part_of_itself(tmp_path: Path) -> None:
    kept = Journal(tmp_path)
    kept.sent([a_parcel(1)], NOW)
    path = tmp_path / journal.CURRENT
    before = path.read_bytes()
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, unlimited[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            kept.opened([a_parcel(2)], NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)

    assert path.read_bytes() == before
    kept.sent([a_parcel(3)], NOW)
    assert events(tmp_path) == [("sent", 1), ("sent", 3)]


def test_files_are_put_aside_and_the_oldest_go(tmp_path: Path) -> None:
    small = Journal(tmp_path, largest=1000, most=3)

    for number in range(60):
        small.sent([a_parcel(number)], NOW + timedelta(seconds=number))

    assert len(journal.files(tmp_path)) == 3
    assert all(path.stat().st_size <= 1000 for path in journal.files(tmp_path))
    numbers = [number for _, number in events(tmp_path)]
    assert numbers == list(range(numbers[0], 60))
    assert 0 < numbers[0] < 55
    begins = journal.begins_at([tmp_path])
    assert begins is not None
    assert NOW < begins <= NOW + timedelta(seconds=numbers[0])


def put_aside_by_another(folder: Path, mine: Journal) -> tuple[Path, Path]:
    """Let `mine` open a message and another process fill the file; return it and the current."""
    mine.opened([a_parcel(1)], NOW)
    others = Journal(folder, largest=1000)
    while len(journal.files(folder)) == 1:
        others.sent([a_parcel(2)], NOW)
    before, current = journal.files(folder)
    return before, current


def test_what_leaves_is_noted_in_the_current_file_whoever_put_the_former_aside(
    tmp_path: Path,
) -> None:
    mine = Journal(tmp_path)
    _, current = put_aside_by_another(tmp_path, mine)

    mine.opened([a_parcel(3)], NOW)

    assert b"<3@firm.example>" in current.read_bytes()


def test_an_answer_may_be_noted_where_its_message_is_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Journal(tmp_path)
    before, current = put_aside_by_another(tmp_path, mine)

    mine.sent([a_parcel(1)], NOW)
    assert before.read_bytes().count(b"<1@firm.example>") == 2

    monkeypatch.setattr(journal, "LOOK_EVERY", 0)
    mine.sent([a_parcel(1)], NOW)
    assert current.read_bytes().count(b"<1@firm.example>") == 1
    assert [line for line in events(tmp_path) if line[1] == 1] == [
        ("opened", 1),
        ("sent", 1),
        ("sent", 1),
    ]


def test_several_that_write_at_once_lose_no_line(tmp_path: Path) -> None:
    def write(first: int) -> None:
        # As several processes do: each with a file of its own.
        own = Journal(tmp_path, largest=20_000)
        for number in range(first, first + 100):
            own.sent([a_parcel(number)], NOW)

    writers = [threading.Thread(target=write, args=(first,)) for first in (0, 100, 200, 300)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert sorted(number for _, number in events(tmp_path)) == list(range(400))
    assert len(journal.files(tmp_path)) > 2


def test_a_journal_that_cannot_be_written_keeps_everything_here(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, where a folder should be")
    hindered = Journal(tmp_path / "taken")

    with pytest.raises(OSError, match="taken"):
        hindered.opened([a_parcel()], NOW)
    # By then it has left, and that is known.
    hindered.sent([a_parcel()], NOW)


@pytest.mark.django_db
class TestTheWayOut:
    """What the way out keeps in the journal, and when."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        """One invitation for Ben that waits; its journal is here."""
        world = World()
        object.__setattr__(world.outbound, "journal", Journal(tmp_path))
        an_entry(a_person("Ben"), creator=a_person("Ada", sends=True), now=world.now)
        return world

    def test_a_message_is_there_before_it_is_opened_and_before_it_is_sent(
        self, world: World, tmp_path: Path
    ) -> None:
        seen: dict[str, Any] = {}

        def look(point: str) -> None:
            seen[point] = (events(tmp_path), Parcel.objects.get().state)

        world.passing(look_after(look, "opened", "answered", "written"))
        world.run()

        assert seen["opened"] == ([("opened", 0)], ParcelState.OPENED)
        assert seen["answered"] == ([("opened", 0)], ParcelState.OPENED)
        assert seen["written"] == ([("opened", 0), ("sent", 0)], ParcelState.SENT)

    @pytest.mark.parametrize(
        ("outcome", "kept"),
        [
            (Refused("recipient_refused", "550 5.1.1"), ["opened", "undelivered"]),
            (TryLater("deferred", "451"), ["opened", "undelivered"]),
            (TryLater("connection_lost", "", uncertain=True), ["opened"]),
        ],
    )
    def test_what_may_have_arrived_stays_open(
        self, world: World, tmp_path: Path, outcome: Refused | TryLater, kept: list[str]
    ) -> None:
        world.script(outcome)

        world.run()

        assert [event for event, _ in events(tmp_path)] == kept

    def test_its_lines_hold_no_word_of_the_entry(self, world: World, tmp_path: Path) -> None:
        world.run()

        for path in journal.files(tmp_path):
            for line in path.read_text().splitlines():
                assert "Demo" not in line
                assert set(json.loads(line)) <= {
                    *("at", "is", "to", "key", "uid", "sequence", "dtstamp", "message_id"),
                    *("method", "print", "shows"),
                }


def look_after(look: Callable[[str], None], *points: str) -> Callable[[str], None]:
    return lambda point: look(point) if point in points else None
