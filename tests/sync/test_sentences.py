"""Whatever is the matter, there is a sentence for it."""

from __future__ import annotations

import pytest

from daybook.calendaring.plan import GateCode
from daybook.couriers.courier import CONNECTION_REASONS
from daybook.ledger.models import CalendarState
from daybook.people import accounts
from daybook.sync.sentences import GATES, STATES, sentence


@pytest.mark.parametrize("reason", sorted(CONNECTION_REASONS | {accounts.REMOVED}))
def test_what_stops_an_account_can_be_said(reason: str) -> None:
    assert sentence(reason).endswith(".")


def test_every_gate_and_every_state_can_be_said() -> None:
    assert (set(GATES), set(STATES)) == (set(GateCode), set(CalendarState))
