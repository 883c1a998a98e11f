"""What entries are found by, with the index of each database, and the words of those there are."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import daybook.entries.words_column
from daybook.entries import matching

# A later migration that alters the table of EntryWords has to make the triggers again: SQLite
# loses them when a table is written anew.
ON_SQLITE = (
    # Words come folded and apart already, so the plainest tokenizer only splits at the spaces.
    """
    CREATE VIRTUAL TABLE entries_words_index USING fts5(
        words, content='entries_entrywords', content_rowid='entry_id',
        detail=none, prefix='1 2 3', tokenize="ascii tokenchars '_'"
    )
    """,
    """
    CREATE TRIGGER entries_words_added AFTER INSERT ON entries_entrywords BEGIN
        INSERT INTO entries_words_index (rowid, words) VALUES (new.entry_id, new.words);
    END
    """,
    """
    CREATE TRIGGER entries_words_removed AFTER DELETE ON entries_entrywords BEGIN
        INSERT INTO entries_words_index (entries_words_index, rowid, words)
        VALUES ('delete', old.entry_id, old.words);
    END
    """,
    """
    CREATE TRIGGER entries_words_changed AFTER UPDATE ON entries_entrywords BEGIN
        INSERT INTO entries_words_index (entries_words_index, rowid, words)
        VALUES ('delete', old.entry_id, old.words);
        INSERT INTO entries_words_index (rowid, words) VALUES (new.entry_id, new.words);
    END
    """,
)
ON_POSTGRESQL = ("CREATE INDEX entries_words_index ON entries_entrywords USING gin (words)",)
ON_EACH = 500


def make_the_index(_apps: Any, schema_editor: Any) -> None:
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in ON_POSTGRESQL if on_postgresql else ON_SQLITE:
        schema_editor.execute(statement, params=None)


def drop_the_index(_apps: Any, schema_editor: Any) -> None:
    # Its triggers, or on PostgreSQL the index itself, go with the table.
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE entries_words_index", params=None)


def index_what_is_there(apps: Any, _schema_editor: Any) -> None:
    entries = apps.get_model("entries", "DiaryEntry").objects
    on_them = apps.get_model("entries", "Assignment").objects
    rows = apps.get_model("entries", "EntryWords").objects
    last = 0
    while batch := list(entries.filter(pk__gt=last).order_by("pk")[:ON_EACH]):
        last = batch[-1].pk
        people: dict[int, list[int]] = {entry.pk: [] for entry in batch}
        pairs = on_them.filter(entry_id__in=people)
        for entry_id, person_id in pairs.values_list("entry_id", "person_id"):
            people[entry_id].append(person_id)
        rows.bulk_create(
            rows.model(entry_id=entry.pk, words=matching.words_of(entry, people[entry.pk]))
            for entry in batch
        )


class Migration(migrations.Migration):
    dependencies = [
        ("entries", "0003_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="EntryWords",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="entries.diaryentry",
                    ),
                ),
                ("words", daybook.entries.words_column.WordsField()),
            ],
            options={
                "verbose_name_plural": "entry words",
            },
        ),
        migrations.RunPython(make_the_index, drop_the_index),
        migrations.RunPython(index_what_is_there, migrations.RunPython.noop),
    ]
