"""What holds for every test: nothing is skipped, and nothing reaches beyond this machine."""

from __future__ import annotations

from tests.loopback_only import refuse_the_outside

pytest_plugins = ["tests.no_skips"]

refuse_the_outside()
