"""Nobody writes lines of the log by what they type or ask for."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from structlog.stdlib import ProcessorFormatter
from tests.web.build import a_person, browser

pytestmark = pytest.mark.django_db
FORGED = "x\n2026-01-01 ada signed in\x1b[31m\u2028and more"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Return what is written where an installation's log goes."""
    ours = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler)
        and isinstance(handler.formatter, ProcessorFormatter)
    ]
    (handler,) = ours
    written = io.StringIO()
    # Not by `setStream`, which flushes the stream before: another test's, and closed by now.
    before, handler.stream = handler.stream, written
    yield written
    handler.stream = before


def test_a_name_or_an_address_with_line_ends_stays_in_its_line(log: io.StringIO) -> None:
    a_person("Ben", password="correct horse")
    client = browser()

    for name in (FORGED, f"ben{FORGED}", "ben"):
        client.post("/accounts/login/", {"login": name, "password": FORGED})
    client.get("/no/such/%0a2026-01-01 ada signed in%1b[31m/")
    client.post("/entries/new/", {"title": FORGED})

    lines = log.getvalue().splitlines()
    assert any("sign-in refused" in line for line in lines)
    assert any("Not Found" in line for line in lines)
    assert all(line.startswith("timestamp=") for line in lines)
    assert "\x1b" not in log.getvalue()


@pytest.mark.parametrize("end", ["%0a", "%0d%0a", "%00", "%e2%80%a8"])
@pytest.mark.parametrize("path", ["/settings/", "/sync-log/", "/accounts/login/", "/entries/1/"])
def test_an_address_with_a_line_end_behind_it_is_none(path: str, end: str) -> None:
    assert browser().get(path + end).status_code == 404
