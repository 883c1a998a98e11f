"""What holds for every test: nothing is skipped, nothing reaches beyond this machine, and made-up
input is the same every time (`--hypothesis-profile=exploring` makes up other input each time).
"""

from __future__ import annotations

from hypothesis import settings
from tests.loopback_only import refuse_the_outside

pytest_plugins = ["tests.no_skips"]

refuse_the_outside()

settings.register_profile("same", deadline=None, derandomize=True, database=None)
settings.register_profile("exploring", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("same")
