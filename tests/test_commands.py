"""The command line as an operator meets it: real processes, an installation of their own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg
import pytest

from daybook.commands.doctor import interpreter_finding
from daybook.commands.finding import Mark

PASSWORD = "plenty of rope and time"
PATIENCE = 45  # seconds for two busy cores; everything usually takes two or three


@dataclass(frozen=True)
class Installation:
    """A data folder with the variables that lead to it."""

    data: Path
    environment: dict[str, str]

    def start(self, *words: str, **more: object) -> subprocess.Popen[str]:
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
            [sys.executable, "-m", "daybook.commands", *words],
            env=self.environment,
            text=True,
            **more,
        )

    def run(self, *words: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "daybook.commands", *words],
            env=self.environment | more,
            input=typed,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


@contextlib.contextmanager
def an_installation(folder: Path) -> Iterator[Installation]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    environment = kept | {"DAYBOOK_DATA": str(folder)}
    with contextlib.ExitStack() as stack:
        if url := os.environ.get("DAYBOOK_DATABASE_URL"):
            environment["DAYBOOK_DATABASE_URL"] = stack.enter_context(a_database_beside(url))
        yield Installation(folder, environment)


@contextlib.contextmanager
def a_database_beside(url: str) -> Iterator[str]:
    name = f"commands_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with Ada, its administrator."""
    with an_installation(tmp_path_factory.mktemp("firm")) as installation:
        added = installation.run(
            *("user", "add", "ada", "--email", "ada@firm.example", "--forename", "Ada"),
            *("--surname", "Lovelace", "--admin", "--password-stdin"),
            typed=f"{PASSWORD}\n",
        )
        assert (added.returncode, added.stdout) == (0, "ada\n"), added.stderr
        yield installation


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Installation]:
    """An installation that was never used."""
    with an_installation(tmp_path / "data") as installation:
        yield installation


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def serving(installation: Installation) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `daybook serve` until it is healthy; whatever is left of it is ended afterwards."""
    port = free_port()
    with (installation.data.parent / f"serve-{port}.log").open("w") as log:
        served = installation.start("serve", "--port", str(port), stderr=log, stdout=log)
        parts: list[int] = []
        try:
            wait_until(lambda: status_of(port, "/healthz") == 200)
            parts = family_of(served.pid)
            yield served, port
        finally:
            if served.poll() is None:
                served.terminate()
            served.wait(PATIENCE)
            wait_until(lambda: not alive(parts))


def status_of(port: int, path: str, **headers: str) -> int:
    return answer_of(port, path, **headers)[0]


def answer_of(port: int, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def processes() -> dict[int, tuple[int, str]]:
    """Return the parent and the command line of every process that is no zombie."""
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,state=,args="],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split(None, 3) for line in listing.stdout.splitlines()]
    return {int(r[0]): (int(r[1]), r[3]) for r in rows if len(r) == 4 and r[2][0] != "Z"}


def family_of(pid: int) -> list[int]:
    """Return the children of `pid` and theirs."""
    running = processes()
    children = [child for child, (parent, _) in running.items() if parent == pid]
    return children + [member for child in children for member in family_of(child)]


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if pid in processes()]


def part(pid: int, name: str) -> int | None:
    """Return the process of `serve` (`pid`) that runs `daybook NAME`."""
    found = [
        child
        for child, (parent, command) in processes().items()
        if parent == pid and f"daybook.commands {name}" in command
    ]
    return found[0] if found else None


# Entering people and making tokens ----------------------------------------------------------


def test_the_tokens_of_a_service_are_revoked_by_its_name(firm: Installation) -> None:
    firm.run("token", "create", "--service", "old desk")

    revoked = firm.run("token", "revoke", "--service", "old desk")
    again = firm.run("token", "revoke", "--service", "old desk")

    assert (revoked.returncode, revoked.stdout.strip()) == (0, "1 revoked")
    assert again.returncode == 1
    assert "has a token" in again.stderr


def test_a_token_is_all_of_stdout_and_remarks_go_to_stderr(firm: Installation) -> None:
    personal = firm.run("token", "create", "ada")
    service = firm.run("token", "create", "--service", "case system")

    for made in (personal, service):
        assert made.returncode == 0
        assert re.fullmatch(r"daybook_[\w-]{43}\n", made.stdout)
        assert "shown once" in made.stderr


def test_a_user_name_is_found_however_it_is_written(firm: Installation) -> None:
    assert firm.run("token", "create", "ADA").returncode == 0


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("user", "add", "ADA", "--forename", "Ada"), "", "username: "),
        (("user", "add", "ben", "--forename", "a\nb"), "", "forename: "),
        (("user", "add", "ben", "--forename", "Ben", "--email", "ben"), "", "email: "),
        (("user", "add", "ben", "--forename", "Ben", "--password-stdin"), "ben\n", "password: "),
        (("token", "create", "cleo"), "", "nobody with the user name 'cleo'"),
        (("token", "create", "--service", "a\nb"), "", "one line"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_status_one(
    firm: Installation, words: tuple[str, ...], typed: str, said: str
) -> None:
    refused = firm.run(*words, typed=typed)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("token", "create"),
        ("token", "create", "ada", "--service", "x"),
        ("serve", "--port", "0"),
    ],
)
def test_a_wrong_command_line_is_exit_status_two(
    firm: Installation, words: tuple[str, ...]
) -> None:
    assert firm.run(*words).returncode == 2


# Settings and the doctor --------------------------------------------------------------------


def test_settings_shows_every_variable_without_the_password(firm: Installation) -> None:
    url = "postgresql://me:canary@db.firm.example/daybook"

    shown = firm.run("settings", DAYBOOK_DATABASE_URL=url, DAYBOOK_QUIET_SECONDS="3")

    assert "DAYBOOK_DATABASE_URL=postgresql://me:***@db.firm.example/daybook\n" in shown.stdout
    assert "DAYBOOK_QUIET_SECONDS=3\n" in shown.stdout
    assert f"DAYBOOK_DATA={firm.data}\n" in shown.stdout
    assert "canary" not in shown.stdout + shown.stderr


@pytest.mark.parametrize("words", [("settings",), ("doctor",), ("serve",), ("worker",)])
def test_a_wrong_setting_is_one_line_and_exit_status_two(
    firm: Installation, words: tuple[str, ...]
) -> None:
    refused = firm.run(*words, DAYBOOK_QUIET_SECONDS="soon")

    assert refused.returncode == 2
    assert refused.stderr == ("DAYBOOK_QUIET_SECONDS: must be a number of seconds (it is 'soon')\n")


@pytest.mark.parametrize("words", [("token", "create", "ada"), ("worker",), ("serve",)])
def test_a_database_that_does_not_answer_is_one_line_without_its_password(
    firm: Installation, words: tuple[str, ...]
) -> None:
    url = f"postgresql://me:canary@127.0.0.1:{free_port()}/daybook"

    refused = firm.run(*words, DAYBOOK_DATABASE_URL=url)

    assert refused.returncode == 1
    assert refused.stderr.startswith("The database cannot be used: ")
    assert refused.stderr.count("\n") == 1
    assert "canary" not in refused.stderr


def test_the_doctor_finds_nothing_wrong_with_a_sound_installation(firm: Installation) -> None:
    looked = firm.run("doctor")

    assert looked.returncode == 0, looked.stdout
    for about in (
        *("data folder", "interpreter", "database", "keys", "durability", "clock"),
        *("stored passwords", "mail hosts", "mail accounts", "queue", "drift", "backup"),
        *("sent journal",),
    ):
        assert f" {about}: " in looked.stdout


def test_the_doctor_sees_a_database_that_was_never_prepared(fresh: Installation) -> None:
    looked = fresh.run("doctor")

    assert looked.returncode == 1
    assert re.search(r"FAILURE +database: \d+ migrations to run", looked.stdout)


def test_the_doctor_sees_keys_that_others_can_read(firm: Installation) -> None:
    key = firm.data / "keys" / "session.key"
    key.chmod(0o644)
    try:
        looked = firm.run("doctor")
    finally:
        key.chmod(0o600)

    assert looked.returncode == 1
    assert "session.key can be read by others" in looked.stdout


@pytest.mark.parametrize(
    ("version", "mark"),
    [
        ((3, 11, 7), Mark.WARNING),
        ((3, 11, 15), Mark.OK),
        ((3, 12, 12), Mark.WARNING),
        ((3, 13, 12), Mark.OK),
        ((3, 14, 0), Mark.OK),
    ],
)
def test_the_doctor_warns_of_interpreters_with_known_holes(
    version: tuple[int, int, int], mark: Mark
) -> None:
    assert interpreter_finding(version).mark is mark


def test_keys_are_rotated_by_a_command(firm: Installation) -> None:
    firm.run("rotate-keys")

    rotated = firm.run("rotate-keys")

    assert (rotated.returncode, rotated.stdout) == (
        *(0,),
        "0 passwords were sealed with a new key.\n",
    )
    assert len((firm.data / "keys" / "seal.keys").read_text().splitlines()) == 3


def test_several_that_prepare_one_database_at_once_all_succeed(fresh: Installation) -> None:
    started = [fresh.start("migrate", stderr=subprocess.DEVNULL) for _ in range(3)]

    assert [each.wait(PATIENCE) for each in started] == [0, 0, 0]


# Serving ------------------------------------------------------------------------------------


def test_serve_serves_and_looks_after_its_parts(firm: Installation) -> None:
    token = firm.run("token", "create", "ada").stdout.split()[-1]
    with serving(firm) as (served, port):
        check_that_ada_is_known_to_the_api(port, token)
        check_that_ada_signs_in(port)
        check_that_the_port_is_taken(firm, port)
        check_that_a_dead_part_is_started_again(served.pid, "worker")
        check_that_a_dead_part_is_started_again(served.pid, "web")
        wait_until(lambda: status_of(port, "/healthz") == 200)


def check_that_ada_is_known_to_the_api(port: int, token: str) -> None:
    status, body = answer_of(port, "/api/v1/people", Authorization=f"Bearer {token}")

    assert status == 200
    ada = json.loads(body)["items"][0]
    assert (ada["username"], ada["role"], ada["email"], ada["diary_sync"]) == (
        *("ada", "administrator"),
        *("ada@firm.example", False),
    )


def check_that_ada_signs_in(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/accounts/login/")
    response = connection.getresponse()
    page = response.read().decode()
    cookie = str(response.getheader("Set-Cookie")).split(";")[0]
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    form = {"csrfmiddlewaretoken": found[1], "login": "ada", "password": PASSWORD}
    kind = "application/x-www-form-urlencoded"
    headers = {"Content-Type": kind, "Cookie": cookie, "Referer": f"http://127.0.0.1:{port}/"}
    connection.request("POST", "/accounts/login/", urlencode(form), headers)
    signed_in = connection.getresponse()

    assert (signed_in.status, signed_in.getheader("Location")) == (302, "/")
    connection.close()


def check_that_the_port_is_taken(firm: Installation, port: int) -> None:
    for command in ("serve", "web"):
        refused = firm.run(command, "--port", str(port))

        assert refused.returncode == 1
        assert refused.stderr == f"Port {port} is taken; --port chooses another.\n"


def check_that_a_dead_part_is_started_again(served: int, name: str) -> None:
    dead = part(served, name)
    assert dead is not None
    os.kill(dead, signal.SIGKILL)

    wait_until(lambda: part(served, name) not in (None, dead))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_serve_stops_everything_in_order(
    firm: Installation, number: signal.Signals
) -> None:
    with serving(firm) as (served, port):
        parts = family_of(served.pid)
        assert len(parts) >= 3

        served.send_signal(number)

        assert served.wait(PATIENCE) == 0
        assert not alive(parts)
        assert status_of(port, "/healthz") == 0


def test_when_serve_is_killed_its_parts_do_not_stay_behind(firm: Installation) -> None:
    with serving(firm) as (served, _):
        parts = family_of(served.pid)

        served.kill()

        wait_until(lambda: not alive(parts))


def test_an_empty_diary_is_served_without_anybody_in_it(fresh: Installation) -> None:
    with serving(fresh) as (_, port):
        assert status_of(port, "/accounts/login/") == 200
        assert status_of(port, "/accounts/signup/") != 302
        assert status_of(port, "/") == 302


def test_an_address_that_is_not_this_machines_is_one_line(firm: Installation) -> None:
    refused = firm.run("serve", "--host", "192.0.2.1", "--port", str(free_port()))

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
