"""A fresh installation for one measurement; importing this makes it.

It has the product's own settings: a SQLite file that is durable after each commit, or the
database `DAYBOOK_DATABASE_URL` names, which must be empty or have its tables and nothing else; a
SQLite file with its tables to begin with may be named by `TORTURED_TABLES`. Processes started from
here share it. It is gone when the process ends.
"""

from __future__ import annotations

import logging
import os
import shutil
import ssl
import tempfile
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection
from tests.servers.certificate import write_certificates
from torture.networks import MAIL_HOSTS

for name in [name for name in os.environ if name.startswith("DAYBOOK_")]:
    if name != "DAYBOOK_DATABASE_URL":
        del os.environ[name]

# Kept by this module: the folder is removed when the process ends.
data_folder = tempfile.TemporaryDirectory(prefix="daybook-torture-")
DATA = Path(data_folder.name)
ROOT = Path(__file__).parent.parent
CA_FILE = write_certificates(DATA, ("mail.test",))
os.environ |= {
    "DAYBOOK_DATA": data_folder.name,
    "DAYBOOK_MAIL_HOSTS_ALLOWED": os.environ.get(MAIL_HOSTS, "127.0.0.1"),
    "DAYBOOK_MAIL_CA_FILE": str(CA_FILE),
    "DAYBOOK_MAIL_PER_MINUTE": "0",
    "DAYBOOK_QUIET_SECONDS": "0",
    "DJANGO_SETTINGS_MODULE": "daybook.settings",
    "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
}

if tables := os.environ.get("TORTURED_TABLES"):
    shutil.copy(tables, DATA / "daybook.sqlite3")

django.setup()
# What serves the files of the pages wants it to be there.
(DATA / "static").mkdir()
logging.getLogger().setLevel(logging.ERROR)
if not connection.introspection.table_names():
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def tells_stories() -> None:
    """Make this process ready to tell many: keep statements prepared, and tidy up seldom.

    The product keeps few, for the sake of memory; here that takes some eight per cent longer.
    """
    from daybook.sync import rounds

    rounds.collect_seldom()
    if connection.vendor == "sqlite":
        connection.close()
        connection.settings_dict["OPTIONS"]["cached_statements"] = 1_000


def server_tls() -> ssl.SSLContext:
    """Return the TLS of a mail server on 127.0.0.1 that this installation trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(DATA / "server.pem")
    return context
