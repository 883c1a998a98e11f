"""An address that was one person's becomes another's: whoever reads there now is told."""

from __future__ import annotations

import pytest
from tests.sync.firm import Firm
from tests.sync.promises import check_end

pytestmark = pytest.mark.django_db


def test_who_sends_opens_the_file_where_somebody_else_was_invited_and_cancelled() -> None:
    firm = Firm()
    entry = firm.save("ben", "ben", "dan")
    firm.run()
    firm.act("delete", entry)
    firm.run()
    firm.act("restore", entry)
    firm.change_person("dan", email="dan@home.example")
    firm.run()

    firm.change_person("ben", email="dan@firm.example")
    firm.finish()

    check_end(firm)
    sent = [(one.to, one.seen.method) for one in firm.post.attempts if one.to.startswith("dan@")]
    assert sent == [
        ("dan@firm.example", "REQUEST"),
        ("dan@firm.example", "CANCEL"),
        ("dan@home.example", "REQUEST"),
        ("dan@firm.example", "FILE"),
    ]
