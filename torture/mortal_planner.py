"""Plans ahead for a worker that dies of a title, and dies of it too (`workers.work_mortally`)."""

from __future__ import annotations

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybook.settings")
    django.setup()
    from daybook.sync import planner
    from torture import workers

    workers.dies_of(os.environ["TORTURE_DEADLY"])
    planner.main(int(sys.argv[1]))
