"""What is about one database only is not looked for with another."""

from __future__ import annotations

from django.db import connection

collect_ignore = ["test_driver.py" if connection.vendor == "postgresql" else "test_prepared.py"]
