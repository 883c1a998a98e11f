"""Keep the lines that are sent, nearly all of them, out of the index of states."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_told_by")]

    operations = [
        migrations.RemoveIndex("logline", "log_state"),
        migrations.AddIndex(
            "logline",
            models.Index(
                fields=["state", "-id"],
                condition=models.Q(("state", "sent"), _negated=True),
                name="log_state",
            ),
        ),
    ]
