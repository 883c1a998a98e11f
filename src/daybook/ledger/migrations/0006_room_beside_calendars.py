"""Let PostgreSQL leave half of every page of the ledger free for what its rows become.

A row is written anew whenever it is marked, frozen or told: beside itself where there is room, and
otherwise at the end of the table, with an entry in each of its indexes. Only for what is written
from now on; nothing is written anew, so it takes no time.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LEAVE_ROOM = "ALTER TABLE ledger_calendar SET (fillfactor = 50)"
FILL = "ALTER TABLE ledger_calendar RESET (fillfactor)"


def leave_room(_: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(LEAVE_ROOM)


def fill(_: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(FILL)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_bodies")]

    operations = [migrations.RunPython(leave_room, fill)]
