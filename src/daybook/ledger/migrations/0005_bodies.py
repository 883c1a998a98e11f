"""Let messages that end alike share the bytes they end with, and keep what is told with them.

The bytes of messages that exist stay as they are; what each tells is moved beside them.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

MOVE = """
UPDATE ledger_contents
SET told = (SELECT told FROM ledger_parcel WHERE ledger_parcel.id = ledger_contents.parcel_id)
"""
# As for the bytes that are a message's own; where the server has no LZ4, nothing changes.
COMPRESS = """
DO $$ BEGIN
    IF 'lz4' = ANY (
        SELECT unnest(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'
    ) THEN
        ALTER TABLE ledger_body ALTER COLUMN data SET COMPRESSION lz4;
    END IF;
END $$
"""


def compress(_: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(COMPRESS)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_lz4")]

    operations = [
        migrations.CreateModel(
            name="Body",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("data", models.BinaryField()),
            ],
        ),
        migrations.RenameField("contents", "data", "head"),
        migrations.AddField(
            model_name="contents",
            name="body",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="ledger.body",
            ),
        ),
        migrations.AddField("contents", "told", models.JSONField(null=True)),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RemoveField("parcel", "told"),
        migrations.RunPython(compress, migrations.RunPython.noop),
    ]
