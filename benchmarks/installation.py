"""A fresh installation for one benchmark process; importing this makes it.

It has the product's own settings: a SQLite file that is durable after each commit, or the
database `DAYBOOK_DATABASE_URL` names, which must be empty. It is gone when the process ends.
"""

from __future__ import annotations

import logging
import os
import tempfile

import django
from django.core.management import call_command

for name in [name for name in os.environ if name.startswith("DAYBOOK_")]:
    if name != "DAYBOOK_DATABASE_URL":
        del os.environ[name]

# Kept by this module: the folder is removed when the process ends.
data_folder = tempfile.TemporaryDirectory(prefix="daybook-benchmarks-")
os.environ["DAYBOOK_DATA"] = data_folder.name
os.environ["DAYBOOK_MAIL_HOSTS_ALLOWED"] = "127.0.0.1"
# Providers pace us; here the question is what a mail costs.
os.environ["DAYBOOK_MAIL_PER_MINUTE"] = "0"
os.environ["DJANGO_SETTINGS_MODULE"] = "daybook.settings"

django.setup()
logging.getLogger().setLevel(logging.WARNING)
call_command("migrate", verbosity=0)
