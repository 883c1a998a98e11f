"""Let a calendar name the parcel that told it, instead of keeping a copy of what that said.

What was told before stays where it is, until the calendar is told something else.
"""

from __future__ import annotations

from django.db import migrations, models

COPY_BACK = """
UPDATE ledger_calendar
SET remembered = (
    SELECT told FROM ledger_contents WHERE ledger_contents.parcel_id = ledger_calendar.told_by
)
WHERE told_by IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_room_beside_calendars")]

    operations = [
        migrations.RenameField("calendar", "told", "remembered"),
        migrations.AddField("calendar", "told_by", models.BigIntegerField(null=True)),
        migrations.RunSQL(migrations.RunSQL.noop, COPY_BACK),
    ]
