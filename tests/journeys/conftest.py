"""A real demo in processes of its own, and a real browser that looks at it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright
from tests.journeys.diary import Colleague, Diary
from tests.journeys.firefox import executable
from tests.journeys.visitor import FLAGS, Visitor

ROOT = Path(__file__).parents[2]
LONGEST_START = 120.0


def a_free_port() -> int:
    """Return a port nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as line:
        port: int = line.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a running demo."""
    port = a_free_port()
    log = tmp_path_factory.mktemp("demo") / "log"
    environ = {name: text for name, text in os.environ.items() if not name.startswith("DAYBOOK_")}
    environ["PYTHONPATH"] = str(ROOT / "src")
    environ.pop("DJANGO_SETTINGS_MODULE", None)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "daybook.commands", "demo", "--port", str(port)],
            cwd=tmp_path_factory.mktemp("anywhere"),
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _await_health(address, process, log)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)
    assert code == 0, log.read_text()[-2000:]
    assert "Traceback" not in log.read_text()


def _await_health(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + LONGEST_START
    while time.monotonic() < give_up:
        assert process.poll() is None, log.read_text()[-2000:]
        if _answers(address):
            return
        time.sleep(0.25)
    raise AssertionError(f"the demo did not start:\n{log.read_text()[-2000:]}")


def _answers(address: str) -> bool:
    line = HTTPConnection(address.removeprefix("http://"), timeout=5)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Return what drives the browsers; a process has one."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Return a browser without a window."""
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def firefox(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return Debian's Firefox without a window."""
    program = executable(tmp_path_factory.mktemp("firefox"))
    browser = playwright.firefox.launch(channel="moz-firefox", executable_path=program)
    yield browser
    browser.close()


@pytest.fixture
def visitor(chromium: Browser, demo: str) -> Iterator[Visitor]:
    """Return somebody with a fresh browser; a console message at the end is a failure."""
    visitor = Visitor(chromium, demo)
    yield visitor
    visitor.leave()


@pytest.fixture
def newcomer(visitor: Visitor) -> Visitor:
    """Return a visitor who looks around as the demo's first administrator."""
    visitor.look_around()
    return visitor


@pytest.fixture(scope="session")
def colleague(demo: str) -> Colleague:
    """Return somebody who changes the demo's diary from elsewhere."""
    return Colleague(demo)


@pytest.fixture
def diary(newcomer: Visitor) -> Diary:
    """Return the diary in Chromium."""
    return Diary(newcomer)


@pytest.fixture(params=["chromium", "firefox"])
def any_diary(request: pytest.FixtureRequest, demo: str) -> Iterator[Diary]:
    """Return the diary in each browser in turn."""
    visitor = Visitor(request.getfixturevalue(request.param), demo)
    visitor.look_around()
    yield Diary(visitor, later=100 if request.param == "firefox" else 0)
    visitor.leave()
