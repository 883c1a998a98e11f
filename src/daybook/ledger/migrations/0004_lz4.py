"""Let PostgreSQL compress stored messages by LZ4: a third of the time for a tenth more bytes.

Only what is written from now on; nothing is written anew, so it takes no time. Where the server was
built without LZ4, nothing changes.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

COMPRESS = """
DO $$ BEGIN
    IF 'lz4' = ANY (
        SELECT unnest(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'
    ) THEN
        ALTER TABLE ledger_contents ALTER COLUMN data SET COMPRESSION lz4;
    END IF;
END $$
"""


def compress(_: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(COMPRESS)


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_deaths"),
    ]

    operations = [migrations.RunPython(compress, migrations.RunPython.noop)]
