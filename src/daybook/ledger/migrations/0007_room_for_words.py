"""Give a calendar that is about to be told something the room for it, before it is told."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_room_beside_calendars")]

    operations = [migrations.AddField("calendar", "room", models.BinaryField(null=True))]
