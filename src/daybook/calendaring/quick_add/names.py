"""Finding the type or the person a line names, by as little as tells it from the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from daybook.calendaring.quick_add.values import Named
from daybook.calendaring.words import folded, slug, words

MOST_OFFERED = 8


def found(typed: str, names: Sequence[Named]) -> list[Named]:
    """Return what `typed` can mean: one if it is clear, several if it is not, [] for nothing.

    A whole name comes before a whole word of one, and that before a beginning: “@ben” is Ben even
    where there is a Benita.
    """
    key = slug(typed)
    for fits in _from_whole_to_part(typed, key):
        fitting = [name for name in names if fits(name)]
        if fitting:
            return fitting
    return []


def shortest(name: Named, names: Sequence[Named]) -> str:
    """Return what to type for `name`: site-visit, or in quotes where that is not clear."""
    for typed in (slug(name.name), name.handle):
        if typed and found(typed, names) == [name] and not set(typed) & set(' \t",;#@'):
            return typed
    return quoted(name.name)


def near(typed: str, names: Sequence[Named]) -> list[Named]:
    """Return what may have been meant by a name that is none: those spelt alike, else the first."""
    keys = {slug(part): name for name in names for part in (name.name, *name.name.split())}
    alike = get_close_matches(slug(typed), keys, MOST_OFFERED, 0.6)
    found_alike = list(dict.fromkeys(keys[key] for key in alike))
    return found_alike or list(names[:MOST_OFFERED])


def quoted(text: str) -> str:
    """Return `text` in quotes, a quote in it doubled."""
    return '"' + text.replace('"', '""') + '"'


def _from_whole_to_part(typed: str, key: str) -> list[Callable[[Named], bool]]:
    if not key:
        return [lambda name: typed in (name.name, name.handle)]
    return [
        lambda name: typed in (name.name, name.handle),
        lambda name: folded(typed) in (folded(name.name), folded(name.handle)),
        lambda name: key in (slug(name.name), slug(name.handle)),
        lambda name: key in words(name.name),
        lambda name: any(tail.startswith(key) for tail in _tails(name)),
    ]


def _tails(name: Named) -> list[str]:
    """Return the name from each of its words on, and the handle."""
    parts = words(name.name)
    return ["-".join(parts[at:]) for at in range(len(parts))] + [slug(name.handle)]
