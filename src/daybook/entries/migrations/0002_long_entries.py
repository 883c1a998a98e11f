from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


def note_long(apps: Any, _: Any) -> None:
    """Note which entries last longer than a day."""
    entries = apps.get_model("entries", "DiaryEntry").objects
    long = entries.filter(ends_at__gt=F("starts_at") + timedelta(days=1))
    long.update(long_since=F("starts_at"))


class Migration(migrations.Migration):
    # PostgreSQL makes no index on a table that was written to in the same transaction.
    atomic = False

    dependencies = [
        ("entries", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="diaryentry",
            name="long_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(note_long, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="diaryentry",
            index=models.Index(
                condition=Q(("long_since__isnull", False)),
                fields=["long_since", "ends_at"],
                name="entry_long",
            ),
        ),
    ]
