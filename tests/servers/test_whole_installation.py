"""An entry saved in a real installation, through a real provider, into real mailboxes."""

from __future__ import annotations

import contextlib
import email
import time
from collections.abc import Callable, Iterator
from functools import partial

import icalendar
import psycopg
import pytest
from tests.servers.installation import Installation, Json
from tests.servers.mailserver import MailServer

DAY = "2099-06-15"


@pytest.fixture(params=["sqlite", "postgresql"])
def diary(request: pytest.FixtureRequest, mail_server: MailServer) -> Iterator[Installation]:
    """A running installation with two workers, on each database."""
    url = ""
    if request.param == "postgresql":
        url = (
            request.getfixturevalue("postgres_url").rpartition("/")[0]
            + "/"
            + new_database(request.getfixturevalue("postgres_url"))
        )
    with Installation(mail_server, database_url=url) as installation:
        yield installation


def new_database(url: str) -> str:
    name = f"whole_{time.monotonic_ns()}"
    with contextlib.closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return name


class Exchange:
    """What each mailbox got, as (METHOD, SEQUENCE, SUMMARY) in order of arrival."""

    def __init__(self, diary: Installation, *usernames: str) -> None:
        self.diary = diary
        self.seen = {f"{name}@firm.test": 0 for name in usernames}

    def new(self, **expected: int) -> dict[str, list[tuple[str, int, str]]]:
        """Return what arrived since the last call; `expected` names how many mails for whom."""
        found = {}
        for address, before in self.seen.items():
            count = expected.get(address.partition("@")[0], 0)
            if count:
                self.diary.mail.arrivals(address, before + count)
        for address, before in self.seen.items():
            mails = self.diary.mail.settled_mailbox(address)[before:]
            self.seen[address] = before + len(mails)
            if mails:
                found[address.partition("@")[0]] = [said(mail) for mail in mails]
        return found


def said(raw: bytes) -> tuple[str, int, str]:
    for part in email.message_from_bytes(raw).walk():
        if part.get_content_type() == "text/calendar":
            text = part.get_payload(decode=True)
            assert isinstance(text, bytes)
            calendar = icalendar.Calendar.from_ical(text)
            (event,) = calendar.walk("VEVENT")
            assert calendar["METHOD"] == part.get_param("method")
            return str(calendar["METHOD"]), int(str(event["SEQUENCE"])), str(event["SUMMARY"])
    raise AssertionError("a mail without a calendar part")


def a_type(diary: Installation, *, synchronise: bool = True) -> Json:
    name = f"Type {time.monotonic_ns()}"
    fields = {"name": name, "colour": "blue", "synchronise": synchronise, "disclosure": "full"}
    kind: Json = diary.call("POST", "/entry-types", fields)
    return kind


def an_entry(diary: Installation, kind: Json, *people: Json, title: str = "Boiler survey") -> Json:
    entry: Json = diary.call(
        "POST",
        "/entries",
        {
            "type": kind["id"],
            "title": title,
            "start": f"{DAY}T14:00",
            "end": f"{DAY}T15:30",
            "timezone": "Europe/London",
            "assigned": [person["id"] for person in people],
        },
    )
    return entry


def names(stem: str, *people: str) -> list[str]:
    return [f"{person}{stem}" for person in people]


def test_every_change_reaches_exactly_the_mailboxes_it_concerns_in_order(
    diary: Installation,
) -> None:
    stem = f"{time.monotonic_ns() % 10**9}"
    a, b, c = names(stem, "ada", "ben", "dora")
    root = diary.call("GET", "/people")["items"][0]
    diary.mail.add_user("root@firm.test", "root's password")
    diary.call("PATCH", f"/people/{root['id']}", {"email_syncing": True})
    diary.call("PUT", f"/people/{root['id']}/mail-account", diary.account("root@firm.test"))
    ada, ben, dora = (diary.person(name) for name in (a, b, c))
    post = Exchange(diary, a, b, c)
    kind, quiet_kind = a_type(diary), a_type(diary, synchronise=False)

    entry = an_entry(diary, kind, ada, ben)
    path = f"/entries/{entry['id']}"
    invited = ("REQUEST", 0, "Boiler survey")
    assert post.new(**{a: 1, b: 1}) == {a: [invited], b: [invited]}

    diary.call("PATCH", path, {"start": f"{DAY}T16:00", "end": f"{DAY}T17:00"})
    moved = ("REQUEST", 1, "Boiler survey")
    assert post.new(**{a: 1, b: 1}) == {a: [moved], b: [moved]}

    diary.call("PATCH", path, {"title": "Boiler visit"})
    renamed = ("REQUEST", 2, "Boiler visit")
    assert post.new(**{a: 1, b: 1}) == {a: [renamed], b: [renamed]}

    diary.call("PATCH", path, {"assigned": [ada["id"], dora["id"]]})
    taken_off, still_on = ("CANCEL", 3, "Boiler visit"), ("REQUEST", 3, "Boiler visit")
    reassigned = post.new(**{a: 1, b: 1, c: 1})
    assert reassigned == {a: [still_on], b: [taken_off], c: [still_on]}

    diary.call("PATCH", path, {"type": quiet_kind["id"]})
    retyped = post.new(**{a: 1, c: 1})
    assert {name: mails[0][0] for name, mails in retyped.items()} == {a: "CANCEL", c: "CANCEL"}

    diary.call("PATCH", path, {"type": kind["id"]})
    assert methods(post.new(**{a: 1, c: 1})) == {a: ["REQUEST"], c: ["REQUEST"]}

    diary.call("PATCH", f"/entry-types/{kind['id']}", {"synchronise": False})
    assert methods(post.new(**{a: 1, c: 1})) == {a: ["CANCEL"], c: ["CANCEL"]}

    diary.call("PATCH", f"/entry-types/{kind['id']}", {"synchronise": True})
    assert methods(post.new(**{a: 1, c: 1})) == {a: ["REQUEST"], c: ["REQUEST"]}

    diary.call("PATCH", f"/people/{dora['id']}", {"diary_sync": False})
    assert methods(post.new(**{c: 1})) == {c: ["CANCEL"]}

    diary.call("PATCH", f"/people/{dora['id']}", {"diary_sync": True})
    assert methods(post.new(**{c: 1})) == {c: ["REQUEST"]}

    (elsewhere,) = names(stem, "elsewhere")
    diary.mail.add_user(f"{elsewhere}@firm.test", "pw")
    post.seen[f"{elsewhere}@firm.test"] = 0
    diary.call("PATCH", f"/people/{dora['id']}", {"email": f"{elsewhere}@firm.test"})
    moved_house = methods(post.new(**{c: 1, elsewhere: 1}))
    assert moved_house == {c: ["CANCEL"], elsewhere: ["REQUEST"]}

    # What was told keeps its organiser; only who is told next would see the new address.
    diary.call("PATCH", f"/people/{root['id']}", {"email": "other-root@firm.test"})
    assert post.new() == {}

    diary.call("POST", f"{path}/cancel")
    assert methods(post.new(**{a: 1, elsewhere: 1})) == {a: ["CANCEL"], elsewhere: ["CANCEL"]}

    diary.call("POST", f"{path}/restore")
    assert methods(post.new(**{a: 1, elsewhere: 1})) == {a: ["REQUEST"], elsewhere: ["REQUEST"]}

    diary.call("DELETE", path)
    gone = post.new(**{a: 1, elsewhere: 1})
    assert methods(gone) == {a: ["CANCEL"], elsewhere: ["CANCEL"]}
    everything = [mail for name in (a, b, c) for mail in all_said(diary, name)]
    assert [number for _, number, _ in everything] == sorted_by_mailbox(diary, a, b, c)


def all_carried(diary: Installation, count: int) -> bool:
    """Return whether the workers say that they carried `count` mails together."""
    return sum(diary.carried()) == count


def until(claim: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


def methods(found: dict[str, list[tuple[str, int, str]]]) -> dict[str, list[str]]:
    return {name: [method for method, _, _ in mails] for name, mails in found.items()}


def all_said(diary: Installation, name: str) -> list[tuple[str, int, str]]:
    return [said(mail) for mail in diary.mail.mailbox(f"{name}@firm.test")]


def sorted_by_mailbox(diary: Installation, *usernames: str) -> list[int]:
    """Return the numbers as they would be if none had ever fallen in its mailbox."""
    numbers = [[number for _, number, _ in all_said(diary, name)] for name in usernames]
    return [number for mailbox in numbers for number in sorted(mailbox)]


def test_two_workers_share_the_work_of_many_accounts(diary: Installation) -> None:
    stem = f"{time.monotonic_ns() % 10**9}"
    kind = a_type(diary)
    senders = [diary.person(f"s{number}x{stem}", sends=True) for number in range(6)]
    guest = diary.person(f"guest{stem}")
    tokens = [diary.run("token", "create", sender["username"]).split()[-1] for sender in senders]
    # A worker that still starts while the other works has no share in it.
    until(diary.workers_started, seconds=30)
    count = 0
    administrator = diary.token
    # Who looks first takes what is due, so a share needs more than one chance.
    for _ in range(10):
        for token in tokens * 5:
            diary.token = token
            an_entry(diary, kind, guest)
            count += 1
        diary.token = administrator
        assert len(diary.mail.arrivals(guest["email"], count, seconds=60)) == count
        until(partial(all_carried, diary, count), seconds=10)
        if min(diary.carried()) > 0:
            break

    assert min(diary.carried()) > 0


def test_an_outage_of_the_provider_loses_nothing_and_doubles_nothing(diary: Installation) -> None:
    stem = f"{time.monotonic_ns() % 10**9}"
    kind = a_type(diary)
    ada = diary.person(f"ada{stem}", sends=True)
    guest = diary.person(f"guest{stem}")
    diary.token = diary.run("token", "create", ada["username"]).split()[-1]
    diary.mail.stop()
    try:
        entry = an_entry(diary, kind, guest)
        until(lambda: waits(diary, entry), seconds=20)
    finally:
        diary.mail.start()

    row = next(
        row
        for row in diary.call("GET", f"/entries/{entry['id']}/sync")["items"]
        if row["person"] == guest["id"]
    )
    assert (row["state"], row["reason"]) == ("waiting", "unreachable")
    line = diary.call("GET", f"/deliveries?entry={entry['id']}")["items"][0]
    diary.call("PUT", f"/people/{ada['id']}/mail-account", diary.account(ada["email"]))
    diary.call("POST", f"/deliveries/{line['id']}/resend")
    assert len(diary.mail.arrivals(guest["email"], 1)) == 1
    assert len(diary.mail.settled_mailbox(guest["email"])) == 1


def waits(diary: Installation, entry: Json) -> bool:
    rows = diary.call("GET", f"/entries/{entry['id']}/sync")["items"]
    return any(row["reason"] == "unreachable" for row in rows)


def test_a_wrong_password_stops_the_account_once_and_the_right_one_lets_all_go(
    diary: Installation,
) -> None:
    stem = f"{time.monotonic_ns() % 10**9}"
    kind = a_type(diary)
    ada = diary.person(f"ada{stem}", sends=True)
    guest = diary.person(f"guest{stem}")
    account = f"/people/{ada['id']}/mail-account"
    diary.call("PUT", account, diary.account(ada["email"], password="not it"))
    diary.token = diary.run("token", "create", ada["username"]).split()[-1]
    entry = an_entry(diary, kind, guest)
    until(lambda: held(diary, entry), seconds=20)

    diary.call("PUT", account, diary.account(ada["email"]))

    assert len(diary.mail.arrivals(guest["email"], 1)) == 1


def held(diary: Installation, entry: Json) -> bool:
    rows = diary.call("GET", f"/entries/{entry['id']}/sync")["items"]
    return any(row["reason"] == "sign_in_refused" for row in rows)
