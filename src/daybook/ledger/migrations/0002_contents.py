"""Give the bytes of a parcel a table of their own; they are copied, none is changed."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

COPY = "INSERT INTO ledger_contents (parcel_id, data) SELECT id, data FROM ledger_parcel"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Contents",
            fields=[
                (
                    "parcel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="contents",
                        serialize=False,
                        to="ledger.parcel",
                    ),
                ),
                ("data", models.BinaryField()),
            ],
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="parcel", name="data"),
    ]
