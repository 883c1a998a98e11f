"""Stories made up by chance alone find most faults that are seeded into the engine.

The others hide behind several coincidences, which have stories of their own in
`tests/sync/test_seeded_faults.py`: there every one of these faults is seen.
"""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
import torture.installation  # noqa: F401 - makes the database
from django.conf import settings as django_settings
from django.db import IntegrityError
from django.test.utils import get_runner, setup_test_environment
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from torture.figures import Figure

MOST_STORIES = 100
AT_ONCE = 20
# Found by one of the first stories.
EASY = ("old_bytes",)


def measured(short: bool) -> Iterator[Figure]:
    setup_test_environment()
    runner = get_runner(django_settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    from tests.sync.test_seeded_faults import FAULTS

    faults = [fault for _, fault in FAULTS if not short or fault.__name__ in EASY]
    found = {fault.__name__: stories_until_seen(fault) for fault in faults}
    runner.teardown_databases(databases)
    seen = [stories for stories in found.values() if stories]
    missed = [name for name, stories in found.items() if not stories]
    yield Figure(
        f"of {len(faults)} faults seeded into the engine, {MOST_STORIES} made-up stories each find "
        "more than half",
        f"found {len(seen)}, the most hidden of them within {max(seen, default=0):,} stories"
        + (f"; not found: {', '.join(missed)}" if missed else ""),
        len(seen) > len(missed),
    )


def stories_until_seen(fault: object, most: int = MOST_STORIES) -> int:
    """Return how many stories were made up, in twenties, until one ended badly; 0 if none did.

    The same stories each time, so what was found is found again.
    """
    from tests.sync.convergence import MANY, Diary

    hunt = settings(MANY, max_examples=AT_ONCE, phases=[hypothesis.Phase.generate])
    for seed in range(most // AT_ONCE):
        with pytest.MonkeyPatch.context() as patch:
            fault(patch)  # type: ignore[operator]
            hypothesis.seed(seed)(Diary)
            try:
                run_state_machine_as_test(Diary, settings=hunt)
            # One number for two messages is one Message-ID, which the database refuses already.
            except (AssertionError, IntegrityError):
                return (seed + 1) * AT_ONCE
    return 0
