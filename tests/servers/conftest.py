"""Real servers for the tests in this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.servers.mailserver import MailServer
from tests.servers.postgres import throw_away_postgres

USERS = [("ada@firm.test", "ada's password"), ("ben@firm.test", "ben's: password")]


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """A running provider with Ada and Ben. Tests that need an empty mailbox add their own user."""
    with MailServer(USERS) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The `DAYBOOK_DATABASE_URL` of an empty database in a PostgreSQL of this session."""
    with throw_away_postgres() as url:
        yield url
