"""Keep what is told to everybody alike once, beside the bytes that messages end with."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_log_state")]

    operations = [
        migrations.AddField("body", "words", models.JSONField(null=True)),
        migrations.RenameField("contents", "told", "own"),
    ]
