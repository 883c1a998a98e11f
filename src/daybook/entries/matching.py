"""The words entries are found by: kept with each entry, and asked for by both databases alike.

The words of title, place and notes are kept, and beside them the numbers of the type and of the
people, so that somebody's new name finds the old entries at once and nothing is written anew. A
word finds every word that begins with it; all words have to be found. The index itself is the
database's: FTS5 on SQLite, a tsvector on PostgreSQL (docs/decisions/search-in-the-database.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models.expressions import RawSQL

from daybook.calendaring.words import words
from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.entries.text import searchable
from daybook.ledger import rows
from daybook.ledger.rows import Insert
from daybook.people.models import Person

MOST_WORDS = 12

ON_SQLITE = """
INSERT INTO entries_entrywords (entry_id, words) VALUES {rows}
ON CONFLICT (entry_id) DO UPDATE SET words = EXCLUDED.words
"""
# As `WordsField` writes them.
ON_POSTGRESQL = """
INSERT INTO entries_entrywords (entry_id, words)
SELECT entry_id, array_to_tsvector(string_to_array(words, ' '))
FROM (VALUES {rows}) AS line (entry_id, words)
ON CONFLICT (entry_id) DO UPDATE SET words = EXCLUDED.words
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word that is looked for, and the types and people (ids) whose names it begins a word of."""

    word: str
    types: tuple[int, ...]
    people: tuple[int, ...]

    def marks(self) -> list[str]:
        """Return the types and people as they stand among an entry's words."""
        return [f"_t{kind}" for kind in self.types] + [f"_p{person}" for person in self.people]


def index(entry: DiaryEntry, on_it: Collection[int]) -> None:
    """Keep the words of an entry with the people `on_it` (ids); called by whoever writes it."""
    index_all([(entry, on_it)])


def index_all(entries: Iterable[tuple[DiaryEntry, Collection[int]]]) -> None:
    """Keep the words of many entries, in one statement for some hundreds."""
    rows.insert(*kept_words(entries))


def kept_words(entries: Iterable[tuple[DiaryEntry, Collection[int]]]) -> Insert:
    """Return what keeps the words of these entries, in place of those that were kept."""
    statement = ON_POSTGRESQL if connection.vendor == "postgresql" else ON_SQLITE
    return statement, [(entry.pk, words_of(entry, on_it)) for entry, on_it in entries]


def words_of(entry: DiaryEntry, on_it: Collection[int]) -> str:
    """Return what is kept of an entry: each of its words once, its type and its people."""
    texts = set(words("\n".join((entry.title, entry.location, entry.notes))))
    about = Wanted("", (entry.type_id,), tuple(on_it)).marks()
    return " ".join([*sorted(texts), *about])


def look_for(q: str) -> list[Wanted]:
    """Return the words of `q`, at most MOST_WORDS, with whom and what each can name."""
    typed = list(dict.fromkeys(words(searchable(q))))[:MOST_WORDS]
    if not typed:
        return []
    kinds = [(pk, words(name)) for pk, name in DiaryEntryType.objects.values_list("pk", "name")]
    people = [(person.pk, words(person.name)) for person in Person.objects.order_by("pk")]
    return [Wanted(word, _called(word, kinds), _called(word, people)) for word in typed]


def matching(wanted: Sequence[Wanted]) -> RawSQL:
    """Return the ids of the entries in which every one of these words is found; not for none."""
    # The statements are these two; what was typed is their parameter, of letters and digits only.
    if connection.vendor == "postgresql":
        statement = "SELECT entry_id FROM entries_entrywords WHERE words @@ %s::tsquery"
        return RawSQL(statement, [_query(wanted, "'{}':*", "'{}'", " & ", " | ")])  # noqa: S611
    statement = "SELECT rowid FROM entries_words_index WHERE entries_words_index MATCH %s"
    return RawSQL(statement, [_query(wanted, '"{}"*', '"{}"', " AND ", " OR ")])  # noqa: S611


def _query(wanted: Sequence[Wanted], begins: str, mark: str, both: str, either: str) -> str:
    terms = [
        either.join([begins.format(each.word), *map(mark.format, each.marks())]) for each in wanted
    ]
    return both.join(f"({term})" for term in terms)


def _called(word: str, named: Sequence[tuple[int, list[str]]]) -> tuple[int, ...]:
    """Return whose name has a word that begins with `word`."""
    return tuple(pk for pk, parts in named if any(part.startswith(word) for part in parts))
