"""Hunt for a story that ends badly, for as long as there is patience.

`python -m tests.sync.long_run MINUTES [SEED]` makes up other stories in each run and prints the
first that ends badly, as short as it can be told.
"""

from __future__ import annotations

import os
import sys
import time


def main(minutes: float, seed: int) -> int:
    """Make up stories for `minutes`; return 1 after the first bad one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.test.utils import get_runner, setup_test_environment

    django.setup()
    setup_test_environment()
    from django.conf import settings

    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        return _hunt(time.monotonic() + 60 * minutes, seed)
    finally:
        runner.teardown_databases(databases)


def _hunt(until: float, seed: int) -> int:
    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test
    from tests.sync.convergence import MANY, Diary

    told = 0
    while time.monotonic() < until:
        hypothesis.seed(seed)(Diary)
        run_state_machine_as_test(Diary, settings=MANY)
        seed, told = seed + 1, told + MANY.max_examples
        sys.stdout.write(f"{told} stories, all well (next seed {seed})\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
